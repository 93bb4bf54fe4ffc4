"""The inbox: one row is lease, retry counter, duplicate filter and dead letter of one message for one handler."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.delivery import statements
from chassis.errors import Fenced
from chassis.message.envelope import Envelope
from chassis.storage.database import Database, Transaction
from contracts.base import JobCancelled, JobFailed, Problem

_ENDS = frozenset({JobCancelled.type, JobFailed.type})


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message as it came from the broker or from its inbox row."""

    envelope: Envelope
    body: bytes

    @property
    def job_id(self) -> UUID | None:
        """The job whose end is the end of this message too: news of such an end is not ended by it."""
        return None if self.envelope.type in _ENDS else self.envelope.job_id

    @property
    def headers(self) -> str:
        """The headers as the inbox stores them."""
        return json.dumps(self.envelope.headers())


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that belongs to this run, until its lease is taken over. `tries` counts this one, from 1."""

    consumer: str
    arrived: Arrived
    fence: int
    tries: int
    owner: UUID

    @property
    def id(self) -> UUID:
        """The message's id."""
        return self.arrived.envelope.id

    @property
    def _mine(self) -> tuple[str, UUID, int, UUID]:
        return self.consumer, self.id, self.fence, self.owner


async def claim(tx: Transaction, consumer: str, arrived: Arrived, owner: UUID) -> Claim | None:
    """CLAIM. None: it is done, cancelled, or somebody else's for now."""
    envelope = arrived.envelope
    rows = await tx.fetch(
        statements.CLAIM,
        consumer,
        envelope.id,
        arrived.job_id,
        arrived.body,
        arrived.headers,
        owner,
        envelope.retry,
    )
    return Claim(consumer, arrived, rows[0].fence, rows[0].tries, owner) if rows else None


async def claim_cancelled(tx: Transaction, consumer: str, arrived: Arrived) -> bool:
    """Write CANCEL where a claim found nothing because the message's job has ended. True when it did."""
    e = arrived.envelope
    return bool(
        await tx.fetch(
            statements.CLAIM_CANCELLED, consumer, e.id, arrived.job_id, arrived.body, arrived.headers, e.retry
        )
    )


async def read_claim(tx: Transaction, consumer: str, arrived: Arrived, owner: UUID) -> tuple[bool, Claim | None]:
    """After a CLAIM whose commit is unknown: whether there is a row, and the claim if it is mine."""
    rows = await tx.fetch(statements.READ_ROW, consumer, arrived.envelope.id)
    if not rows:
        return False, None
    row = rows[0]
    mine = row.owner == owner and row.done_at is None
    return True, Claim(consumer, arrived, row.fence, row.tries, owner) if mine else None


async def reap(rows: Transaction | Database, consumer: str, limit: int, *, suspects: bool = True) -> list[Claim]:
    """REAPER, one statement: take rows that are due; `suspects`: also those whose last owner did not settle them."""
    found = await rows.fetch(statements.REAP, consumer, limit, suspects)
    return [
        Claim(
            consumer,
            Arrived(Envelope.parse(row.headers), row.body),
            row.fence,
            row.tries,
            row.owner,
        )
        for row in found
    ]


async def finish(tx: Transaction, held: Claim) -> None:
    """FINISH, the first statement of a unit. Raises `Fenced` when the row is not mine any more or its job has ended."""
    if not await tx.fetch(statements.FINISH, *held._mine, held.arrived.envelope.retry):
        raise Fenced(held.consumer)


async def hold(tx: Transaction, held: Claim) -> None:
    """Let nobody take the message over within this transaction. Raises `Fenced` as `finish` does."""
    if not await tx.fetch(statements.HOLD_MINE, *held._mine, held.arrived.envelope.retry):
        raise Fenced(held.consumer)


async def cancel_mine(tx: Transaction, held: Claim) -> bool:
    """CANCEL of a row that is still mine while its job has ended. True when it was so."""
    return bool(await tx.fetch(statements.CANCEL_MINE, *held._mine, held.arrived.envelope.retry))


