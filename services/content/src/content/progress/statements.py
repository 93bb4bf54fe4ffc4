"""Keeps which xAPI statements are still to be sent to a learning record store, in the order of what was done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.handler import Rows
from chassis.storage.database import Database
from content.progress import xapi
from content.progress.tables import statements_due, statements_sent
from contracts.learning import StatementsDue

#: statements of one request
BATCH = 50
#: what is done meanwhile goes out together
_SOON = timedelta(seconds=2)
_DUE = statements_due.c
_SENT = statements_sent.c


class Timers(Protocol):
    """Sets timers in a transaction."""

    def schedule(self, key: str, due: timedelta, message: StatementsDue) -> None:
        """Sets a timer, in place of the one with the same key."""


@dataclass(frozen=True, slots=True)
class Due:
    """Names what a statement is of: an event, or that a lesson was completed or passed (`event` is None)."""

    type: str
    lesson: UUID
    event: UUID | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Holds the next statements of a person, and the number through which they go."""

    statements: Sequence[Mapping[str, Any]]
    through: int


def set_timer(timers: Timers, person: UUID, after: timedelta = _SOON) -> None:
    """Sets the timer by which what is due of a person goes out."""
    timers.schedule(f"statements/{person}", after, StatementsDue(person_id=person))


async def add(rows: Rows, person: UUID, due: Iterable[Due]) -> None:
    """Adds statements in their order. The caller holds the lock of the person."""
    values = [
        {"person_id": person, "type": each.type, "lesson_id": each.lesson, "event_id": each.event} for each in due
    ]
    if values:
        await rows.execute(sa.insert(statements_due), values)


async def end(rows: Rows, person: UUID, through: int, sent: int) -> bool:
    """Removes what has gone out, or must not; counts what the store has. Tells whether more is due."""
    await rows.execute(sa.delete(statements_due).where(_DUE.person_id == person, _DUE.number <= through))
    if sent:
        counted = insert(statements_sent).values(person_id=person, statements=sent)
        more = {"statements": _SENT.statements + sent, "last_at": sa.func.now()}
        await rows.execute(counted.on_conflict_do_update(index_elements=["person_id"], set_=more))
    left = sa.select(sa.exists().where(_DUE.person_id == person))
    return bool((await rows.execute(left)).scalar_one())


@dataclass(frozen=True, slots=True)
class StatementQueue:
    """Reads what is due, outside the unit that removes it."""

    database: Database

    async def next(self, person: UUID) -> Batch | None:
        """Reads the next statements of a person; None where nothing is due. What is gone meanwhile has none."""
        first = sa.select(statements_due).where(_DUE.person_id == person).order_by(_DUE.number).limit(BATCH)
        async with self.database.transaction() as tx:
            due = (await tx.execute(first)).all()
            if not due:
                return None
            events = [row.event_id for row in due if row.event_id is not None]
            lessons = [row.lesson_id for row in due if row.event_id is None]
            facts = (await tx.execute(sa.select(xapi.facts_of(person, events, lessons)))).all()
        # of events the id, of what became of a lesson its type
        found = {(row.type, row.lesson_id, row.id if row.type in xapi.VERB_OF else None): row for row in facts}
        rows = (found.get((each.type, each.lesson_id, each.event_id)) for each in due)
        shown = [xapi.statement(person, row).model_dump(mode="json") for row in rows if row is not None]
        return Batch(shown, due[-1].number)
