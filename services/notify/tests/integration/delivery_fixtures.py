"""Hands notifications over to channels as a handler does, and waits until each was delivered, or was not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.engine import Result
from sqlalchemy.sql.expression import Executable

from chassis.message.envelope import new_id
from chassis.storage.database import Transaction, open_database
from chassis.testing import until
from chassis.web.testing import Caller
from contracts.base import Command, Event, Json
from notify.notifications.channels.store import ChannelRef
from notify.notifications.deliveries import Mode, Outgoing, hand_over
from services.notify.tests.integration.fixtures import Notify, person_of

TITLE, BODY = "Your feedback is ready", "See how it went.\n\nWell done."


@dataclass
class _Unit:
    """Keeps what is emitted until the transaction has ended."""

    tx: Transaction
    emitted: list[Event] = field(default_factory=list)
    later: list[tuple[timedelta, Event]] = field(default_factory=list)

    async def execute(self, statement: Executable, parameters: Any = None) -> Result[Any]:
        return await self.tx.execute(statement, parameters)

    emits = True

    def emit(self, event: Event, *, about: UUID) -> None:
        self.emitted.append(event)

    def schedule(
        self, key: str, due: datetime | timedelta, message: Command | Event, *, about: UUID, unless_due: bool = False
    ) -> None:
        assert isinstance(due, timedelta) and isinstance(message, Event)
        self.later.append((due, message))

    def unschedule(self, key: str) -> None:
        raise AssertionError(key)

    def ring(self, person: UUID) -> None:
        """Does nothing: nobody listens."""


@dataclass(frozen=True)
class Going:
    """Holds a notification that was handed over, and what was to be emitted later."""

    id: UUID
    later: Sequence[tuple[timedelta, Event]]


async def make_channel(caller: Caller, fields: Json, status: int = 201) -> Json:
    answer = await caller("POST", "/notifications/channels", fields)
    assert answer.status == status, answer.body
    made: Json = answer.json()
    return made


async def tell(
    notify: Notify,
    caller: Caller,
    channels: Sequence[Json],
    mode: Mode = "all",
    *,
    title: str = TITLE,
    body: str = BODY,
    urgent: bool = False,
    stale_at: datetime | None = None,
    times: int = 1,
) -> Going:
    """Stores a notification and hands it over to some channels."""
    person, id_ = person_of(caller), new_id()
    await notify.rows(
        "INSERT INTO notifications (id, person_id, type, title, body, channel, delivered) "
        "VALUES ($1, $2, 'feedback_ready', $3, $4, 'in_app', true)",
        *(id_, person, title, body),
    )
    refs = [ChannelRef(UUID(each["id"]), each["kind"], each["state"]) for each in channels]
    outgoing = Outgoing(id_, person, "feedback_ready", urgent, stale_at)
    database = open_database(notify.harness.database_url, "notify", size=1)
    try:
        async with database.transaction() as tx:
            unit = _Unit(tx)
            for _ in range(times):
                await hand_over(unit, outgoing, refs, mode)
    finally:
        await database.close()
    for event in unit.emitted:
        await notify.harness.publish(event, person_id=person)
    return Going(id_, unit.later)


async def rows_of(notify: Notify, notification_id: UUID) -> Sequence[Row[Any]]:
    return await notify.rows("SELECT * FROM deliveries WHERE notification_id = $1 ORDER BY position", notification_id)


async def until_told(notify: Notify, notification_id: UUID, *states: str) -> Sequence[Row[Any]]:
    """Waits until the deliveries have these states, without waiting for the backoff of tries that failed."""

    async def told() -> Sequence[Row[Any]]:
        await notify.rows(
            "UPDATE inbox SET due_at = now() WHERE consumer = 'notify.deliver_notification' AND owner IS NULL "
            "AND done_at IS NULL"
        )
        rows = await rows_of(notify, notification_id)
        return rows if [row.state for row in rows] == list(states) else []

    return list(await until(told, what=f"the states {states} of {notification_id}"))


async def until_tried(notify: Notify, notification_id: UUID, tries: int) -> None:
    """Waits until so many tries have failed."""

    async def tried() -> bool:
        return any(row.tries >= tries for row in await rows_of(notify, notification_id))

    await until(tried, what=f"{tries} failed tries")
