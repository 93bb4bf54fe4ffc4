"""Measures how long a client waits until a job of its request is accepted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from starlette.types import Message, Receive

from chassis.observe import metrics


@dataclass(slots=True)
class Taking:
    """Holds when a request was taken, and for how many seconds since what its client sends was waited for."""

    clock: Callable[[], float]
    began: float
    waited: float = 0.0

    @property
    def seconds(self) -> float:
        """Returns the seconds for which the request has been ours to answer."""
        return self.clock() - self.began - self.waited

    def hearing(self, receive: Receive) -> Receive:
        """Returns a `receive` whose waits are noted."""

        async def hear() -> Message:
            asked = self.clock()
            try:
                return await receive()
            finally:
                self.waited += self.clock() - asked

        return hear


_TAKING: ContextVar[Taking | None] = ContextVar("taking", default=None)


@contextmanager
def taken(clock: Callable[[], float]) -> Iterator[Taking]:
    """Notes that a request is taken; provides the note, which `note_accepted` reads within."""
    taking = Taking(clock, clock())
    token = _TAKING.set(taking)
    try:
        yield taking
    finally:
        _TAKING.reset(token)


def note_accepted(kind: str) -> None:
    """Observes how long the request that is being answered took until its job was accepted."""
    if (taking := _TAKING.get()) is not None:
        metrics.JOB_ACCEPT_SECONDS.labels(kind).observe(taking.seconds)
