"""Reads and writes the inbox: one row is lease, retry counter, duplicate filter and dead letter of one message."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.delivery import statements
from chassis.errors import Fenced, Undecodable
from chassis.message.envelope import Envelope
from chassis.observe import metrics
from chassis.observe.logs import logger
from chassis.storage.database import Database, Transaction
from contracts.base import Problem
from contracts.common import JobCancelled, JobFailed

UNDECODABLE = Problem(type="/problems/undecodable", title="Not a message", status=400)

_ENDS = frozenset({JobCancelled.type, JobFailed.type})

_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Received:
    """Holds a message as it came from the broker or from its inbox row."""

    envelope: Envelope
    body: bytes

    @property
    def job_id(self) -> UUID | None:
        """Returns the job whose end also ends this message; None for messages that report such an end."""
        return None if self.envelope.type in _ENDS else self.envelope.job_id

    @property
    def headers(self) -> str:
        """Returns the headers as the inbox stores them."""
        return json.dumps(self.envelope.headers())


@dataclass(frozen=True, slots=True)
class Claim:
    """Holds a message that belongs to this run until another takes over its lease. `tries` counts this try, from 1."""

    consumer: str
    received: Received
    fence: int
    tries: int
    owner: UUID
    #: whether another run had it, whose lease has expired; it is counted, and is no part of what the claim is
    taken_over: bool = field(default=False, compare=False)

    @property
    def id(self) -> UUID:
        """Returns the message's id."""
        return self.received.envelope.id

    @property
    def _mine(self) -> tuple[str, UUID, int, UUID]:
        return self.consumer, self.id, self.fence, self.owner


async def claim(tx: Transaction, consumer: str, received: Received, owner: UUID) -> Claim | None:
    """Writes CLAIM. Returns None when the message is done, cancelled, or held by another run."""
    envelope = received.envelope
    rows = await tx.fetch(
        statements.CLAIM,
        consumer,
        envelope.id,
        received.job_id,
        received.body,
        received.headers,
        owner,
        envelope.retry,
    )
    return Claim(consumer, received, rows[0].fence, rows[0].tries, owner) if rows else None


async def claim_cancelled(tx: Transaction, consumer: str, received: Received) -> bool:
    """Writes CANCEL where a claim found nothing because the message's job has ended; tells whether it did."""
    e = received.envelope
    return bool(
        await tx.fetch(
            statements.CLAIM_CANCELLED, consumer, e.id, received.job_id, received.body, received.headers, e.retry
        )
    )


async def read_claim(tx: Transaction, consumer: str, received: Received, owner: UUID) -> tuple[bool, Claim | None]:
    """Tells, after a CLAIM whose commit is unknown, whether there is a row; returns the claim if it is mine."""
    rows = await tx.fetch(statements.READ_ROW, consumer, received.envelope.id)
    if not rows:
        return False, None
    row = rows[0]
    mine = row.owner == owner and row.done_at is None
    return True, Claim(consumer, received, row.fence, row.tries, owner) if mine else None


async def reap(rows: Transaction | Database, consumer: str, limit: int, *, crash_suspects: bool = True) -> list[Claim]:
    """Runs REAPER: takes due rows; with `crash_suspects` also those that their last owner left unsettled.

    A row that cannot be read becomes a dead letter, so that the rows taken beside it need not wait for their lease to
    expire.
    """
    claims = []
    for row in await rows.fetch(statements.REAP, consumer, limit, crash_suspects):
        if (received := read(row)) is None:
            _log.error("an inbox row cannot be read", handler=consumer, message_id=str(row.id))
            mine = consumer, row.id, row.fence, row.owner
            await rows.fetch(statements.DEAD, *mine, "dead", _json(UNDECODABLE), None)
            metrics.HANDLED.labels(consumer, "undecodable").inc()
        else:
            claims.append(Claim(consumer, received, row.fence, row.tries, row.owner, row.taken_over))
    return claims


def read(row: Row[Any]) -> Received | None:
    """Reads the message of an inbox row; None when its headers are not an envelope of ours."""
    try:
        return Received(Envelope.parse(row.headers), row.body)
    except Undecodable:
        return None


async def finish(tx: Transaction, claim: Claim) -> None:
    """Writes FINISH, the first statement of a unit. Raises `Fenced` when the claim or the job has ended."""
    if not await tx.fetch(statements.FINISH, *claim._mine, claim.received.envelope.retry):
        raise Fenced(claim.consumer)


async def lock_claim(tx: Transaction, claim: Claim) -> None:
    """Prevents a takeover of the message within this transaction. Raises `Fenced` as `finish` does."""
    if not await tx.fetch(statements.LOCK_MINE, *claim._mine, claim.received.envelope.retry):
        raise Fenced(claim.consumer)


async def cancel_mine(tx: Transaction, claim: Claim) -> bool:
    """Writes CANCEL for a claim that still holds although its job has ended; tells whether it did."""
    return bool(await tx.fetch(statements.CANCEL_MINE, *claim._mine, claim.received.envelope.retry))


