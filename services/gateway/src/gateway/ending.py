"""Ending jobs from outside their steps: the owner's cancel, and the deadline."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal, TypeVar
from uuid import UUID

from chassis.bus.base import Bus
from chassis.delivery.relay import Relay
from chassis.storage.database import REDO_MAX, Database, Transaction, before_redo, is_outage, may_redo
from contracts.base import Problem
from gateway import logbook
from gateway.recording import Held, Plan, plan_cancel, plan_overdue

T = TypeVar("T")

#: cancelled now | it was cancelled before | it has ended in another way
Cancelled = Literal["cancelled", "already", "conflict"]

OVERDUE = Problem(
    type="/problems/deadline-passed",
    title="It took too long",
    status=504,
    detail="The job was not done within its time.",
)
OVERDUE_BATCH = 100


class Endings:
    """Appends terminal rows as recording does: the job row is locked first, then its status is read."""

    def __init__(self, database: Database, relay: Relay, bus: Bus) -> None:
        self._database = database
        self._relay = relay
        self._bus = bus

    async def cancel(self, job_id: UUID, person_id: UUID) -> Cancelled | None:
        """Cancel a job for its owner. None: no such job of this person."""
        outcome, plan = await self._transact(lambda tx: _cancel(tx, job_id, person_id))
        await logbook.announce(plan, self._relay, self._bus)
        return outcome

    async def end_overdue(self) -> int:
        """Fail open jobs whose deadline has passed; returns how many. Safe on every replica at once."""
        plans = await self._transact(_end_overdue)
        for plan in plans:
            await logbook.announce(plan, self._relay, self._bus)
        return len(plans)

    async def _transact(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Redo on deadlock and the like; an outage is the caller's to tell, and doing it again is safe."""
        for attempt in range(1, REDO_MAX + 1):
            try:
                async with self._database.transaction() as tx:
                    return await work(tx)
            except Exception as error:
                if is_outage(error) or not may_redo(error) or attempt == REDO_MAX:
                    raise
                await before_redo(attempt)
        raise AssertionError("unreachable")


async def _cancel(tx: Transaction, job_id: UUID, person_id: UUID) -> tuple[Cancelled | None, Plan]:
    job = (await logbook.lock_jobs(tx, [job_id])).get(job_id)
    if job is None or job.person_id != person_id:
        return None, Plan()
    if job.status == "cancelled":
        return "already", Plan()
    if job.status in ("succeeded", "failed"):
        return "conflict", Plan()
    held = await logbook.read_held(tx, [job_id])
    plan = plan_cancel(job, held.get(job_id, Held()))
    await logbook.write(tx, plan)
    return "cancelled", plan


async def _end_overdue(tx: Transaction) -> list[Plan]:
    jobs = await logbook.lock_overdue(tx, OVERDUE_BATCH)
    if not jobs:
        return []
    held = await logbook.read_held(tx, jobs)
    plans = [plan_overdue(job, held.get(job.id, Held()), OVERDUE) for job in jobs.values()]
    for plan in plans:
        await logbook.write(tx, plan)
    return plans
