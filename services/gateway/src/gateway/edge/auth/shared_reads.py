"""Shares a read among those who ask for the same at the same time, without ever answering from before a question."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from uuid import UUID

from gateway.jobs.batches import Batches

#: seconds after which another read begins beside one that still runs
SLOW_AFTER_S = 0.02

K = TypeVar("K", bound=Hashable)
A = TypeVar("A")


@dataclass(slots=True)
class _Round(Generic[A]):
    """Holds one read that has not begun: whoever asks until then gets its answer."""

    number: int
    answer: asyncio.Future[A] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class SharedReads(Generic[K, A]):
    """Reads once for all who ask about one key, with at most one read at a time for each key.

    Who asks while a read is under way waits for the next one, because the one under way may have seen the state from
    before. Nothing is kept after an answer.
    """

    def __init__(self, read: Callable[[K, int], Awaitable[A]]) -> None:
        """Takes `read`, which gets a key and the greatest number that was asked with."""
        self._read = read
        self._waiting: dict[K, _Round[A]] = {}
        #: one task for each key that is being read, so that a client who goes away ends no other's read
        self._tasks: dict[K, asyncio.Task[None]] = {}

    async def ask(self, key: K, number: int) -> A:
        """Returns the answer of a read that begins after this call. Raises what the read raises."""
        found = self._waiting.get(key)
        if found is None:
            found = self._waiting[key] = _Round(number)
            if key not in self._tasks:
                self._tasks[key] = asyncio.create_task(self._run(key))
        found.number = max(found.number, number)
        await asyncio.wait([found.answer])  # which does not cancel it when this caller goes away
        return found.answer.result()

    async def _run(self, key: K) -> None:
        """Reads for all who wait, and again for those who came meanwhile."""
        try:
            while (asked := self._waiting.pop(key, None)) is not None:
                try:
                    asked.answer.set_result(await self._read(key, asked.number))
                except asyncio.CancelledError:
                    asked.answer.cancel()
                    raise
                except Exception as error:
                    asked.answer.set_exception(error)
                    asked.answer.exception()  # marks it as retrieved: all who asked may have gone
        finally:
            del self._tasks[key]


class GatheredReads(Generic[A]):
    """Reads in one statement for all who ask, about whatever key, until it begins.

    A key is a session's id with something more. Who asks while a read is under way waits for the next one, as in
    `SharedReads`; beside a slow read another begins. Nothing is kept after an answer.
    """

    def __init__(
        self, read: Callable[[Mapping[tuple[UUID, UUID], int]], Awaitable[Mapping[tuple[UUID, UUID], A]]]
    ) -> None:
        """Takes `read`, which gets keys with the greatest number that each was asked with, and may leave some out."""
        self._read = read
        self._waiting: dict[tuple[UUID, UUID], _Round[A | None]] = {}
        self._batches: Batches[tuple[UUID, UUID]] = Batches(self._answer, SLOW_AFTER_S)

    async def ask(self, key: tuple[UUID, UUID], number: int) -> A | None:
        """Returns the answer of a read that begins after this call; None if it has none. Raises what that raises."""
        found = self._waiting.get(key)
        if found is None:
            found = self._waiting[key] = _Round(number)
            self._batches.add(key[0], key)
        found.number = max(found.number, number)
        return await asyncio.shield(found.answer)  # this caller may go away, the others have not

    async def _answer(self, batch: Sequence[tuple[UUID, UUID]]) -> None:
        """Reads for a batch of keys; from here on who asks for one of them waits for the next batch."""
        asked = {key: self._waiting.pop(key) for key in batch}
        try:
            answers = await self._read({key: each.number for key, each in asked.items()})
        except asyncio.CancelledError:
            for each in asked.values():
                each.answer.cancel()
            raise
        except Exception as error:
            for each in asked.values():
                each.answer.set_exception(error)
                each.answer.exception()  # marks it as retrieved: all who asked may have gone
        else:
            for key, each in asked.items():
                each.answer.set_result(answers.get(key))
