"""Accepting a job: one statement writes the job, its first log row, the outbox and the idempotency key, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chassis.delivery.relay import Relay
from chassis.errors import VoxbusError
from chassis.storage.database import Database
from contracts.base import Command, JobKind


class IdempotencyConflict(VoxbusError):
    """The same Idempotency-Key came with other content (422)."""


class Busy(VoxbusError):
    """Nothing new is accepted for now (503). `retry_after` in seconds.

    `unknown`: the database was lost during the commit, so the job may exist: leave its recording to the hourly sweep.
    """

    def __init__(self, retry_after: int, *, unknown: bool = False) -> None:
        super().__init__("busy")
        self.retry_after = retry_after
        self.unknown = unknown


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A client's Idempotency-Key on a route; `fingerprint` is a hash of the canonical content."""

    route: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The job that stands for the request. `replayed`: it was there already; `status` is as it stands."""

    job_id: UUID
    status: str
    replayed: bool = False


class Acceptance:
    """Accepts commands of the gateway."""

    def __init__(self, database: Database, relay: Relay, source: str = "gateway") -> None:
        self._database = database
        self._relay = relay
        self._source = source

    async def accept(
        self, kind: JobKind, command: Command, *, job_id: UUID, person_id: UUID, idempotency: Idempotency | None
    ) -> Accepted:
        """Accept one command as a job; once begun it ends whether or not the client is still there.

        Raises `IdempotencyConflict`, or `Busy` above the outbox budget and while the database is away.
        """
        raise NotImplementedError
