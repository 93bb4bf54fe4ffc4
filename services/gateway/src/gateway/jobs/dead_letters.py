"""Reads the dead letters of all services, and has them retried, dropped or edited, each with a row of who did it.

A service publishes its dead letters as a view, and what may be done to one as functions that run as the service. So an
act and its row in `operator_acts` are one transaction, and a service need not run to have its letters mended.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError

from chassis.errors import VoxbusError
from chassis.filters import Filters
from chassis.message.envelope import PREFIX
from chassis.storage.database import Database, Transaction
from contracts.services import SERVICES
from gateway.jobs import letter_statements as statements
from gateway.jobs.operator_acts import Act, Operator, OperatorAct, Outcome, record

#: rows of one read while a set is gathered
_PAGE = 500
_ACTS: Mapping[str, Act] = {
    "retry": "dead_letter_retried",
    "drop": "dead_letter_dropped",
    "edit": "dead_letter_edited",
}
_OUTCOMES: Mapping[str, Outcome] = {"done": "done", "unchanged": "unchanged"}

#: what a service says: done; it was done before; or why not
Result = Literal[
    "done",
    "unchanged",
    "not-found",
    "not-a-message",
    "erased",
    "too-old",
    "job-cancelled",
    "recording-gone",
    "changed",
]
#: why a letter stays as it is, in words
WHY: Mapping[str, str] = {
    "not-found": "there is no such dead letter",
    "not-a-message": "its bytes are no message that could be delivered again",
    "erased": "its person was erased",
    "too-old": "it is older than 14 days, and what it would cause would be refused everywhere: replay it instead",
    "job-cancelled": "its job was cancelled, which no retry undoes",
    "recording-gone": "the recording that it needs was deleted when its step had failed",
    "changed": "somebody else has changed it meanwhile",
}


class NoSuchLetter(VoxbusError):
    """Reports an id that names no dead letter."""

    exit_code = 4


@dataclass(frozen=True, slots=True, order=True)
class LetterId:
    """Names a dead letter: `<service>.<handler>/<message id>`."""

    consumer: str
    id: UUID

    @classmethod
    def parse(cls, text: str) -> LetterId:
        """Reads the text. Raises `NoSuchLetter` for one that is no id of a letter."""
        consumer, slash, id = text.partition("/")
        try:
            found = cls(consumer, UUID(id))
        except ValueError:
            slash = ""
        if not slash or consumer.partition(".")[0] not in SERVICES:
            raise NoSuchLetter(f"{text} is not the id of a dead letter: <service>.<handler>/<message id>.")
        return found

    @property
    def service(self) -> str:
        """Names the service whose letter it is."""
        return self.consumer.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.consumer}/{self.id}"


@dataclass(frozen=True)
class LetterFilters(Filters):
    """Holds what letters are asked for; None filters nothing. Times are those at which they died."""

    handler: str | None = None
    problem: str | None = None
    group: str | None = None

    def parameters(self) -> tuple[object, ...]:
        """Returns $1 to $9 of the statements."""
        types = list(self.types) or None
        of_job = (self.job, self.person, self.kind)
        return (self.since, self.until, types, *of_job, self.handler, self.problem, self.group)


@dataclass(frozen=True, slots=True)
class Acted:
    """Says what became of an act on a letter: `state` is that of its row, `number` that of the retry."""

    result: Result
    state: str | None = None
    number: int | None = None
    #: the row of the act
    act_id: UUID | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Holds one act: by whom, why, and what else the row of it says."""

    act: Literal["retry", "drop", "edit"]
    by: Operator
    reason: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


async def published(database: Database) -> list[str]:
    """Names the services whose dead letters this database has."""
    return [row.service for row in await database.fetch(statements.PUBLISHED) if row.service in SERVICES]


async def read_heads(
    database: Database, filters: LetterFilters, *, after: tuple[UUID, UUID] | None = None, limit: int
) -> Sequence[Row[Any]]:
    """Reads letters without their bodies, the newest message first, after the id and mark of the last one known."""
    services = await published(database)
    place = after or (None, None)
    return await database.fetch(statements.heads(services), *filters.parameters(), *place, limit) if services else ()


async def gather(database: Database, filters: LetterFilters, limit: int | None = None) -> AsyncIterator[Row[Any]]:
    """Reads letters as `read_heads` does, all of them or as many as the limit says."""
    after, left = None, limit
    while left is None or left > 0:
        rows = await read_heads(database, filters, after=after, limit=_PAGE if left is None else min(left, _PAGE))
        for row in rows:
            yield row
        if len(rows) < _PAGE:
            return
        after = rows[-1].id, rows[-1].mark
        left = None if left is None else left - len(rows)


async def read_groups(database: Database, filters: LetterFilters) -> Sequence[Row[Any]]:
    """Counts letters by handler, problem and type, with when the first and the last one died."""
    services = await published(database)
    return await database.fetch(statements.groups(services), *filters.parameters()) if services else ()


async def read_letter(place: Database | Transaction, letter: LetterId) -> Row[Any] | None:
    """Reads one letter with its body, as it came."""
    try:
        rows = await place.fetch(statements.one(letter.service), letter.consumer, letter.id)
    except DBAPIError as error:
        raise _elsewhere(letter, error) from error
    return rows[0] if rows else None


async def act(tx: Transaction, letter: LetterId, wanted: Wanted, *more: object) -> Acted:
    """Does an act in a transaction, with its row. What was done before stays, and is told as `unchanged`.

    `more` are the parameters of an edit: SHA-256 of the body as it was read, new headers, new body.
    """
    before = await read_letter(tx, letter)
    [row] = await tx.fetch(statements.function(letter.service, wanted.act), letter.consumer, letter.id, *more)
    acted = Acted(row.result, row.state, row.number)
    if acted.result != "not-found":
        said = {"result": acted.result, "state": acted.state, "retry": acted.number}
        done = OperatorAct(
            act=_ACTS[wanted.act],
            by=wanted.by,
            object=str(letter),
            person=None if before is None else person_of(before.headers),
            reason=wanted.reason,
            detail={**wanted.detail, **{name: each for name, each in said.items() if each is not None}},
        )
        [act_id] = await record(tx, done, outcome=_OUTCOMES.get(acted.result, "refused"))
        return replace(acted, act_id=act_id)
    return acted


async def do(database: Database, letter: LetterId, wanted: Wanted, *more: object) -> Acted:
    """Does one act in a transaction of its own."""

    async def work(tx: Transaction) -> Acted:
        return await act(tx, letter, wanted, *more)

    return await database.redoing(work)


def person_of(headers: Mapping[str, Any] | None) -> UUID | None:
    """Returns the person that the headers of a message name."""
    try:
        return UUID(str((headers or {})[f"{PREFIX}personid"]))
    except (KeyError, ValueError):
        return None


def _elsewhere(letter: LetterId, error: DBAPIError) -> VoxbusError:
    return NoSuchLetter(
        f"The dead letters of {letter.service} are not in this database ({type(error.orig).__name__}): has voxbus"
        " migrate been run by this release, or has the service a database of its own?"
    )
