"""Ends jobs for reasons outside their steps: the owner cancels, or the deadline has passed."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from chassis.bus.base import Bus
from chassis.delivery.relay import Relay
from chassis.storage.database import Database, Transaction
from contracts.base import Problem
from gateway.jobs.event_log import store
from gateway.jobs.event_log.plan import Plan, StreamContent, plan_cancel, plan_overdue

#: cancelled now | it was cancelled before | it has ended in another way
Cancelled = Literal["cancelled", "already", "conflict"]

OVERDUE = Problem(
    type="/problems/deadline-passed",
    title="It took too long",
    status=504,
    detail="The job did not end before its deadline.",
)
OVERDUE_BATCH = 100


class Endings:
    """Appends terminal rows as recording does: the job row is locked first, then its status is read."""

    def __init__(self, database: Database, relay: Relay, bus: Bus) -> None:
        self._database = database
        self._relay = relay
        self._bus = bus

    async def cancel(self, job_id: UUID, person_id: UUID) -> Cancelled | None:
        """Cancels a job for its owner. None: no such job of this person."""
        outcome, plan = await self._database.redoing(lambda tx: _cancel(tx, job_id, person_id))
        await store.announce(plan, self._relay, self._bus)
        return outcome

    async def end_overdue(self) -> int:
        """Fails open jobs whose deadline has passed; returns how many. Safe on every replica at once."""
        plans = await self._database.redoing(_end_overdue)
        for plan in plans:
            await store.announce(plan, self._relay, self._bus)
        return len(plans)


async def _cancel(tx: Transaction, job_id: UUID, person_id: UUID) -> tuple[Cancelled | None, Plan]:
    job = (await store.lock_jobs(tx, [job_id])).get(job_id)
    if job is None or job.person_id != person_id:
        return None, Plan()
    if job.status == "cancelled":
        return "already", Plan()
    if job.status in ("succeeded", "failed"):
        return "conflict", Plan()
    contents = await store.read_contents(tx, [job_id])
    plan = plan_cancel(job, contents.get(job_id, StreamContent()))
    await store.write(tx, plan)
    return "cancelled", plan


async def _end_overdue(tx: Transaction) -> list[Plan]:
    jobs = await store.lock_overdue(tx, OVERDUE_BATCH)
    if not jobs:
        return []
    contents = await store.read_contents(tx, jobs)
    plans = [plan_overdue(job, contents.get(job.id, StreamContent()), OVERDUE) for job in jobs.values()]
    for plan in plans:
        await store.write(tx, plan)
    return plans
