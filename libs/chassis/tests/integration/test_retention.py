"""Tests the worker of retention: it deletes what is due and nothing else, once, whatever happens to it."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from chassis.delivery import statements
from chassis.delivery.activity import note_activity
from chassis.delivery.retention import Deleted, RetentionWorker
from chassis.handler import Deps
from chassis.message.envelope import new_id
from chassis.observe.metrics import REGISTRY
from chassis.privacy.retention import Holder, Retention, RetentionClass
from contracts.common import PersonActive
from libs.chassis.tests.integration.fixtures import Bench

DAY = timedelta(days=1)
NOW = datetime(2026, 11, 29, 10, tzinfo=UTC)
DEAD = """
INSERT INTO dead_letters (consumer, id, tries, died_at)
SELECT 'demo.work', gen_random_uuid(), 1, $1 FROM generate_series(1, $2)
"""


def table(*held: Holder) -> Retention:
    classes = {
        kind: RetentionClass(
            kind, "what", "why", "basis", 30 * DAY, None, "then", "{keep}", tuple(h for h in held if h.kind == kind)
        )
        for kind in sorted({each.kind for each in held})
    }
    return Retention(classes, {})


LETTERS = Holder("letter", "demo", 30 * DAY, table="dead_letters", clock="died_at", written=30 * DAY)
#: of anything that has a person, which is the demo service's only table with one
WORK = Holder(
    "work", "demo", 730 * DAY, child=365 * DAY, table="erasure_work", clock="last_activity", written=730 * DAY
)


@pytest.fixture
def new_worker(bench: Bench) -> Callable[..., RetentionWorker]:
    async def now() -> datetime:
        return NOW

    def make(*held: Holder, at: Callable[[], Awaitable[datetime]] = now, **more: Any) -> RetentionWorker:
        pulse = bench.watchdog.pulse("retention")
        tables = ["dead_letters", "erasure_work", "media_deletions"]
        return RetentionWorker(
            "demo", bench.database, bench.relay, pulse, table(*held), tables=tables, now=at, pause=0, **more
        )

    return make


async def letters(bench: Bench) -> Counter[datetime]:
    rows = await bench.rows("SELECT died_at, count(*) AS number FROM dead_letters GROUP BY 1")
    return Counter({row.died_at: row.number for row in rows})


async def receipts(bench: Bench) -> list[dict[str, Any]]:
    rows = await bench.rows("SELECT body FROM outbox WHERE key = 'retention.executed' ORDER BY id")
    return [json.loads(bytes(row.body)) for row in rows]


async def test_2500_rows_go_in_batches_and_younger_ones_stay(
    bench: Bench, new_worker: Callable[..., RetentionWorker]
) -> None:
    due, young = NOW - 30 * DAY, NOW - 30 * DAY + timedelta(microseconds=1)
    await bench.rows(DEAD, due - DAY, 1)
    await bench.rows(DEAD, due, 2_499)
    await bench.rows(DEAD, young, 3)
    assert await new_worker(LETTERS).once() == 2_500
    assert await letters(bench) == {young: 3}
    told = await receipts(bench)
    assert [each["items"] for each in told] == [1_000, 1_000, 500]
    assert min(each["oldest_at"] for each in told) == (due - DAY).isoformat().replace("+00:00", "Z")
    assert await new_worker(LETTERS).once() == 0
    assert len(await receipts(bench)) == 3


async def test_it_says_in_which_tables_it_has_left_dead_rows(
    bench: Bench, new_worker: Callable[..., RetentionWorker]
) -> None:
    left = "SELECT name FROM retention_turns WHERE name LIKE 'dead in %'"
    await new_worker(LETTERS, vacuumed=["dead_letters"]).once()
    assert await bench.rows(left) == []  # there was nothing to delete
    await bench.rows(DEAD, NOW - 31 * DAY, 2)
    await new_worker(LETTERS).once()
    assert await bench.rows(left) == []
    for _ in range(2):
        await bench.rows(DEAD, NOW - 31 * DAY, 1)
        await new_worker(LETTERS, vacuumed=["dead_letters"]).once()
    assert [row.name for row in await bench.rows(left)] == ["dead in dead_letters"]


@pytest.mark.parametrize("point", ["worked", "committed"])
async def test_what_a_dead_worker_has_left_is_deleted_by_the_next(
    bench: Bench, new_worker: Callable[..., RetentionWorker], point: str
) -> None:
    passed = []

    def die(here: str) -> None:
        passed.append(here)
        if passed.count(point) == 2:
            raise KeyboardInterrupt  # as abrupt as an exception can be

    await bench.rows(DEAD, NOW - 40 * DAY, 2_500)
    with pytest.raises(KeyboardInterrupt):
        await new_worker(LETTERS, failpoint=die).once()
    left = sum((await letters(bench)).values())
    assert left == (1_500 if point == "worked" else 500)
    await bench.rows("UPDATE retention_turns SET owner = gen_random_uuid(), until = now() + interval '1 hour'")
    assert await new_worker(LETTERS).once() == 0, "the dead worker's turn is not over"
    await bench.rows("UPDATE retention_turns SET until = now() WHERE name = 'worker'")
    assert await new_worker(LETTERS).once() == left
    assert sum(each["items"] for each in await receipts(bench)) == 2_500


async def test_of_two_workers_one_works(bench: Bench, new_worker: Callable[..., RetentionWorker]) -> None:
    await bench.rows(DEAD, NOW - 40 * DAY, 2_500)
    done = await asyncio.gather(*(new_worker(LETTERS).once() for _ in range(2)))
    again = await new_worker(LETTERS).once()
    assert sum(done) + again == sum(each["items"] for each in await receipts(bench)) == 2_500
    assert await letters(bench) == {}


async def test_a_worker_that_stood_still_deletes_no_more_once_another_has_its_turn(
    bench: Bench, new_worker: Callable[..., RetentionWorker]
) -> None:
    await bench.rows(DEAD, NOW - 40 * DAY, 10)
    await bench.rows("UPDATE retention_turns SET owner = gen_random_uuid(), until = now() + interval '1 hour'")
    assert await new_worker(LETTERS)._delete_some(LETTERS, NOW, new_id()) is None
    assert sum((await letters(bench)).values()) == 10


async def of(bench: Bench, day: date | None, *, child: bool = False) -> UUID:
    person = new_id()
    await bench.rows(
        "INSERT INTO erasure_work (person_id, erasure_id, counts) VALUES ($1, gen_random_uuid(), '{}')", person
    )
    if day is not None:
        await bench.rows("INSERT INTO person_activity VALUES ($1, $2, $3, now())", person, day, child)
    return person


def gauge(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


async def test_rows_go_by_the_end_of_their_persons_last_active_day(
    bench: Bench, new_worker: Callable[..., RetentionWorker]
) -> None:
    year, two = (NOW - 365 * DAY).date(), (NOW - 730 * DAY).date()
    stay = {
        await of(bench, year, child=True),  # the day ends 14 hours too late
        await of(bench, two),
        await of(bench, year - DAY),  # of age
        unheard := await of(bench, None),
    }
    await of(bench, year - DAY, child=True)
    await of(bench, two - DAY)
    worker = new_worker(WORK)
    assert await worker.once() == 2
    assert {row.person_id for row in await bench.rows("SELECT person_id FROM erasure_work")} == stay
    assert gauge("voxbus_retention_undated", service="demo", **{"class": "work"}) == 1
    oldest = gauge("voxbus_retention_oldest_seconds", **{"class": "work"})
    assert oldest == (NOW - datetime(2024, 11, 30, tzinfo=UTC)).total_seconds()
    # whoever comes back keeps everything
    await bench.rows("UPDATE person_activity SET day = $1", NOW.date())
    assert await worker.once() == 0
    await bench.rows("DELETE FROM erasure_work WHERE person_id = $1", unheard)


async def test_the_age_of_the_oldest_is_read_from_the_rows(
    bench: Bench, new_worker: Callable[..., RetentionWorker]
) -> None:
    await bench.rows(DEAD, NOW - 45 * DAY, 1)
    await bench.rows("UPDATE retention_turns SET owner = gen_random_uuid(), until = now() + interval '1 hour'")
    await new_worker(LETTERS).once()  # may not delete
    assert gauge("voxbus_retention_oldest_seconds", **{"class": "letter"}) == 45 * 86400
    assert gauge("voxbus_retention_limit_seconds", **{"class": "letter"}) == 30 * 86400


async def test_an_end_counts_from_the_period_that_the_code_has_written(
    bench: Bench, new_worker: Callable[..., RetentionWorker]
) -> None:
    ends = Holder("letter", "demo", 10 * DAY, table="dead_letters", clock="died_at", ends=True, written=30 * DAY)
    await bench.rows(DEAD, NOW + 20 * DAY, 1)  # begun 10 days ago
    await bench.rows(DEAD, NOW + 21 * DAY, 1)
    assert await new_worker(ends).once() == 1
    assert await letters(bench) == {NOW + 21 * DAY: 1}


async def test_media_are_counted_once_when_they_are_gone(
    bench: Bench, new_worker: Callable[..., RetentionWorker]
) -> None:
    class Marks:
        async def oldest(self) -> datetime | None:
            return None

        async def delete(self, until: datetime) -> Deleted:
            await bench.database.fetch(statements.INSERT_MEDIA_DELETIONS, ["sounds/a", "sounds/b"], [None, None])
            return Deleted()

    sounds = Holder("sound", "demo", timedelta(hours=1), media="sounds", written=timedelta(hours=1))
    worker = new_worker(sounds, retires={"sounds": Marks()})
    assert await worker.once() == 0
    gone = "UPDATE media_deletions SET deleted_at = now() - interval '2 minutes' WHERE ref = 'sounds/a'"
    await bench.rows(gone)
    await bench.rows("UPDATE retention_turns SET until = now() - interval '1 hour' WHERE name = 'media'")
    assert await worker.once() == 1
    assert await worker.once() == 0
    assert [(each["kind"], each["items"]) for each in await receipts(bench)] == [("sound", 1)]


async def test_what_was_said_last_of_a_person_holds_in_whatever_order_it_comes(bench: Bench) -> None:
    person, other = new_id(), new_id()

    def active(who: UUID, day: int, minutes: int, *, child: bool = False) -> PersonActive:
        return PersonActive(person_id=who, day=date(2026, 11, day), child=child, at=NOW + timedelta(minutes=minutes))

    said = [active(person, 20, 2, child=True), active(person, 19, 1), active(other, 1, 0)]
    for events in (said, [active(person, 18, 0)], [active(other, 1, 5, child=True)]):
        async with bench.database.transaction() as tx:
            await note_activity(events, Deps(), tx)  # type: ignore[arg-type]
    rows = await bench.rows("SELECT person_id, day, child FROM person_activity ORDER BY day DESC")
    assert [tuple(row) for row in rows] == [(person, date(2026, 11, 20), True), (other, date(2026, 11, 1), True)]
