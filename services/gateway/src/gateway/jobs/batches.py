"""Gathers requests into batches: each takes the requests that arrived during the last one, and waits for no more."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from contextvars import Context
from itertools import islice
from typing import Any, Generic, TypeVar
from uuid import UUID

#: requests in one batch at most
_BATCH = 100
#: batches at a time at most
_AT_ONCE = 2

R = TypeVar("R")


class Batches(Generic[R]):
    """Works on batches one after another; beside a slow one it begins another, so that the slow one delays nobody."""

    def __init__(self, work: Callable[[Sequence[R]], Awaitable[None]], slow_after: float) -> None:
        """Takes `work`, which gets each batch and raises nothing, and the seconds until a batch counts as slow."""
        self._work = work
        self._slow_after = slow_after
        #: waiting requests by person, the longest waiting person first, in order of arrival; no empty queues
        self._arrived: dict[UUID, deque[R]] = {}
        self._batches = 0
        #: how many of these have taken longer than `slow_after`
        self._late = 0
        #: work that goes on, whether or not a client waits for it
        self.running: set[asyncio.Task[None]] = set()

    def add(self, person_id: UUID, request: R) -> None:
        """Adds a request of a person, of whom at most one is in a batch."""
        self._arrived.setdefault(person_id, deque()).append(request)
        self._begin()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Starts work of the present request beside the batches."""
        self._keep(asyncio.create_task(work))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self.running.add(task)  # a task without a reference may be garbage-collected
        task.add_done_callback(self.running.discard)

    def _begin(self) -> None:
        """Starts a batch for the waiting requests, unless one is under way; larger batches are cheaper."""
        if self._arrived and self._batches == self._late < _AT_ONCE:
            self._batches += 1
            # in no request's context: the log lines and traces of this work are nobody's alone
            self._keep(asyncio.create_task(self._work_on_arrived(), context=Context()))

    async def _work_on_arrived(self) -> None:
        """Works on batch after batch until no request waits, or until another batch was begun beside this one."""
        try:
            while self._batches - self._late == 1 and (batch := self._next()):
                with self._watch_for_slow():
                    await self._work(batch)
        finally:
            self._batches -= 1

    @contextmanager
    def _watch_for_slow(self) -> Iterator[None]:
        late = False

        def run_out() -> None:
            nonlocal late
            late = True
            self._late += 1
            self._begin()

        timer = asyncio.get_running_loop().call_later(self._slow_after, run_out)
        try:
            yield
        finally:
            timer.cancel()
            self._late -= late

    def _next(self) -> list[R]:
        """Takes one request of each waiting person; a person with more goes to the end.

        The time grows only with the batch.
        """
        batch = []
        for person_id in list(islice(self._arrived, _BATCH)):
            waiting = self._arrived.pop(person_id)
            batch.append(waiting.popleft())
            if waiting:
                self._arrived[person_id] = waiting
        return batch
