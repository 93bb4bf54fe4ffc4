"""Takes requests from the limits by name, refuses those over one, and keeps for the headers what is left."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from limits import RateLimitItemPerSecond
from limits.aio.strategies import MovingWindowRateLimiter

from chassis.errors import VoxbusError
from chassis.observe import metrics
from chassis.web.principal import Principal
from chassis.web.problems import ProblemError
from gateway.edge.limits.counters import Counters
from gateway.edge.limits.policies import BY_ADDRESS, BY_BODY, DEFAULTS, Name, Policy
from gateway.edge.limits.refusals import Refusals
from gateway.edge.problems import RATE_LIMITED
from gateway.edge.security_events import SecurityEvent, network_of

#: keep in an ASGI scope the address of the client, the caller who was found, and the readings that its answer tells
ADDRESS, CALLER, _READINGS = "voxbus.address", "voxbus.caller", "voxbus.limits"
_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Reading:
    """Holds what is left of a limit, and the `seconds` until there is more, where that is known."""

    policy: Policy
    left: int
    seconds: int | None


class OverLimit(VoxbusError):
    """Says that nothing is left of a limit for `seconds`. `whom` is hidden."""

    def __init__(self, name: Name, seconds: int, whom: str) -> None:
        super().__init__(name)
        self.name = name
        self.seconds = seconds
        self.whom = whom


class Rates:
    """Applies the policies. Whom a count is about is stored only as a keyed hash, as it may be an address of mail."""

    def __init__(
        self,
        counters: Counters | None = None,
        *,
        key: bytes,
        policies: Mapping[Name, Policy] = DEFAULTS,
        refusals: Refusals | None = None,
    ) -> None:
        """Takes the `key` of the hashes; without `refusals` none is noted."""
        self.counters = counters or Counters()
        self._refusals = refusals
        self.policies = policies
        self._items = {
            policy.name: RateLimitItemPerSecond(policy.quota, policy.window, namespace=policy.name)
            for policy in policies.values()
            if policy.window is not None
        }
        self._key = key

    async def take(self, scope: MutableMapping[str, Any], name: Name, *of: str) -> None:
        """Takes one request from a limit of whom `of` names. Raises 429 when nothing is left.

        The answer to the request of `scope` tells the rest.
        """
        if (over := await self.count(scope, name, *of)) is not None:
            raise await self.refused(scope, over.name, over.seconds, over.whom)

    async def count(self, scope: MutableMapping[str, Any], name: Name, *of: str) -> OverLimit | None:
        """Takes as `take` does, and leaves the refusal to the caller: it uses no connection to the database."""
        item = self._items.get(name)
        if item is None:
            return None
        policy, whom = self.policies[name], self.hidden(*of)

        async def hit(limiter: MovingWindowRateLimiter) -> tuple[bool, float, int]:
            is_taken = await limiter.hit(item, whom)
            return is_taken, *await limiter.get_window_stats(item, whom)

        is_taken, reset, left = await self.counters.ask(name, hit)
        seconds = seconds_until(reset, self.counters.now())
        note(scope, Reading(policy, max(0, left), seconds))
        return None if is_taken else OverLimit(name, seconds, whom)

    async def take_route(self, scope: MutableMapping[str, Any], names: tuple[Name, ...], person: str | None) -> None:
        """Takes a request from the limits that its operation declares, by address or by person."""
        for name in names:
            if name in BY_BODY:
                continue
            of = scope[ADDRESS] if name in BY_ADDRESS else person
            if of is not None:
                await self.take(scope, name, of)

    async def refused(self, scope: Mapping[str, Any], name: Name, seconds: int, whom: str) -> ProblemError:
        """Counts and notes a refusal, and returns the 429 that says when to try again. `whom` is `hidden`."""
        metrics.RATE_LIMITED.labels(name).inc()
        if name == "login":
            metrics.LOGINS.labels("limited").inc()
        caller: Principal | None = scope.get(CALLER)
        event = SecurityEvent(
            event="limit_reached",
            person=None if caller is None else caller.id,
            issuer=None if caller is None else caller.issuer,
            network=network_of(scope.get(ADDRESS)),
            detail={"limit": name},
        )
        await self.note(event, f"{name}/{whom}")
        return ProblemError(RATE_LIMITED, headers={"Retry-After": str(max(1, seconds))})

    async def note(self, event: SecurityEvent, key: str) -> None:
        """Notes a refusal as a security event, at most once a minute and key."""
        if self._refusals is not None:
            await self._refusals.note(event, key)

    def key_of(self, address: str) -> bytes:
        """Returns a hash of an address of which it is known again, and which tells it to nobody."""
        return bytes.fromhex(self.hidden("sign-in", address))

    def hidden(self, *of: str) -> str:
        """Returns a hash of names, of the same length for all, that only gateways of this installation can make."""
        named = "\0".join(of).encode(errors="surrogatepass")
        return hashlib.blake2b(named, key=self._key, digest_size=_DIGEST_BYTES).hexdigest()


def seconds_until(reset: float, now: float) -> int:
    """Returns whole seconds, rounded up so that whoever waits for them is not too early."""
    return max(0, math.ceil(reset - now))


def note(scope: MutableMapping[str, Any], reading: Reading) -> None:
    """Keeps a reading for the headers of the answer; of several of one limit that with the least left."""
    readings: dict[str, Reading] = scope.setdefault(_READINGS, {})
    before = readings.setdefault(reading.policy.name, reading)
    if reading.left < before.left:
        readings[reading.policy.name] = reading


def headers_of(scope: Mapping[str, Any]) -> list[tuple[bytes, bytes]]:
    """Returns `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers), lists of RFC 9651.

    Nothing is returned where no limit applies.
    """
    readings: Collection[Reading] = scope.get(_READINGS, {}).values()
    if not readings:
        return []
    policies = ", ".join(_item(each.policy.name, q=each.policy.quota, w=each.policy.window) for each in readings)
    left = ", ".join(_item(each.policy.name, r=each.left, t=each.seconds) for each in readings)
    return [(b"ratelimit-policy", policies.encode()), (b"ratelimit", left.encode())]


def _item(name: str, **parameters: int | None) -> str:
    return f'"{name}"' + "".join(f";{key}={value}" for key, value in parameters.items() if value is not None)
