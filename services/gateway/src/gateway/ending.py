"""Ending jobs from outside their steps: the owner's cancel, and the deadline."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from chassis.bus.base import Bus
from chassis.delivery.relay import Relay
from chassis.storage.database import Database

#: cancelled now | it was cancelled before | it has ended in another way
Cancelled = Literal["cancelled", "already", "conflict"]


class Endings:
    """Appends terminal rows as recording does: the job row is locked first, then its status is read."""

    def __init__(self, database: Database, relay: Relay, bus: Bus) -> None:
        self._database = database
        self._relay = relay
        self._bus = bus

    async def cancel(self, job_id: UUID, person_id: UUID) -> Cancelled | None:
        """Cancel a job for its owner. None: no such job of this person."""
        raise NotImplementedError

    async def end_overdue(self) -> int:
        """Fail open jobs whose deadline has passed; returns how many. Safe on every replica at once."""
        raise NotImplementedError
