"""Reports health: `/livez` tells whether every loop runs, `/readyz` whether the process can work; and `/metrics`."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis.observe import metrics

#: a loop without a sign of life for this many seconds hangs
STUCK_AFTER = 60.0


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


@dataclass(slots=True)
class Watchdog:
    """Watches all loops of a process, and the checks that make it ready."""

    clock: Callable[[], float] = time.monotonic
    pulses: dict[str, Pulse] = field(default_factory=dict)
    checks: dict[str, Callable[[], Awaitable[bool]]] = field(default_factory=dict)
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

    async def unready(self) -> dict[str, str]:
        """Returns the reasons why the process cannot work, by name; empty when it is ready."""
        reasons = {name: "down" for name, check in self.checks.items() if not await check()}
        reasons |= {p.name: f"paused: {p.paused}" for p in self.pulses.values() if p.paused}
        if self.draining:
            reasons["process"] = "draining"
        return reasons


def health_routes(watchdog: Watchdog) -> list[Route]:
    """Makes the three routes that every process serves."""

    async def livez(_: Request) -> Response:
        stuck = watchdog.stuck()
        return JSONResponse({"status": "stuck" if stuck else "ok", "stuck": stuck}, 503 if stuck else 200)

    async def readyz(_: Request) -> Response:
        reasons = await watchdog.unready()
        return JSONResponse({"status": "unready" if reasons else "ok", "reasons": reasons}, 503 if reasons else 200)

    async def exposition(_: Request) -> Response:
        return Response(metrics.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return [Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", exposition)]
