"""Limits concurrent work in one gateway: all uploads, and the streams of one person."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar
from uuid import UUID

from chassis.errors import DependencyDown
from chassis.storage.media import MEDIA
from chassis.web.problems import ProblemError
from gateway.edge.job_requests import busy
from gateway.edge.problems import TOO_MANY_STREAMS
from gateway.jobs.accept import RETRY_AFTER_S, Busy

#: recordings in memory at a time: each is read only to be stored
_WHOLE_AT_ONCE = 4
#: seconds in which a recording must be stored, including its wait for a place in memory
_STORED_WITHIN_S = 20.0

T = TypeVar("T")


class Uploads:
    """Limits how many uploads are read at a time, and how many of them are in memory."""

    def __init__(self, at_once: int, stored_within: float = _STORED_WITHIN_S) -> None:
        self._free = at_once
        self._stored_within = stored_within
        self._in_memory = asyncio.Semaphore(_WHOLE_AT_ONCE)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Takes a place for one upload. Raises 503 `busy` when there is none, as a queue would only be full later."""
        if self._free == 0:
            raise busy(Busy(RETRY_AFTER_S))
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1

    async def store(self, write: Callable[[], Awaitable[T]]) -> T:
        """Lets `write` read and store a recording while few others do. Raises `DependencyDown` when it takes too long.

        An object that the store completes later has no job, and the hourly sweep deletes it.
        """
        try:
            async with asyncio.timeout(self._stored_within), self._in_memory:
                return await write()
        except TimeoutError:
            raise DependencyDown(MEDIA) from None


class Streams:
    """Counts the open streams of each person in this process, over Server-Sent Events and WebSocket."""

    def __init__(self, per_person: int) -> None:
        self._per_person = per_person
        self._open: Counter[UUID] = Counter()

    @contextmanager
    def place(self, person: UUID) -> Iterator[None]:
        """Takes a place for one stream. Raises 429 for a person who has too many."""
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
