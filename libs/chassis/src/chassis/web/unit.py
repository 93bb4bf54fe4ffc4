"""Commits a quick write: one transaction writes the idempotency record, the rows and the facts, or nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.engine import Result
from sqlalchemy.sql.expression import Executable

from chassis.delivery.message_keys import encryption_keys
from chassis.delivery.outbox import Bell, OutboxMessage, insert_outbox, to_outbox
from chassis.delivery.timers import Timer, timer, write_timers
from chassis.errors import Erased
from chassis.message.envelope import Envelope
from chassis.storage.database import Transaction
from chassis.storage.keys import Keys
from chassis.storage.person_lock import SHARE_PEOPLE
from chassis.web import statements
from chassis.web.problems import not_found, was_erased
from contracts.base import Command, Event


@dataclass(frozen=True, slots=True)
class _Fact:
    event: Event
    about: UUID | None
    ordinal: int


class WriteUnit:
    """Writes a route's rows and emits its facts while its transaction is open.

    The chassis commits it when the route has returned, so after its `async with` a route only returns.
    """

    def __init__(
        self,
        tx: Transaction,
        *,
        source: str,
        operation_id: UUID,
        caller: UUID | None,
        people: tuple[UUID, ...],
        keys: Keys,
        emits: bool,
    ) -> None:
        """Takes the `people` whose erasure waits for this transaction; `emits` is the route's declaration."""
        self._tx = tx
        self._source = source
        self._operation_id = operation_id
        self._caller = caller
        self._people = set(people)
        self._keys = keys
        self._emits = emits
        self._facts: list[_Fact] = []
        self._ordinals: Counter[str] = Counter()
        self._timers: dict[str, Timer | None] = {}
        self._rung: set[UUID] = set()
        #: whether the block has ended, and whether by an error
        self.closed = self.failed = False

    @property
    def emits(self) -> bool:
        """Tells whether the route was declared to emit facts."""
        return self._emits

    async def execute(self, statement: Executable, parameters: Any = None) -> Result[Any]:
        """Runs a SQLAlchemy Core statement of the service."""
        if self.closed:
            raise RuntimeError("the unit is closed: write within its `async with`")
        return await self._tx.execute(statement, parameters)

    async def concerns(self, person: UUID) -> None:
        """Notes that the write is also about another person, whose erasure then waits for it.

        Raises 404 for an erased person. The caller and a guardian's child are known already.
        """
        if person in self._people:
            return
        await self._tx.fetch(SHARE_PEOPLE, [str(person)])
        [found] = await self._tx.fetch(statements.IS_ERASED, person)
        if found.erased:
            raise not_found()
        self._people.add(person)

    def emit(self, event: Event, *, about: UUID | Literal["caller"] | None = "caller") -> None:
        """Puts a fact into the outbox. The key of the person `about` encrypts its personal fields; None for no person.

        The fact's id follows from the operation id, its type and the number of earlier facts of that type, so a redo
        makes the same id.
        """
        if not self._emits:
            raise RuntimeError(f"{event.type}: the route was declared with emits=False")
        person = self._caller if about == "caller" else about
        if person is not None and person not in self._people:
            raise RuntimeError(
                f"{event.type} is about a person whom the unit does not hold: await unit.concerns() first"
            )
        self._facts.append(_Fact(event, person, self._ordinals[event.type]))
        self._ordinals[event.type] += 1

    def schedule(
        self,
        key: str,
        due: datetime | timedelta,
        message: Command | Event,
        *,
        about: UUID | None = None,
        unless_due: bool = False,
    ) -> None:
        """Sets a timer about the caller, as `chassis.handler.Unit.schedule` does."""
        if about not in (None, self._caller):
            raise RuntimeError("a request sets timers about its caller alone")
        by = self._cause(self._caller)
        self._timers[key] = timer(due, message, cause=by, source=self._source, unless_due=unless_due)

    def unschedule(self, key: str) -> None:
        """Removes a timer, unless it has fired."""
        self._timers[key] = None

    @property
    def bells(self) -> list[Bell]:
        """Returns the bell that rings once this is committed, if one does."""
        return [Bell(frozenset(self._rung))] if self._rung else []

    def ring(self, person: UUID) -> None:
        """Tells the clients of a person that something is new, as `chassis.handler.Unit.ring` does."""
        self._rung.add(person)

    async def flush(self) -> list[OutboxMessage]:
        """Encrypts the facts and writes them into the outbox; sets timers. Raises the problem of an erased person."""
        # Keys are asked for only now, while the transaction holds its locks: which facts there are, and whom they are
        # about, is known only now. Asking for every caller before would make writes depend on the key store that seal
        # nothing. A key is cached for a minute; a slow store holds the locks until the deadline at most, when the
        # server ends the transaction, which is idle.
        try:
            keys = await encryption_keys(self._keys, [(fact.event, fact.about) for fact in self._facts])
        except Erased as error:
            raise was_erased(caller=self._caller in error.persons) from None
        outbox_messages = [
            to_outbox(
                fact.event,
                source=self._source,
                cause=self._cause(fact.about),
                handler="",
                fence=0,
                ordinal=fact.ordinal,
                key=keys.get(fact.about) if fact.about is not None else None,
            )
            for fact in self._facts
        ]
        await insert_outbox(self._tx, outbox_messages)
        await write_timers(self._tx, self._timers)
        return outbox_messages

    def _cause(self, about: UUID | None) -> Envelope:
        """Returns the operation as if it were a message, because facts follow from it as events do from commands."""
        return Envelope(
            id=self._operation_id,
            type="",
            version=(1, 0),
            source=self._source,
            time=datetime.now(UTC),
            person_id=about,
            correlation=self._operation_id,
        )