async def retry(tx: Transaction, claim: Claim, seconds: float, failure: str | None = None) -> bool:
    """Writes RETRY: the row is due again after `seconds`. False when the claim is lost: then write nothing."""
    return bool(await tx.fetch(statements.RETRY, *claim._mine, seconds, failure))


async def dead(tx: Transaction, claim: Claim, outcome: str, problem: Problem, failure: str | None = None) -> bool:
    """Writes DEAD (or `gone`, `erased`) with a problem. False when the claim is lost: then write and emit nothing."""
    return bool(await tx.fetch(statements.DEAD, *claim._mine, outcome, _json(problem), failure))


async def release(tx: Transaction, claim: Claim, seconds: float) -> bool:
    """Writes RELEASE: the message is given back without spending a try."""
    return bool(await tx.fetch(statements.RELEASE, *claim._mine, seconds))


async def note(tx: Transaction, claim: Claim, problem: Problem) -> None:
    """Notes why the row that this transaction has just released has to wait; the next claim clears the note."""
    await tx.fetch(statements.NOTE, claim.consumer, claim.id, claim.fence, _json(problem))


async def still_mine(tx: Transaction, claim: Claim) -> bool:
    """Tells, after a settlement whose commit is unknown, whether it has to be written again."""
    rows = await tx.fetch(statements.READ_ROW, claim.consumer, claim.id)
    return bool(rows) and rows[0].fence == claim.fence and rows[0].owner == claim.owner and rows[0].done_at is None


async def beat(database: Database, claims: Sequence[Claim]) -> set[UUID]:
    """Writes BEAT for all runs of a process at once; returns the owners of those that were taken over or cancelled."""
    rows = await database.fetch(
        statements.BEAT,
        [c.consumer for c in claims],
        [c.id for c in claims],
        [c.fence for c in claims],
        [c.owner for c in claims],
    )
    return {row.owner for row in rows if not row.kept}


async def insert_done(tx: Transaction, consumer: str, batch: Sequence[Received]) -> dict[UUID, str]:
    """Settles a batch of a fast handler in the transaction of its work.

    Returns outcomes by id: handle the messages with `ok`; the jobs of those with `cancelled` have ended; missing ones
    were settled before, or another run holds them.
    """
    ordered = sorted(batch, key=lambda a: a.envelope.id)
    rows = await tx.fetch(
        statements.INSERT_DONE,
        consumer,
        [a.envelope.id for a in ordered],
        [a.job_id for a in ordered],
        [a.envelope.retry for a in ordered],
    )
    return {row.id: row.outcome for row in rows}


async def upsert_retry(
    tx: Transaction, consumer: str, received: Received, seconds: float, spent: int, failure: str | None = None
) -> Claim | None:
    """Keeps a message that failed alone in a fast handler: its row is due later.

    Returns None when another run holds the message or has settled it.
    """
    e = received.envelope
    rows = await tx.fetch(
        statements.UPSERT_RETRY,
        consumer,
        e.id,
        received.job_id,
        received.body,
        received.headers,
        seconds,
        spent,
        failure,
    )
    return Claim(consumer, received, rows[0].fence, rows[0].tries, UUID(int=0)) if rows else None


async def dead_after_upsert(tx: Transaction, claim: Claim, outcome: str, problem: Problem) -> None:
    """Marks the row that this transaction has just upserted for a fast handler as dead."""
    await tx.fetch(statements.DEAD_AFTER_UPSERT, claim.consumer, claim.id, claim.fence, outcome, _json(problem))


async def insert_dead(tx: Transaction, consumer: str, received: Received, problem: Problem) -> bool:
    """Inserts a dead row without a try (too old, undecodable). False when a row exists: the first writer wins."""
    e = received.envelope
    return bool(
        await tx.fetch(
            statements.INSERT_DEAD,
            consumer,
            e.id,
            received.job_id,
            received.body,
            received.headers,
            _json(problem),
        )
    )


async def insert_due(tx: Transaction, consumer: str, received: Received) -> bool:
    """Inserts a row, due now, for a message that the broker gave up, unless there is one. The reaper runs it."""
    e = received.envelope
    return bool(await tx.fetch(statements.INSERT_DUE, consumer, e.id, received.job_id, received.body, received.headers))


async def delete_media(tx: Transaction, refs: Sequence[str], job_id: UUID | None) -> None:
    """Asks for the deletion of objects, in the transaction that settles the message that refers to them."""
    if refs:
        await tx.fetch(statements.INSERT_MEDIA_DELETIONS, list(refs), [job_id] * len(refs))


def _json(problem: Problem) -> str:
    """Writes a problem as JSON without NUL, which Postgres refuses and a handler may have copied from its input."""
    return json.dumps({k: v.replace("\0", "") if isinstance(v, str) else v for k, v in problem.model_dump().items()})
