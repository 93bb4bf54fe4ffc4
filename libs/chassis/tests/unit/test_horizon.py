"""Tests that a message is too old by the database's clock, whatever this machine's says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from chassis.bus.base import Delivery
from chassis.delivery.consumer import RETENTION, Consumer
from chassis.handler import Deps
from chassis.message.envelope import Envelope, new_id
from chassis.observe.health import Watchdog
from chassis.storage.clock import DatabaseClock
from chassis.storage.keys import NO_KEYS

DAY = timedelta(days=1)


class _Database:
    """Stands in for a database and its transaction: it tells its time, and notes the dead letters it is given."""

    def __init__(self, ahead: timedelta) -> None:
        self.ahead, self.asked, self.dead = ahead, 0, 0

    async def redoing(self, work: Callable[[Any], Awaitable[Any]]) -> Any:
        return await work(self)

    async def fetch(self, statement: str, *_: object) -> list[tuple[Any, ...]]:
        if "clock_timestamp" in statement:
            self.asked += 1
            return [(datetime.now(UTC) + self.ahead,)]
        self.dead += 1
        return [(1,)]


class _Queue:
    async def ack(self, _: Delivery) -> None:
        """Takes the delivery as settled."""


def _made(age: timedelta) -> Delivery:
    id = new_id()
    id = type(id)(int=id.int - (int(age.total_seconds() * 1000) << 80))
    envelope = Envelope(id=id, type="a.b", version=(1, 0), source="s", time=datetime.now(UTC) - age)
    return cast(Delivery, type("Arrived", (), {"headers": envelope.headers(), "body": b"{}", "redelivered": False})())


@pytest.mark.parametrize(
    ("ahead", "age", "taken"),
    [
        (timedelta(0), RETENTION - DAY, True),
        (timedelta(0), RETENTION + DAY, False),
        (-20 * DAY, RETENTION + DAY, True),  # this machine is ahead by weeks: nothing is given up for that
        (20 * DAY, timedelta(0), False),  # it is behind by weeks: what the inbox has forgotten is not done again
    ],
)
async def test_the_databases_clock_says_what_is_too_old(ahead: timedelta, age: timedelta, taken: bool) -> None:
    nothing, database = cast(Any, None), _Database(ahead)
    parts = (cast(Any, database), nothing, nothing, Watchdog().pulse("test"))
    consumer = Consumer("s", "h", Deps(), *parts, lambda _: None, keys=NO_KEYS)
    for _ in range(3):
        assert (await consumer.open(_made(age), cast(Any, _Queue())) is not None) is taken
    assert (database.asked, database.dead) == (1, 0 if taken else 3)


async def test_the_clock_is_read_anew_once_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, database = DatabaseClock(), cast(Any, _Database(-20 * DAY))
    monkeypatch.setattr("chassis.storage.clock.time.monotonic", lambda: 1000.0)
    assert clock.now() is None
    said = await clock.read(database)
    monkeypatch.setattr("chassis.storage.clock.time.monotonic", lambda: 4599.0)
    assert clock.now() == said + timedelta(seconds=3599)
    monkeypatch.setattr("chassis.storage.clock.time.monotonic", lambda: 4600.0)
    assert clock.now() is None
