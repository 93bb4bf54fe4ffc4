"""Implements the unit of work: one transaction that writes inbox, the service's rows and the outbox, or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.engine import Result
from sqlalchemy.sql.expression import Executable

from chassis.delivery.message_keys import encryption_keys
from chassis.delivery.outbox import Bell, OutboxMessage, insert_outbox, to_outbox
from chassis.delivery.timers import Timer, timer, write_timers
from chassis.message.codec import personal_fields
from chassis.message.envelope import Envelope
from chassis.storage.database import Transaction
from chassis.storage.keys import Keys
from contracts.base import Command, Event, Message


@dataclass(frozen=True, slots=True)
class _Emitted:
    event: Event
    cause: Envelope
    fence: int
    ordinal: int
    about_other: bool


class OpenUnit:
    """Implements `chassis.handler.Unit`, which a handler holds while its transaction is open."""

    def __init__(
        self,
        tx: Transaction,
        *,
        source: str,
        handler: str,
        causes: Mapping[int, tuple[Message, Envelope, int]],
        keys: Keys,
    ) -> None:
        """Takes `causes`, by `id()` of each message that the handler was given: message, envelope and fence.

        The message itself is kept there so that no other object gets its `id()`.
        """
        self._tx = tx
        self._keys = keys
        self._source = source
        self._handler = handler
        self._causes = causes
        self._emitted_counts: Counter[tuple[UUID, str]] = Counter()
        self._emitted: list[_Emitted] = []
        #: the emitted messages, once the unit is flushed
        self.outbox_messages: list[OutboxMessage] = []
        self._timers: dict[str, Timer | None] = {}
        self._rung: set[UUID] = set()
        self._by_person: dict[UUID | None, tuple[Message, Envelope, int]] = {}

    @property
    def emits(self) -> bool:
        """Returns true: handlers always may."""
        return True

    async def execute(self, statement: Executable, parameters: Any = None) -> Result[Any]:
        """Runs a SQLAlchemy Core statement of the service."""
        return await self._tx.execute(statement, parameters)

    def emit(self, event: Event, cause: Message | None = None, about: UUID | None = None) -> None:
        """Puts an event into the outbox; in a batch `cause` is one of its messages, or the last `about` a person."""
        _, envelope, fence = self._cause(cause, about)
        about_other = about is not None and about != envelope.person_id
        if about is not None:
            envelope = replace(envelope, person_id=about)
        counted = (envelope.id, event.type)
        self._emitted.append(_Emitted(event, envelope, fence, self._emitted_counts[counted], about_other))
        self._emitted_counts[counted] += 1

    def schedule(
        self,
        key: str,
        due: datetime | timedelta,
        message: Command | Event,
        cause: Message | None = None,
        about: UUID | None = None,
        *,
        unless_due: bool = False,
    ) -> None:
        """Sets a timer, which emits a message later and replaces the one scheduled under this key.

        `cause` as in `emit`; without one it is that of the message `about` a person. `unless_due`: it replaces none
        that is due.
        """
        by = self._cause(cause, about)[1]
        self._timers[key] = timer(due, message, cause=by, source=self._source, unless_due=unless_due)

    def unschedule(self, key: str) -> None:
        """Removes a timer, unless it has fired."""
        self._timers[key] = None

    def ring(self, person: UUID) -> None:
        """Tells the clients of a person that something is new, once it is committed."""
        self._rung.add(person)

    @property
    def committed(self) -> Sequence[OutboxMessage | Bell]:
        """Returns what is to be published once the transaction is committed."""
        return [*self.outbox_messages, *([Bell(frozenset(self._rung))] if self._rung else [])]

    async def flush(self) -> None:
        """Encrypts and writes the emitted messages, just before the commit. Raises `Erased`.

        What is about another person than its cause is left out when that person was erased.
        """
        own = [(e.event, e.cause.person_id) for e in self._emitted if not e.about_other]
        others = [(e.event, e.cause.person_id) for e in self._emitted if e.about_other]
        keys = await encryption_keys(self._keys, own, others)
        emitted = [
            e
            for e in self._emitted
            if not e.about_other or e.cause.person_id in keys or not personal_fields(type(e.event))
        ]
        self.outbox_messages = [
            to_outbox(
                e.event,
                source=self._source,
                cause=e.cause,
                handler=self._handler,
                fence=e.fence,
                ordinal=e.ordinal,
                key=keys.get(e.cause.person_id) if e.cause.person_id is not None else None,
            )
            for e in emitted
        ]
        await insert_outbox(self._tx, self.outbox_messages)
        await write_timers(self._tx, self._timers)

    def _cause(self, cause: Message | None, about: UUID | None) -> tuple[Message, Envelope, int]:
        if cause is not None:
            return self._causes[id(cause)]
        if len(self._causes) == 1:
            return next(iter(self._causes.values()))
        if about is None:
            raise RuntimeError("emit() in a batch needs cause=, one of the batch's messages, or about=")
        if not self._by_person:
            self._by_person = {each[1].person_id: each for each in self._causes.values()}
        return self._by_person[about]
