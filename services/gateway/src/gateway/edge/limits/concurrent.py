"""Limits concurrent work in one gateway: all uploads, and the streams of one person."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
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
#: uploads of one person that are read at a time, and the seconds that the next one waits for the end of one
PER_PERSON = 4
_WAITS_S = 10.0

T = TypeVar("T")


@dataclass(slots=True)
class _Turns:
    free: asyncio.Semaphore
    users: int = 0


class Uploads:
    """Limits how many uploads are read at a time, their bytes until they are stored, and how many are in memory."""

    def __init__(
        self,
        at_once: int,
        most_bytes: int,
        *,
        per_person: int = PER_PERSON,
        waits: float = _WAITS_S,
        stored_within: float = _STORED_WITHIN_S,
    ) -> None:
        """Takes `waits`: seconds that a person's next upload waits, unread, for the end of one of theirs."""
        self._free = at_once
        self._bytes = most_bytes
        self._per_person = per_person
        self._waits = waits
        self._stored_within = stored_within
        self._in_memory = asyncio.Semaphore(_WHOLE_AT_ONCE)
        self._persons: dict[UUID, _Turns] = {}

    @asynccontextmanager
    async def place(self, person: UUID) -> AsyncIterator[Callable[[int], None]]:
        """Takes a place for one upload, and yields what has to be told the bytes of each piece before it is kept.

        Raises 503 `busy` when there is no place, or no room for more bytes, as a queue would only be full later; and
        when the person's other uploads do not end in time, which may be because of us.
        """
        async with self._turn(person):
            if self._free == 0:
                raise busy(Busy(RETRY_AFTER_S))
            self._free -= 1
            held = 0

            def took(count: int) -> None:
                nonlocal held
                if count > self._bytes:
                    raise busy(Busy(RETRY_AFTER_S))
                self._bytes -= count
                held += count

            try:
                yield took
            finally:
                self._free += 1
                self._bytes += held

    @asynccontextmanager
    async def _turn(self, person: UUID) -> AsyncIterator[None]:
        turns = self._persons.setdefault(person, _Turns(asyncio.Semaphore(self._per_person)))
        turns.users += 1
        try:
            try:
                async with asyncio.timeout(self._waits):
                    await turns.free.acquire()
            except TimeoutError:
                raise busy(Busy(RETRY_AFTER_S)) from None
            try:
                yield
            finally:
                turns.free.release()
        finally:
            turns.users -= 1
            if not turns.users:
                del self._persons[person]

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
