"""Tests what a replay does differently: plain INSERTs, marked messages, and what it counts as made by the run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from chassis.bus.base import Delivery
from chassis.delivery.consumer import Consumer
from chassis.handler import Deps
from chassis.message.envelope import Envelope, derived_id, new_id
from chassis.observe.health import Watchdog
from chassis.replay.rows import made_now
from chassis.replay.unit import written_over
from chassis.storage.keys import NO_KEYS

DIALECT = cast(Any, postgresql).dialect()
TABLE = sa.Table("t", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("a", sa.Text))
ONLY_KEY = sa.Table("k", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True))


def _sql(statement: sa.Insert) -> str:
    return " ".join(str(statement.compile(dialect=DIALECT)).split())


@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        (sa.insert(TABLE).values(id=1, a="x"), None),
        (sa.insert(TABLE), {"id": 1, "a": "x"}),
        (sa.insert(TABLE), [{"id": 1, "a": "x"}]),
        (sa.insert(TABLE).values([{"id": 1, "a": "x"}]), None),
        (postgresql.insert(TABLE).values(id=1, a="x"), None),
    ],
)
def test_a_plain_insert_writes_over_the_row_of_the_first_run(statement: sa.Insert, parameters: Any) -> None:
    before = _sql(statement)
    assert _sql(written_over(statement, parameters)).endswith("ON CONFLICT (id) DO UPDATE SET a = excluded.a")
    assert _sql(statement) == before


def test_a_row_that_is_only_a_key_stays() -> None:
    assert _sql(written_over(sa.insert(ONLY_KEY).values(id=1))).endswith("ON CONFLICT (id) DO NOTHING")


@pytest.mark.parametrize(
    "statement",
    [
        postgresql.insert(TABLE).values(id=1, a="x").on_conflict_do_nothing(),
        sa.insert(TABLE).from_select(["id", "a"], sa.select(TABLE)),
    ],
)
def test_an_insert_that_says_what_to_do_then_stays_as_it_is(statement: sa.Insert) -> None:
    assert written_over(statement) is statement


class _Now:
    """Stands in for a database and its transaction; it only tells the time."""

    async def redoing(self, work: Callable[[Any], Awaitable[Any]]) -> Any:
        return await work(self)

    async def fetch(self, _: str) -> list[tuple[datetime]]:
        return [(datetime.now(UTC),)]


def _consumer(*, live_only: bool) -> Consumer:
    nothing, database = cast(Any, None), cast(Any, _Now())
    pulse = Watchdog().pulse("test")
    return Consumer(
        "s", "h", Deps(), database, nothing, nothing, pulse, lambda _: None, keys=NO_KEYS, live_only=live_only
    )


@pytest.mark.parametrize("live_only", [True, False])
async def test_what_follows_from_a_replay_is_not_for_a_handler_of_live_messages(live_only: bool) -> None:
    envelope = Envelope(id=new_id(), type="a.b", version=(1, 0), source="s", time=datetime.now(UTC))
    for replayed, taken in ((None, True), (str(new_id()), not live_only)):
        headers = replace(envelope, replay=replayed).headers()
        delivery = cast(Delivery, type("Arrived", (), {"headers": headers, "body": b"{}", "redelivered": False})())
        found = await _consumer(live_only=live_only).open(delivery, cast(Any, None))
        assert (found is not None) is taken


def test_only_moments_and_ids_of_the_run_are_made_by_it() -> None:
    now = datetime.now(UTC)
    moments = now - timedelta(seconds=1), now + timedelta(seconds=1)
    assert made_now(now, moments)
    assert made_now(new_id(), moments)
    assert not made_now(now - timedelta(minutes=1), moments)
    old = derived_id(new_id(), "a", "h", 1)
    assert not made_now(type(old)(int=old.int - (3_600_000 << 80)), moments)
    assert not made_now("2026-11-29T10:00:00Z", moments)
