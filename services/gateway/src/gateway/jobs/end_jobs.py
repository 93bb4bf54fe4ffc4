"""Ends jobs for reasons outside their steps: the owner cancels, or the deadline has passed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Literal
from uuid import UUID

from chassis.bus.base import Bus
from chassis.delivery import inbox
from chassis.delivery.relay import Relay
from chassis.delivery.settlement import REVOKED
from chassis.message.envelope import id_time
from chassis.storage.database import Database, Transaction
from chassis.web.keyed import KeyedWrite
from contracts.base import Json, Problem
from contracts.catalogue import JOB_KINDS
from contracts.common import JobLate
from gateway.jobs import statements
from gateway.jobs.event_log import store
from gateway.jobs.event_log.plan import LockedJob, Plan, StreamContent, plan_cancel, plan_late, plan_overdue
from gateway.jobs.operator_acts import OperatorAct, Outcome, record
from gateway.jobs.recordings import recording_key

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

    async def cancel(self, job_id: UUID, person_id: UUID, write: KeyedWrite | None = None) -> Cancelled | None:
        """Cancels a job for its owner. None: no such job of this person."""
        write = write or KeyedWrite()

        async def work(tx: Transaction) -> tuple[Cancelled | None, Plan]:
            outcome, plan = await _cancel(tx, job_id, person_id)
            if outcome == "already":
                write.answers(HTTPStatus.OK)
            elif outcome != "cancelled":
                write.refuse()
            return outcome, plan

        outcome, plan = await write.redoing(self._database, work)
        await store.announce(plan, self._relay, self._bus)
        return outcome

    async def cancel_by_operator(
        self, job_id: UUID, act: OperatorAct, write: KeyedWrite | None = None
    ) -> Cancelled | None:
        """Cancels anybody's job, with a row of who did it and why. None: no such job."""
        write = write or KeyedWrite()

        async def work(tx: Transaction) -> tuple[Cancelled | None, Plan]:
            outcome, plan = await cancel_by_operator(tx, job_id, act)
            if outcome is None or outcome == "conflict":
                write.refuse()
            return outcome, plan

        outcome, plan = await write.redoing(self._database, work)
        await store.announce(plan, self._relay, self._bus)
        return outcome

    async def cancel_consented(self, tx: Transaction, person_id: UUID, consent: tuple[str, str]) -> Plan:
        """Cancels a person's open jobs that need a consent, in the transaction that ends it.

        `announce` the plan after the commit.
        """
        ended = await plan_consented(tx, person_id, consent)
        await store.write(tx, ended)
        return ended

    async def announce(self, plan: Plan) -> None:
        """Tells services and streams of jobs whose end is committed."""
        await store.announce(plan, self._relay, self._bus)

    async def end_overdue(self) -> int:
        """Fails open jobs whose deadline has passed, and says of others that they are late; returns how many of both.

        Safe on every replica at once.
        """
        plans = await self._database.redoing(_end_overdue)
        for plan in plans:
            await store.announce(plan, self._relay, self._bus)
        return len(plans)


async def plan_consented(tx: Transaction, person_id: UUID, consent: tuple[str, str]) -> Plan:
    """Plans the end of a person's open jobs that need a consent, and has their recordings deleted."""
    ended = Plan()
    jobs = store.locked(await tx.fetch(statements.LOCK_OPEN_OF, person_id))
    wanted = {id: job for id, job in jobs.items() if _consent_of(job.kind) == consent}
    contents = await store.read_contents(tx, wanted) if wanted else {}
    for job in wanted.values():
        ended.add(plan_cancel(job, contents.get(job.id, StreamContent()), REVOKED))
        await inbox.delete_media(tx, [recording_key(job.id)], job.id)
    return ended


def _consent_of(kind: str) -> tuple[str, str] | None:
    return JOB_KINDS[kind].command.consent if kind in JOB_KINDS else None


async def cancel_by_operator(tx: Transaction, job_id: UUID, act: OperatorAct) -> tuple[Cancelled | None, Plan]:
    """Cancels a job in a transaction, with the row of the act; the caller announces the plan, or leaves it due."""
    job = (await store.lock_jobs(tx, [job_id])).get(job_id)
    if job is None:
        return None, Plan()
    outcome, plan = await _cancel(tx, job_id, job.person_id)
    done: Mapping[str | None, Outcome] = {"cancelled": "done", "already": "unchanged"}
    await record(tx, replace(act, person=job.person_id), outcome=done.get(outcome, "refused"))
    return outcome, plan


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
    late = {id: job for id, job in jobs.items() if _is_late(job, contents.get(id, StreamContent()))}
    shown = await _extended(tx, late) if late else {}
    plans = []
    for id, job in jobs.items():
        content = contents.get(id, StreamContent())
        plans.append(plan_late(job, content, shown[id]) if id in shown else plan_overdue(job, content, OVERDUE))
    for plan in plans:
        await store.write(tx, plan)
    return plans


def _is_late(job: LockedJob, content: StreamContent) -> bool:
    """Tells whether it is time to say that a job is late, and not to end it."""
    kind = JOB_KINDS.get(job.kind)
    said = JobLate.type in content.types.values()
    return kind is not None and kind.late is not None and not said and job.now - id_time(job.id) < kind.deadline


async def _extended(tx: Transaction, jobs: Mapping[UUID, LockedJob]) -> dict[UUID, Json]:
    """Lets late jobs have the rest of their time; returns what the command of each shows."""
    kinds = {id: JOB_KINDS[job.kind] for id, job in jobs.items()}
    rest = [(kind.deadline - (kind.late or kind.deadline)).total_seconds() for kind in kinds.values()]
    await tx.fetch(statements.EXTEND, [*kinds], rest)
    found = {}
    for row in await tx.fetch(statements.READ_COMMANDS, [*kinds]):
        command = json.loads(row.body)
        names = kinds[row.stream_id].command.public_fields
        found[row.stream_id] = {name: command[name] for name in names if name in command}
    return found
