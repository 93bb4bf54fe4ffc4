"""Publishes jobs and counts results. Every side gets the same messages from the same publisher."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from bench.place import BASELINES, Place, Worker
from bench.service import RESULTS, SlowWork, Work, baseline_queue
from chassis.bus.base import Outcome, Outgoing
from chassis.delivery.outbox import to_outbox_uncaused
from chassis.message.envelope import PREFIX, new_id

#: publishes that wait for their confirm at a time
_IN_FLIGHT = 100
_LOOK_EVERY = 0.02
_WITHIN = 120.0
_TEXT = "She sells sea shells on the sea shore. " * 13


@dataclass(frozen=True)
class Mark:
    """Holds a moment, the number of results, and the processor seconds used until then by each process."""

    at: float
    results: int
    cpu: dict[str, float]

    def rate(self, start: Mark) -> float:
        """Returns the results in a second since `start`."""
        return (self.results - start.results) / (self.at - start.at)

    def figures(self, name: str, start: Mark) -> dict[str, float]:
        """Returns the rate since `start`, and processor milliseconds for one result, of all processes and of each."""
        count = self.results - start.results
        each = {f"{name}_cpu_{who}": 1000 * (used - start.cpu[who]) / count for who, used in self.cpu.items()}
        return {name: self.rate(start), f"{name}_cpu": sum(each.values())} | each


def messages(side: str, *, slow: bool = False) -> Iterator[Outgoing]:
    """Yields jobs for a side without end: 500 bytes of text each. Only the routing key tells the sides apart."""
    kind = SlowWork if slow else Work
    key = baseline_queue(side) if side in BASELINES else kind.type
    while True:
        outgoing = to_outbox_uncaused(
            kind(key=new_id(), text=_TEXT[:500]), source="voxbus/bench", job_id=new_id(), person_id=None
        ).outgoing()
        yield Outgoing(outgoing.exchange, key, outgoing.id, outgoing.headers, outgoing.body)


class Load:
    """Puts load on one side."""

    def __init__(self, place: Place, side: str) -> None:
        self._place = place
        self._side = side
        self.published = 0

    async def publish(self, count: int, *, slow: bool = False) -> None:
        """Publishes `count` jobs."""
        source = islice(messages(self._side, slow=slow), count)
        async with asyncio.TaskGroup() as group:
            for _ in range(_IN_FLIGHT):
                group.create_task(self._publish_from(source))

    async def keep_open(self, window: int, stop: asyncio.Event) -> None:
        """Publishes whenever fewer than `window` jobs are without their result.

        So a side gets the next job as soon as it has done one, and none pays for a queue that grows.
        """
        source, room = messages(self._side), asyncio.Semaphore(window)
        async with asyncio.TaskGroup() as group:
            for _ in range(_IN_FLIGHT):
                group.create_task(self._publish_while(source, room, stop))
            before = await self._place.results()
            while not stop.is_set():
                await asyncio.sleep(_LOOK_EVERY)
                now = await self._place.results()
                for _ in range(now - before):
                    room.release()
                before = now
            for _ in range(_IN_FLIGHT):  # so that no task waits there
                room.release()

    async def _publish_while(self, source: Iterator[Outgoing], room: asyncio.Semaphore, stop: asyncio.Event) -> None:
        while await room.acquire() and not stop.is_set():
            await self._publish_one(next(source))

    async def _publish_from(self, source: Iterator[Outgoing]) -> None:
        for outgoing in source:
            await self._publish_one(outgoing)

    async def _publish_one(self, outgoing: Outgoing) -> None:
        outcome = await self._place.bus.publish(outgoing)
        if outcome is not Outcome.CONFIRMED:
            raise RuntimeError(f"a job was not confirmed: {outcome.value}")
        self.published += 1

    async def mark(self, worker: Worker) -> Mark:
        """Marks the present moment."""
        worker.check()
        results = await self._place.results()
        return Mark(time.perf_counter(), results, self._place.cpu(worker))

    async def until(self, worker: Worker, results: int) -> tuple[Mark, Mark]:
        """Waits for so many results; returns the last mark before and the first one with them. Raises TimeoutError."""
        async with asyncio.timeout(_WITHIN):
            last = mark = await self.mark(worker)
            while mark.results < results:
                await asyncio.sleep(_LOOK_EVERY)
                last, mark = mark, await self.mark(worker)
        return last, mark

    async def latencies(self, seconds: float, rate: int) -> list[float]:
        """Measures milliseconds from the publish of a job to its result, at an even rate of so many jobs a second."""
        started: dict[UUID, float] = {}
        found: list[float] = []
        count = int(seconds * rate)
        hearing = await self._place.bus.subscribe(RESULTS.name, 1000)

        async def receive() -> None:
            while len(found) < count:
                batch = await hearing.next(100)
                now = time.perf_counter()
                for delivery in batch:
                    cause = delivery.headers[f"{PREFIX}causationid"]
                    text = cause.decode() if isinstance(cause, bytes) else str(cause)
                    found.append(1000 * (now - started.pop(UUID(text))))
                await hearing.ack_through(batch[-1])

        try:
            async with asyncio.timeout(seconds + _WITHIN), asyncio.TaskGroup() as group:
                group.create_task(receive())
                begin = time.perf_counter()
                for number, outgoing in enumerate(islice(messages(self._side), count)):
                    await asyncio.sleep(begin + number / rate - time.perf_counter())
                    started[outgoing.id] = time.perf_counter()
                    group.create_task(self._publish_one(outgoing))
        finally:
            await hearing.close()
        return found
