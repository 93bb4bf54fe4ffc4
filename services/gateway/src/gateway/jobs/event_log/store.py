"""Reads and writes the log and the jobs' rows, for a caller who holds their locks."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Row as SqlRow

from chassis.bus.base import Bus
from chassis.delivery.outbox import insert_outbox
from chassis.delivery.relay import Relay
from chassis.message.envelope import Envelope
from chassis.storage.database import Transaction
from gateway.jobs import statements
from gateway.jobs.event_log.measured import count_begun, count_ended
from gateway.jobs.event_log.plan import LockedJob, Plan, StreamContent, version

#: the key of doorbells on `live`; a body is JSON `[[job_id, seq], …]`
WAKEUPS = "bells"


async def lock_jobs(tx: Transaction, job_ids: Collection[UUID]) -> dict[UUID, LockedJob]:
    """Locks the rows of jobs in id order; returns those that exist, as they are once the lock is held."""
    return locked(await tx.fetch(statements.LOCK_JOBS, sorted(job_ids)))


async def lock_overdue(tx: Transaction, limit: int) -> dict[UUID, LockedJob]:
    """Locks open jobs whose deadline has passed; the next scan takes those that are locked now."""
    return locked(await tx.fetch(statements.LOCK_OVERDUE, limit))


def locked(rows: Iterable[SqlRow[Any]]) -> dict[UUID, LockedJob]:
    """Returns rows of jobs by id."""
    return {r.id: LockedJob(r.id, r.kind, r.person_id, r.status, r.last_seq, r.now) for r in rows}


async def read_contents(tx: Transaction, stream_ids: Collection[UUID]) -> dict[UUID, StreamContent]:
    """Reads the log's rows of streams, in a statement after the locks: an earlier snapshot would miss rows."""
    types: dict[UUID, dict[UUID, str]] = defaultdict(dict)
    first: dict[UUID, Envelope] = {}
    for row in await tx.fetch(statements.READ_STREAMS, sorted(stream_ids)):
        types[row.stream_id][row.event_id] = row.type
        if row.headers is not None:
            first[row.stream_id] = Envelope.parse(row.headers)
    return {stream_id: StreamContent(found, first.get(stream_id)) for stream_id, found in types.items()}


async def write(tx: Transaction, plan: Plan) -> None:
    """Writes a plan: log rows, jobs' rows, outbox."""
    if plan.rows:
        rows = sorted(plan.rows, key=lambda row: (row.stream_id, row.seq))
        await tx.fetch(
            statements.INSERT_LOG,
            [row.stream_id for row in rows],
            [row.seq for row in rows],
            [row.envelope.id for row in rows],
            [row.envelope.type for row in rows],
            [version(row.envelope) for row in rows],
            [row.envelope.time for row in rows],
            [row.envelope.person_id for row in rows],
            [json.dumps(row.envelope.headers()) for row in rows],
            [row.body for row in rows],
            [row.terminal for row in rows],
            [row.late for row in rows],
        )
    if plan.updates:
        await tx.fetch(
            statements.UPDATE_JOBS,
            [update.job_id for update in plan.updates],
            [update.status for update in plan.updates],
            [update.last_seq for update in plan.updates],
            [update.finished for update in plan.updates],
        )
    await insert_outbox(tx, plan.messages)


async def announce(plan: Plan, relay: Relay, bus: Bus) -> None:
    """Publishes the events of a plan after its commit, and one doorbell for all jobs of the batch."""
    relay.publish(plan.messages)
    for begun in plan.begun:
        count_begun(begun)
    for ended in plan.ended:
        count_ended(ended)
    if plan.wakeups:
        await bus.publish_transient(WAKEUPS, json.dumps([(str(job_id), seq) for job_id, seq in plan.wakeups]).encode())