async def retry(tx: Transaction, held: Claim, seconds: float) -> bool:
    """RETRY: due again in so many seconds. False: not mine any more, write nothing."""
    return bool(await tx.fetch(statements.RETRY, *held._mine, seconds))


async def dead(tx: Transaction, held: Claim, outcome: str, problem: Problem) -> bool:
    """DEAD (or `gone`, `erased`): settled with a problem. False: not mine any more, write and emit nothing."""
    return bool(await tx.fetch(statements.DEAD, *held._mine, outcome, _json(problem)))


async def release(tx: Transaction, held: Claim, seconds: float) -> bool:
    """RELEASE: given back without spending a try."""
    return bool(await tx.fetch(statements.RELEASE, *held._mine, seconds))


async def note(tx: Transaction, held: Claim, problem: Problem) -> None:
    """Why the row waits that this transaction has just given back; the next claim forgets it."""
    await tx.fetch(statements.NOTE, held.consumer, held.id, held.fence, _json(problem))


async def still_mine(tx: Transaction, held: Claim) -> bool:
    """After an unknown commit of a settlement: whether it has to be done again."""
    rows = await tx.fetch(statements.READ_ROW, held.consumer, held.id)
    return bool(rows) and rows[0].fence == held.fence and rows[0].owner == held.owner and rows[0].done_at is None


async def beat(database: Database, held: Sequence[Claim]) -> set[UUID]:
    """BEAT for all runs of a process at once; returns the owners of those that were taken over or cancelled."""
    rows = await database.fetch(
        statements.BEAT,
        [c.consumer for c in held],
        [c.id for c in held],
        [c.fence for c in held],
        [c.owner for c in held],
    )
    return {row.owner for row in rows if not row.kept}


async def insert_done(tx: Transaction, consumer: str, batch: Sequence[Arrived]) -> dict[UUID, str]:
    """Fast handlers: settle a batch in the transaction of its work.

    Returns outcomes by id: `ok` is to be worked on, the job of `cancelled` has ended; what is missing was settled
    before, or is somebody else's.
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


async def upsert_retry(tx: Transaction, consumer: str, arrived: Arrived, seconds: float, spent: int) -> Claim | None:
    """Fast handlers: what failed alone becomes a row that is due later. None: somebody else holds or has settled it."""
    e = arrived.envelope
    rows = await tx.fetch(
        statements.UPSERT_RETRY, consumer, e.id, arrived.job_id, arrived.body, arrived.headers, seconds, spent
    )
    return Claim(consumer, arrived, rows[0].fence, rows[0].tries, UUID(int=0)) if rows else None


async def dead_after_upsert(tx: Transaction, held: Claim, outcome: str, problem: Problem) -> None:
    """Fast handlers: the row this transaction has just upserted is dead."""
    await tx.fetch(statements.DEAD_AFTER_UPSERT, held.consumer, held.id, held.fence, outcome, _json(problem))


async def insert_dead(tx: Transaction, consumer: str, arrived: Arrived, problem: Problem) -> bool:
    """Dead without a try (too old, undecodable). False when a row exists: the first writer wins."""
    e = arrived.envelope
    return bool(
        await tx.fetch(
            statements.INSERT_DEAD,
            consumer,
            e.id,
            arrived.job_id,
            arrived.body,
            arrived.headers,
            _json(problem),
        )
    )


async def insert_due(tx: Transaction, consumer: str, arrived: Arrived) -> bool:
    """The broker gave the message up: make its row, due now, unless there is one. The reaper owns it from here."""
    e = arrived.envelope
    return bool(await tx.fetch(statements.INSERT_DUE, consumer, e.id, arrived.job_id, arrived.body, arrived.headers))


async def delete_media(tx: Transaction, refs: Sequence[str], job_id: UUID | None) -> None:
    """Ask for the deletion of objects in the transaction that settles what used them."""
    if refs:
        await tx.fetch(statements.INSERT_MEDIA_DELETIONS, list(refs), [job_id] * len(refs))


def _json(problem: Problem) -> str:
    """As the database takes it: text without NUL, which a handler may have copied from anywhere."""
    return json.dumps({k: v.replace("\0", "") if isinstance(v, str) else v for k, v in problem.model_dump().items()})
