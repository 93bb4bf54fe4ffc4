"""Streams of jobs: every replica serves any job, from the log alone. A bell only says when to read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.bus.base import Bus
from chassis.observe.health import Pulse
from chassis.storage.database import Database


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One event as a client sees it: `data` holds only the message's shown fields.

    `seq` is None for a transient one. After the event with `terminal` the stream ends.
    """

    seq: int | None
    type: str
    time: datetime
    data: dict[str, Any]
    terminal: bool = False


class Hub:
    """All streams this replica holds. `run` must turn for any of them to move."""

    def __init__(self, database: Database, bus: Bus, pulse: Pulse, stopping: asyncio.Event) -> None:
        self._database = database
        self._bus = bus
        self._pulse = pulse
        self._stopping = stopping

    def subscribe(self, job_id: UUID, after: int = 0) -> AbstractAsyncContextManager[AsyncIterator[StreamEvent]]:
        """Follow a job from the log row after `after`. Who may see it is the caller's to check.

        The iterator ends after the terminal event, or without one when the process stops. `after` must lie before the
        terminal row (`jobs.read_head`): past it there is nothing to wait for.
        """
        raise NotImplementedError

    async def wait(self, job_id: UUID, seconds: float) -> bool:
        """Wait until a job has ended; False when it has not in time."""
        raise NotImplementedError

    async def run(self) -> None:
        """Hear bells, read the log for all held jobs; until cancelled."""
        raise NotImplementedError
