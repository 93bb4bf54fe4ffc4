"""Reports health: `/livez` tells whether every loop runs, `/readyz` whether the process can work; and `/metrics`.

Metrics, and the reasons why a process is not ready, are only for the networks of VOXBUS_METRICS_NETS.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import Literal

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Route
from starlette.types import Scope

from chassis import time_zones
from chassis.observe import metrics
from chassis.observe.logs import logger
from chassis.settings import Network, Settings

#: a loop without a sign of life for this many seconds hangs
STUCK_AFTER = 60.0
_log = logger(__name__)
#: headers by which a proxy says that it has passed a request on
_FORWARDED = frozenset({b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip"})


@dataclass(slots=True)
class Pulse:
    """Holds the sign of life of one loop.

    `paused` names the dependency that a loop waits for; such a loop does not hang.
    """

    name: str
    clock: Callable[[], float]
    beaten_at: float = 0.0
    paused: str | None = None
    #: the loop has ended by defects; its process is about to end
    broken: bool = False

    def beat(self) -> None:
        """Notes a sign of life of the loop."""
        self.beaten_at = self.clock()
        if self.paused is not None:
            self.paused = None
            metrics.PAUSED.labels(self.name).set(0)

    def rest(self) -> None:
        """Notes that the loop rests as planned; its declared state stays."""
        self.beaten_at = self.clock()

    def pause(self, reason: str) -> None:
        """Notes that the loop waits for a dependency that each of its messages needs."""
        self.beaten_at = self.clock()
        self.paused = reason
        metrics.PAUSED.labels(self.name).set(1)


#: how something is that requests use
Condition = Literal["ok", "degraded", "down"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Says what is wrong beneath a service, and whether the service is unready while it is."""

    reason: str
    blocks: bool = True


@dataclass(slots=True)
class Watchdog:
    """Watches all loops of a process, and the checks that make it ready."""

    clock: Callable[[], float] = time.monotonic
    pulses: dict[str, Pulse] = field(default_factory=dict)
    checks: dict[str, Callable[[], Awaitable[bool]]] = field(default_factory=dict)
    #: each returns a reason, or None while all is well
    states: dict[str, Callable[[], str | None]] = field(default_factory=dict)
    #: what is wrong beneath each service, by the name of what it is
    found: dict[str, Mapping[str, Finding]] = field(default_factory=dict)
    #: tells of each part that makes no process unready how it is, by name; anyone is told
    parts: dict[str, Callable[[], Condition]] = field(default_factory=dict)
    draining: bool = False

    def pulse(self, name: str) -> Pulse:
        """Returns the pulse of a loop; the first use makes it."""
        return self.pulses.setdefault(name, Pulse(name, self.clock, self.clock()))

    def unregister(self, name: str) -> None:
        """Removes the pulse of a loop that has ended as planned."""
        self.pulses.pop(name, None)

    def stuck(self) -> list[str]:
        """Names the loops that hang, or have ended by defects."""
        now = self.clock()
        return sorted(p.name for p in self.pulses.values() if p.broken or now - p.beaten_at > STUCK_AFTER)

    def find(self, service: str, found: Mapping[str, Finding]) -> None:
        """Notes all that is wrong beneath a service now; the log says what is new, and what is no longer wrong."""
        before = self.found.get(service, {})
        self.found[service] = found
        for what in found.keys() - before.keys():
            _log.error("something is wrong", service=service, what=what, reason=found[what].reason)
            metrics.WRONG.labels(service, what).set(1)
        for what in before.keys() - found.keys():
            _log.info("something is right again", service=service, what=what)
            metrics.WRONG.remove(service, what)

    def remarks(self) -> dict[str, str]:
        """Returns what is wrong, also what leaves the process ready."""
        return {what: each.reason for found in self.found.values() for what, each in found.items()}

    def conditions(self) -> dict[str, Condition]:
        """Returns how the parts are that make no process unready."""
        return {name: tell() for name, tell in self.parts.items()}

    async def unready(self) -> dict[str, str]:
        """Returns the reasons why the process cannot work, by name; empty when it is ready."""
        reasons = {name: "down" for name, check in self.checks.items() if not await check()}
        reasons |= {name: reason for name, state in self.states.items() if (reason := state())}
        reasons |= {p.name: f"paused: {p.paused}" for p in self.pulses.values() if p.paused}
        for found in self.found.values():
            reasons |= {what: each.reason for what, each in found.items() if each.blocks}
        if self.draining:
            reasons["process"] = "draining"
        return reasons


def observers_of(settings: Settings) -> Sequence[Network]:
    """Returns the networks that are told metrics and reasons on the port of everything else."""
    return settings.metrics_nets if settings.metrics_port is None else ()


def is_observer(scope: Scope, observers: Sequence[Network]) -> bool:
    """Tells whether a request comes straight from one of these networks.

    A request that a proxy has passed on comes from anywhere, and the proxy may well run on this machine.
    """
    if scope.get("client") is None or any(name.lower() in _FORWARDED for name, _ in scope["headers"]):
        return False
    try:
        address = ip_address(scope["client"][0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in observers)


def health_routes(watchdog: Watchdog, observers: Sequence[Network]) -> list[Route]:
    """Makes the three routes that every process serves: for anyone, but with metrics and reasons for observers only."""

    async def livez(_: Request) -> Response:
        stuck = watchdog.stuck()
        return JSONResponse({"status": "stuck" if stuck else "ok", "stuck": stuck}, 503 if stuck else 200)

    async def readyz(request: Request) -> Response:
        reasons = await watchdog.unready()
        told: dict[str, object] = {"status": "unready" if reasons else "ok", "tzdata": time_zones.VERSION}
        if parts := watchdog.conditions():
            told["parts"] = parts
        if is_observer(request.scope, observers):
            told["reasons"] = watchdog.remarks() | reasons
        return JSONResponse(told, 503 if reasons else 200)

    async def exposition(request: Request) -> Response:
        text, content_type = metrics.exposition(request.headers.get("accept", ""))
        return Response(text, headers={"Content-Type": content_type})

    return [Route("/livez", livez), Route("/readyz", readyz), _ForObservers("/metrics", exposition, observers)]


class _ForObservers(Route):
    """Serves a path to observers; for anyone else the path is one that does not exist."""

    def __init__(
        self, path: str, endpoint: Callable[[Request], Awaitable[Response]], observers: Sequence[Network]
    ) -> None:
        super().__init__(path, endpoint)
        self._observers = observers

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Implements `Route`."""
        return super().matches(scope) if is_observer(scope, self._observers) else (Match.NONE, {})
