"""Keeps messages to be emitted later apart from the outbox, so that the outbox holds only due messages.

A timer is a row under a key that the service chooses. Firing deletes it and writes its message into the outbox in one
transaction, where the message gets its id and time. All times are the database's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.delivery import inbox, statements
from chassis.delivery.inbox import Received
from chassis.delivery.outbox import OutboxMessage, insert_outbox
from chassis.delivery.relay import Relay
from chassis.loops import every
from chassis.message.envelope import Envelope, new_id, stand_in
from chassis.observe import metrics
from chassis.observe.health import Pulse
from chassis.observe.logs import logger
from chassis.storage.database import Database, Transaction
from contracts.base import Message

_FIRE_ROWS = 200

_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Timer:
    """Holds a message and its due time: a moment, or a time span after the database's now. `cause` set the timer.

    `unless_due`: it takes the place of no timer that is due and has yet to fire.
    """

    due: datetime | timedelta
    message: Message
    cause: Envelope
    source: str
    unless_due: bool = False

    def stored(self) -> str:
        """Returns the timer as its row keeps it: with the cause's person, but no job, as no job waits for a timer."""
        cause = self.cause
        return json.dumps(
            {
                "exchange": self.message.exchange,
                "type": self.message.type,
                "version": self.message.version,
                "source": self.source,
                "person_id": str(cause.person_id) if cause.person_id else None,
                "correlation": str(cause.correlation or cause.id),
                "causation": str(cause.id),
                "body": self.message.model_dump_json(),
            }
        )


def timer(
    due: datetime | timedelta, message: Message, *, cause: Envelope, source: str, unless_due: bool = False
) -> Timer:
    """Checks and makes a timer. Raises ValueError for a moment without a time zone and for personal fields."""
    if isinstance(due, datetime) and due.tzinfo is None:
        raise ValueError("a timer's moment needs a time zone")
    if fields := message.personal_fields():
        raise ValueError(f"a timer's message is kept in clear: {message.type} has personal fields {', '.join(fields)}")
    return Timer(due, message, cause, source, unless_due)


async def write_timers(tx: Transaction, timers: Mapping[str, Timer | None]) -> None:
    """Sets timers by key, each in place of an earlier one; None removes it."""
    for unless_due, statement in ((False, statements.SET_TIMERS), (True, statements.SET_TIMERS_UNLESS_DUE)):
        set_ = {key: timer for key, timer in timers.items() if timer is not None and timer.unless_due is unless_due}
        if set_:
            dues = [timer.due for timer in set_.values()]
            await tx.fetch(
                statement,
                [*set_],
                [due if isinstance(due, datetime) else None for due in dues],
                [due.total_seconds() if isinstance(due, timedelta) else None for due in dues],
                [timer.stored() for timer in set_.values()],
            )
    if gone := sorted(key for key, timer in timers.items() if timer is None):
        await tx.fetch(statements.DELETE_TIMERS, gone)


class Timers:
    """Fires one service's timers; any number of replicas may run."""

    def __init__(self, database: Database, relay: Relay, pulse: Pulse, poll_interval: float = 1.0) -> None:
        """Takes `poll_interval`, the seconds between looks for due timers, plus or minus a third."""
        self._database = database
        self._relay = relay
        self._pulse = pulse
        self._poll_interval = poll_interval
        self._late = metrics.TIMER_LATE_SECONDS.labels(pulse.name.partition(".")[0])

    async def fire(self) -> int:
        """Fires due timers, up to a batch; returns how many.

        The sweep publishes messages that a crash leaves unpublished.

        A timer that cannot be read becomes a dead letter, so that the others are not kept waiting.
        """
        fired = []
        async with self._database.transaction() as tx:
            rows = await tx.fetch(statements.FIRE_TIMERS, _FIRE_ROWS)
            for row in rows:
                try:
                    fired.append(_to_outbox(row.message, row.now))
                except (KeyError, TypeError, ValueError, AttributeError) as error:
                    _log.error("a timer cannot be read", loop=self._pulse.name, error=type(error).__name__)
                    unread = Received(stand_in(), json.dumps(row.message).encode())
                    await inbox.insert_dead(tx, self._pulse.name, unread, inbox.UNDECODABLE)
            await insert_outbox(tx, sorted(fired, key=lambda outbox_message: outbox_message.envelope.id))
        self._relay.publish(fired)
        for row in rows:
            self._late.observe((row.now - row.due_at).total_seconds())
        return len(rows)

    async def run(self) -> None:
        """Fires due timers until cancelled."""
        await every(self._poll_interval, self._fire_all, self._pulse, jitter=0.3)

    async def _fire_all(self) -> None:
        while await self._database.fetch(statements.TIMERS_DUE):  # to fire none takes a transaction
            if await self.fire() < _FIRE_ROWS:
                return
            self._pulse.beat()


def _to_outbox(stored: Mapping[str, Any], now: datetime) -> OutboxMessage:
    major, minor = stored["version"]
    envelope = Envelope(
        id=new_id(),
        type=stored["type"],
        version=(major, minor),
        source=stored["source"],
        time=now,
        person_id=UUID(stored["person_id"]) if stored["person_id"] else None,
        correlation=UUID(stored["correlation"]),
        causation=UUID(stored["causation"]),
    )
    return OutboxMessage(envelope, stored["exchange"], stored["body"].encode())
