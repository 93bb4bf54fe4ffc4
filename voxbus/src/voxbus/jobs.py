"""Finds, shows and cancels jobs, for whoever is at the command line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from chassis.settings import Settings
from chassis.storage.database import Database, Transaction, open_database
from contracts.base import Json
from gateway.jobs import admin_jobs, statements
from gateway.jobs.admin_jobs import JobFilters
from gateway.jobs.end_jobs import Cancelled, cancel_by_operator
from gateway.jobs.operator_acts import OperatorAct, record
from voxbus import remote
from voxbus.events import named
from voxbus.local.reach import reach_database
from voxbus.operator import at_the_command_line

_PATH = "/admin/jobs"
_STUCK_MAX = 1000


@dataclass(frozen=True, slots=True)
class Jobs:
    """Holds what the commands about jobs need: the gateway's database."""

    database: Database

    async def find(self, filters: JobFilters, person: str | None, limit: int) -> list[Json]:
        """Finds jobs, newest first; the person is named by id or address."""
        filters = await named(self.database, filters, person)
        return [_shown(row) for row in await admin_jobs.find_jobs(self.database, filters, limit=limit)]

    async def show(self, job: UUID) -> Json | None:
        """Returns a job with its timeline; None if there is none."""
        found = await admin_jobs.read_job(self.database, job)
        if found is None:
            return None
        return {
            **_shown(found.row),
            "timeline": list(found.timeline),
            "waits": [{"service": row.service, "since": row.since} for row in found.waits],
            "dead_letters": [f"{row.consumer}/{row.id}" for row in found.letters],
        }

    async def stuck(self) -> list[Json]:
        """Returns the jobs that are stuck, oldest first."""
        return [_shown(row) for row in await admin_jobs.stuck_jobs(self.database, _STUCK_MAX)]

    async def cancel(self, job: UUID, reason: str | None) -> Cancelled | None:
        """Cancels a job. Running processes learn of it from the outbox, at once."""
        act = OperatorAct(act="job_cancelled", by=at_the_command_line(), object=str(job), reason=reason)

        async def work(tx: Transaction) -> Cancelled | None:
            outcome, plan = await cancel_by_operator(tx, job, act)
            await tx.fetch(statements.DUE_NOW, [message.envelope.id for message in plan.messages])
            return outcome

        return await self.database.redoing(work)

    async def resend(self, job: UUID, reason: str | None) -> int:
        """Puts the messages of a job into the outbox once more; returns how many, without those that wait there."""
        act = OperatorAct(act="job_resent", by=at_the_command_line(), object=str(job), reason=reason)
        async with self.database.transaction() as tx:
            count = await admin_jobs.resend(tx, job)
            await record(tx, act, outcome="done" if count else "unchanged")
        return count


class JobsAfar:
    """Asks a gateway (implements `JobBook`)."""

    def __init__(self, gateway: remote.RemoteGateway) -> None:
        self._gateway = gateway

    async def find(self, filters: JobFilters, person: str | None, limit: int) -> list[Json]:
        """Finds jobs, newest first; the person is named by id or address."""
        query = {**remote.query_of(filters, person), "status": filters.status}
        return await self._gateway.items(_PATH, query, limit)

    async def show(self, job: UUID) -> Json | None:
        """Returns a job with its timeline; None if there is none."""
        try:
            found: Json = await self._gateway.get(f"{_PATH}/{job}")
        except remote.NotThere:
            return None
        return found

    async def stuck(self) -> list[Json]:
        """Returns the jobs that are stuck, oldest first."""
        found: list[Json] = (await self._gateway.get(f"{_PATH}/stuck"))["items"]
        return found

    async def cancel(self, job: UUID, reason: str | None) -> Cancelled | None:
        """Cancels a job; one that was cancelled meanwhile is told as cancelled."""
        try:
            await self._gateway.post(f"{_PATH}/{job}/cancel", {"reason": reason} if reason else None)
        except remote.NotThere:
            return None
        except remote.RefusedThere:
            return "conflict"
        return "cancelled"


class JobBook(Protocol):
    """Describes where jobs are found and cancelled: at the database, or through a gateway afar."""

    async def find(self, filters: JobFilters, person: str | None, limit: int) -> list[Json]:
        """Finds jobs, newest first."""

    async def show(self, job: UUID) -> Json | None:
        """Returns a job with its timeline; None if there is none."""

    async def stuck(self) -> list[Json]:
        """Returns the jobs that are stuck, oldest first."""

    async def cancel(self, job: UUID, reason: str | None) -> Cancelled | None:
        """Cancels a job; None if there is none."""


@asynccontextmanager
async def opened_jobs(settings: Settings, *_: object) -> AsyncIterator[Jobs]:
    """Opens the database that the settings name."""
    async with reach_database(settings) as url:
        database = open_database(url, "gateway", size=2)
        try:
            yield Jobs(database)
        finally:
            await database.close()


reached_jobs: remote.Reached[JobBook] = remote.either(JobsAfar, opened_jobs)


def _shown(row: Any) -> Json:
    names = ("id", "kind", "status", "person_id", "created_at", "heard_at", "finished_at", "deadline", "lost")
    return {name: getattr(row, name) for name in names}
