"""Applies steady load: sends attempts at an even rate, and follows each to its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from uuid import UUID

from tests.faults.client import Client

TEXT = "She sells seashells by the seashore."
#: attempts that are followed at once: with more, a machine that is too slow for the load would never see its end
MOST_AT_ONCE = 60


@dataclass(slots=True)
class Attempt:
    """Holds one attempt as its client saw it; times are `time.monotonic()`, None for what has not come."""

    begun: float
    job: UUID | None = None
    accepted: float | None = None
    ended: float | None = None


class Load:
    """Lets one person after another send a recording. `steady` makes a load."""

    def __init__(self, clients: list[Client], recording: bytes, per_second: float, most: int) -> None:
        self._clients = clients
        self._recording = recording
        self._every = 1 / per_second
        self._most = most
        self._jobs: list[asyncio.Task[None]] = []
        self._wanted = True
        self.attempts: list[Attempt] = []

    async def run(self) -> None:
        """Sends attempts until `stop`, so many at a time as there may be. Returns when all have ended."""
        turn = 0
        while self._wanted:
            if sum(not job.done() for job in self._jobs) < self._most:
                self._jobs.append(asyncio.create_task(self._one(self._clients[turn % len(self._clients)])))
                turn += 1
            await asyncio.sleep(self._every)
        await asyncio.gather(*self._jobs)

    def stop(self) -> None:
        """Stops sending attempts."""
        self._wanted = False

    def raise_failed(self) -> None:
        """Raises what a client met that it should not have met."""
        for job in self._jobs:
            if job.done() and not job.cancelled():
                job.result()

    async def give_up(self) -> None:
        """Stops following the streams of open jobs."""
        for job in self._jobs:
            job.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)

    async def _one(self, client: Client) -> None:
        attempt = Attempt(monotonic())
        self.attempts.append(attempt)
        attempt.job = await client.submit(self._recording, TEXT)
        attempt.accepted = monotonic()
        await client.follow(attempt.job)
        attempt.ended = monotonic()


@asynccontextmanager
async def steady(
    clients: list[Client], recording: bytes, per_second: float, *, most: int = MOST_AT_ONCE
) -> AsyncIterator[Load]:
    """Applies load as long as the block runs; then waits until all jobs have ended, or raises what went wrong."""
    load = Load(clients, recording, per_second, most)
    running = asyncio.create_task(load.run())
    try:
        yield load
        load.stop()
        await running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await load.give_up()
