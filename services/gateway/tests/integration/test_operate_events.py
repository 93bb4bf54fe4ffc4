"""Tests how operators read the log: in which order, filtered by what, masked, and without the erased."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from chassis.delivery.inbox import Received
from chassis.filters import Filters
from chassis.message.envelope import new_id
from contracts.common import PersonErased
from contracts.gateway import PersonChanged
from contracts.speech import AttemptAssessed
from gateway.operate import log_reading
from gateway.operate.events import Shown, follow, show, stream
from gateway.operate.log_reading import Logged
from gateway.operate.tape import pull
from gateway.operate.tape_check import check
from services.gateway.tests.integration.fixtures import Bench

WORDS = "Red lorry"


@pytest.fixture
async def jobs(bench: Bench) -> list[UUID]:
    """Makes three jobs of one person that succeeded, and a fact about the person."""
    made = [await bench.new_job() for _ in range(3)]
    recorded: list[Received] = [step for job in made for step in bench.steps(job)]
    await bench.recorder.record([*recorded, bench.event(None, PersonChanged)])
    return made


async def _streamed(bench: Bench, filters: Filters, *, reveal: bool = False) -> list[Shown]:
    return [each async for page in stream(bench.database, bench.keys, filters, reveal=reveal) for each in page]


def _of(events: Sequence[Logged]) -> list[tuple[UUID, int]]:
    return [(each.place.stream_id, each.place.seq) for each in events]


async def test_newest_events_come_first_and_pages_join_without_a_gap(bench: Bench, jobs: list[UUID]) -> None:
    filters = Filters(person=bench.person)
    every = await log_reading.newest(bench.database, filters, 100)
    assert len(every) == 3 * 4 + 1
    assert [each.envelope.time for each in every] == sorted((each.envelope.time for each in every), reverse=True)
    paged: list[Logged] = []
    while page := await log_reading.newest(
        bench.database, filters, 4, (paged[-1].envelope.time, paged[-1].envelope.id) if paged else None
    ):
        paged += page
    assert _of(paged) == _of(every)


async def test_a_stream_keeps_the_order_of_each_job_and_stops_at_its_limit(bench: Bench, jobs: list[UUID]) -> None:
    found = [each.logged for each in await _streamed(bench, Filters(person=bench.person))]
    assert _of(found) == sorted(_of(found))
    assert {each.place.stream_id for each in found} > set(jobs)
    small = [page async for page in log_reading.pages(bench.database, Filters(person=bench.person, limit=5), size=2)]
    assert [len(page) for page in small] == [2, 2, 1]
    assert _of([each for page in small for each in page]) == _of(found)[:5]


async def test_filters_are_the_same_for_all(bench: Bench, jobs: list[UUID]) -> None:
    async def both(filters: Filters) -> int:
        listed = await log_reading.newest(bench.database, filters, 100)
        streamed = await _streamed(bench, filters)
        assert set(_of(listed)) == set(_of([each.logged for each in streamed]))
        assert await log_reading.count(bench.database, filters) == len(listed)
        return len(listed)

    now = await log_reading.now(bench.database)
    assert await both(Filters(job=jobs[0])) == 4
    assert await both(Filters(person=bench.person, types=("attempt.assessed", "feedback.given"))) == 6
    assert await both(Filters(person=bench.person, kind="attempt")) == 12
    assert await both(Filters(person=bench.person, kind="export")) == 0
    assert await both(Filters(person=bench.person, since=now - timedelta(hours=1))) == 13
    assert await both(Filters(person=bench.person, until=now - timedelta(hours=1))) == 0


async def test_a_late_event_of_an_old_job_is_in_its_hour(bench: Bench) -> None:
    now = await log_reading.now(bench.database)
    old = UUID(int=(new_id().int >> 80) - 5 * 3_600_000 << 80 | new_id().int & (1 << 80) - 1)
    event = bench.event(old, AttemptAssessed)
    await bench.database.fetch(
        "INSERT INTO log (stream_id, seq, event_id, type, version, time, person_id, headers, body)"
        " VALUES ($1, 7, $2, $3, '2.1', $4, $5, $6::jsonb, $7)",
        old,
        event.envelope.id,
        event.envelope.type,
        event.envelope.time,
        bench.person,
        json.dumps(event.envelope.headers()),
        event.body,
    )
    found = await _streamed(bench, Filters(person=bench.person, since=now - timedelta(minutes=5)))
    assert [(each.logged.place.stream_id, each.logged.place.seq) for each in found] == [(old, 7)]


async def test_a_look_for_what_there_is_not_tells_how_far_it_is(bench: Bench, jobs: list[UUID]) -> None:
    told: list[datetime] = []
    [[first]] = await bench.database.fetch("SELECT min(time) FROM log")
    assert await log_reading.newest(bench.database, Filters(types=("no.such",)), 5, looked=told.append) == []
    assert told == sorted(told, reverse=True) and told[-1] == first


async def test_one_event_is_found_by_its_id(bench: Bench, jobs: list[UUID]) -> None:
    for wanted in await log_reading.newest(bench.database, Filters(person=bench.person), 100):
        found = await log_reading.find(bench.database, wanted.envelope.id)
        assert found == wanted
    assert await log_reading.find(bench.database, new_id()) is None


async def test_personal_fields_are_masked_unless_they_are_revealed(bench: Bench, jobs: list[UUID]) -> None:
    filters = Filters(job=jobs[0], types=("attempt.assessed",))
    [hidden], [clear] = await _streamed(bench, filters), await _streamed(bench, filters, reveal=True)
    assert hidden.data is not None
    assert clear.data is not None
    assert clear.data["text"] == WORDS
    assert hidden.data["text"] == "Xxx xxxxx"
    AttemptAssessed.model_validate(hidden.data)
    assert WORDS not in json.dumps(hidden.data)


async def test_the_erased_have_no_data_whether_it_was_encrypted_or_not(bench: Bench, jobs: list[UUID]) -> None:
    erased: Any = bench.event(None, PersonErased.model_validate({"person_id": bench.person}))
    await bench.recorder.record([erased])
    await bench.keys.destroy(bench.person)
    rows = await log_reading.newest(bench.database, Filters(person=bench.person), 100)
    encrypted = [each for each in await show(bench.keys, rows, reveal=True) if each.logged.envelope.enc is not None]
    assert len(encrypted) == 10
    assert all(each.erased and each.data is None for each in encrypted)
    await bench.database.fetch("INSERT INTO erased_people (person_id) VALUES ($1)", bench.person)
    rows = await log_reading.newest(bench.database, Filters(person=bench.person), 100)
    assert all(each.erased and each.data is None for each in await show(bench.keys, rows, reveal=True))


async def test_what_is_recorded_is_followed_once(bench: Bench, jobs: list[UUID]) -> None:
    following = follow(bench.database, bench.keys, Filters(person=bench.person), every=0.01)
    assert await anext(following) == []
    job = await bench.new_job()
    first = await anext(following)
    await bench.recorder.record(bench.steps(job))
    second = await anext(following)
    assert {each.logged.place.stream_id for each in [*first, *second]} == {job}
    assert len({each.logged.envelope.id for each in [*first, *second]}) == len(first) + len(second)


async def test_what_is_followed_begins_and_ends_when_it_is_asked_to(bench: Bench, jobs: list[UUID]) -> None:
    now = await log_reading.now(bench.database)
    filters = Filters(person=bench.person, since=now - timedelta(hours=1), until=now + timedelta(hours=1))
    following = follow(bench.database, bench.keys, filters)
    assert [len(await anext(following)) for _ in range(2)] == [0, 13]
    over = replace(filters, until=now - timedelta(minutes=5))
    assert [each async for each in follow(bench.database, bench.keys, over)] == [[]]


async def test_a_pulled_tape_has_no_fault_and_the_events_its_header_says(bench: Bench, jobs: list[UUID]) -> None:
    filters = Filters(person=bench.person)
    for reveal in (False, True):
        lines = b"".join([part async for part in pull(bench.database, bench.keys, filters, reveal=reveal)])
        found = check(lines.splitlines(keepends=True))
        assert (found.faults, found.events, found.masked) == ([], 13, not reveal)
        assert (WORDS in lines.decode()) is reveal
    some = b"".join([part async for part in pull(bench.database, bench.keys, Filters(limit=3), reveal=False)])
    assert check(some.splitlines(keepends=True)).events == 3


@pytest.mark.parametrize("moment", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)])
async def test_times_and_ids_that_nothing_has_find_nothing(bench: Bench, moment: datetime) -> None:
    filters = Filters(person=bench.person, since=moment, until=moment)
    assert await _streamed(bench, filters) == []
    assert await log_reading.newest(bench.database, filters, 5) == []
    for identity in (UUID(int=0), UUID(int=2**128 - 1)):
        assert await log_reading.find(bench.database, identity) is None
