"""Reaches the owner of a service's routes for the gateway, with the limits that protect both."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import product

from chassis.breaker import Breaker
from chassis.observe import metrics
from chassis.observe.metrics.families import OTHER
from chassis.observe.metrics.values import FORWARDED
from chassis.web.problems import BUSY, ProblemError
from gateway.edge.forward.hop import Hop, HopAnswer, HopRequest, HopSocket, NoAnswer, NotSent, OwnerHealth

#: most requests to one owner in flight, counted until the last byte of their answers
IN_FLIGHT_MAX = 64
#: most direct answers of one owner at a time: they take long, and must not take the places of others
DIRECT_MAX = 256


def begin_counting(services: Iterable[str]) -> None:
    """Makes the series of each service, so that its first failure is an increase."""
    for service, outcome in product(services, FORWARDED):
        metrics.FORWARDED_REQUESTS.labels(service, outcome)


class Upstream:
    """Reaches one owner over one hop. `key` signs principals for it."""

    def __init__(self, key: bytes, hop: Hop, breaker: Breaker | None = None) -> None:
        self.key = key
        self._hop = hop
        self._breaker = breaker or Breaker()
        self._in_flight = self._direct = 0

    @property
    def is_open(self) -> bool:
        """Tells whether its breaker is open."""
        return self._breaker.state != "closed"

    def enter(self) -> None:
        """Takes a place, which `leave` gives back. Raises 503 when too many requests are in flight."""
        if self._in_flight >= IN_FLIGHT_MAX:
            raise ProblemError(BUSY)
        self._in_flight += 1

    def enter_direct(self) -> None:
        """Takes a place for a direct answer, which `leave_direct` gives back. Raises 503 when there are too many."""
        if self._direct >= DIRECT_MAX:
            raise ProblemError(BUSY)
        self._direct += 1

    def leave_direct(self) -> None:
        """Gives such a place back."""
        self._direct -= 1

    def leave(self) -> None:
        """Gives a place back."""
        self._in_flight -= 1

    def measure(self, service: str, outcome: str, seconds: float) -> None:
        """Counts and times a request that was forwarded to its service, and says whether that now gets no requests."""
        metrics.FORWARDED_REQUESTS.labels(service, outcome if outcome in FORWARDED else OTHER).inc()
        metrics.FORWARDED_SECONDS.labels(service).observe(seconds)
        metrics.BREAKER_OPEN.labels(service).set(self.is_open)

    async def state(self) -> OwnerHealth:
        """See `Hop`."""
        return await self._hop.state()

    async def aclose(self) -> None:
        """Closes its hop."""
        await self._hop.aclose()

    async def open(self, request: HopRequest, *, within: float) -> HopSocket | HopAnswer:
        """See `Hop`. Also raises `NotSent` while the breaker is open."""
        with self._tried():
            return await self._hop.open(request, within=within)

    async def send(self, request: HopRequest, *, within: float, ends: float) -> HopAnswer:
        """See `Hop`. Also raises `NotSent` while the breaker is open."""
        if asyncio.get_running_loop().time() >= ends:
            raise NotSent("not tried")
        with self._tried():
            return await self._hop.send(request, within=within, ends=ends)

    @contextmanager
    def _tried(self) -> Iterator[None]:
        """Lets one request try. Failed connects and deadlines count against its owner; any answer is one."""
        call = self._breaker.admit()
        if call is None:
            raise NotSent("not tried")
        tell = self._breaker.left
        try:
            yield
            tell = self._breaker.answered
        except NotSent:
            tell = self._breaker.failed
            raise
        except NoAnswer as error:
            tell = self._breaker.failed if error.late else tell
            raise
        finally:
            tell(call)
