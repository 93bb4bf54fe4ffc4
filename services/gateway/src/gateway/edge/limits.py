"""Limits how much goes on at a time in one gateway: uploads in all, streams of one person."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from chassis.web.problems import ProblemError
from gateway.edge.job_requests import busy
from gateway.edge.problems import TOO_MANY_STREAMS
from gateway.jobs.accept import RETRY_AFTER_S, Busy

#: recordings that are whole in memory at a time: each is read only to be stored
_WHOLE_AT_ONCE = 4


class Uploads:
    """Lets so many uploads be read at a time, and a few of them be in memory as a whole."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        #: held while a recording is in memory as a whole
        self.in_memory = asyncio.Semaphore(_WHOLE_AT_ONCE)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Takes a place for one upload. Raises the 503 `busy` when there is none: a queue would only be full later."""
        if self._free == 0:
            raise busy(Busy(RETRY_AFTER_S))
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1


class Streams:
    """Counts the streams each person holds open here, over Server-Sent Events and WebSocket alike."""

    def __init__(self, per_person: int) -> None:
        self._per_person = per_person
        self._open: Counter[UUID] = Counter()

    @contextmanager
    def place(self, person: UUID) -> Iterator[None]:
        """Takes a place for one stream. Raises the 429 of a person who has too many."""
        if self._open[person] >= self._per_person:
            raise ProblemError(
                TOO_MANY_STREAMS,
                f"At most {self._per_person} streams may be open: close some. One WebSocket follows many jobs.",
            )
        self._open[person] += 1
        try:
            yield
        finally:
            self._open[person] -= 1
            if not self._open[person]:
                del self._open[person]
