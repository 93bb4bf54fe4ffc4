"""Tests places of retention.toml on the real tables: what is due goes, what is in use stays, and receipts say so."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from chassis.bus.memory import MemoryBus
from chassis.delivery.dead_rows import DeadRows
from chassis.delivery.erasure_work import ErasureWork
from chassis.delivery.relay import Relay
from chassis.delivery.retention import RetentionWorker
from chassis.fresh_databases import fresh_database
from chassis.message.envelope import new_id
from chassis.observe.health import Watchdog
from chassis.observe.metrics import REGISTRY
from chassis.privacy.retention import Retention, read_periods, retention
from chassis.storage.database import Database, open_database
from chassis.testing import until
from gateway.edge.stored import stored_of
from tests.pgbouncer import through_pooler
from voxbus.services import SERVICES

NOW = datetime(2026, 11, 29, 10, tzinfo=UTC)
DAY = timedelta(days=1)
#: the last active day of somebody of age, of a child, and whether what they have is due at `NOW`
PEOPLE = {
    "grown": (date(2024, 11, 30), False, False),
    "grown and gone": (date(2024, 11, 28), False, True),
    "child": (date(2025, 11, 30), True, False),
    "child and gone": (date(2025, 11, 28), True, True),
}
ROWS = {
    "speech": [
        "INSERT INTO assessments (attempt_id, person_id, transcript, words, sounds, engine, created_at)"
        " VALUES (gen_random_uuid(), $1, 'red lorry', '[]', '[]', '{}', '2020-01-01')"
    ],
    "feedback": [
        "INSERT INTO feedback (attempt_id, person_id, summary, tips, source, created_at)"
        " VALUES (gen_random_uuid(), $1, 'well done', '[]', 'coach', '2020-01-01')"
    ],
    "content": [
        "INSERT INTO twister_progress (person_id, sound, attempts, score, recent, difficulty, trend)"
        " VALUES ($1, 'R', 3, 80, 80, 1, 'steady')",
        "INSERT INTO folded_attempts (attempt_id, person_id, folded_at) VALUES (gen_random_uuid(), $1, '2020-01-01')",
        "INSERT INTO lesson_places (person_id, lesson_id) VALUES ($1, gen_random_uuid())",
        "INSERT INTO learning_events (id, person_id, client_id, type, lesson_id, at, day, time_zone)"
        " VALUES (gen_random_uuid(), $1, gen_random_uuid(), 'opened', gen_random_uuid(), now(), '2020-01-01', 'UTC')",
        "INSERT INTO lesson_progress (person_id, lesson_id, id, revision, status, attempts, last_at, exercises)"
        " VALUES ($1, gen_random_uuid(), gen_random_uuid(), 1, 'started', 1, now(), '{}')",
        "INSERT INTO events_taken (person_id, day, events) VALUES ($1, '2020-01-01', 1)",
        "INSERT INTO review_cards (person_id, lesson_id, exercise_id, revision, due, state, reviews, card)"
        " VALUES ($1, gen_random_uuid(), 'a', 1, now(), 'learning', 1, '{}')",
        "INSERT INTO hints (id, person_id, lesson_id, exercise_id, level, run, text, source, verdicts, cost_usd)"
        " VALUES (gen_random_uuid(), $1, gen_random_uuid(), 'a', 1, now(), 'Look.', 'authored', '{passed}', 0)",
        "INSERT INTO clock_settings (person_id, since, time_zone) VALUES ($1, now(), 'UTC')",
        "INSERT INTO learners (person_id, adult, username, at) VALUES ($1, true, 'Robin', now())",
        "INSERT INTO league_members (week, person_id, league) VALUES ('2026-W48', $1, 1)",
        "INSERT INTO learned_days (person_id, day, time_zone, events, reviews) VALUES ($1, '2020-01-01', 'UTC', 1, 0)",
        "INSERT INTO xp_awards (person_id, key, xp, event_id, day, at)"
        " VALUES ($1, 'a', 1, gen_random_uuid(), '2020-01-01', now())",
        "INSERT INTO badges (person_id, badge) VALUES ($1, 'first-lesson')",
        "INSERT INTO learner_settings (person_id, leaderboard, name, daily_goal) VALUES ($1, true, 'pseudonym', 50)",
        "INSERT INTO standings (person_id, streak) VALUES ($1, 3)",
        "INSERT INTO statements_due (person_id, type, lesson_id) VALUES ($1, 'opened', gen_random_uuid())",
        "INSERT INTO statements_sent (person_id, statements) VALUES ($1, 1)",
        "INSERT INTO reports (id, person_id, kind, text, status)"
        " VALUES (gen_random_uuid(), $1, 'idea', 'More pictures.', 'open')",
    ],
    "notify": [
        "INSERT INTO learners (person_id, at, day, day_ends_at, done, run, reviews_due)"
        " VALUES ($1, now(), '2020-01-01', '2020-01-02', true, 1, 0)"
    ],
}

TOLD = (
    "INSERT INTO notifications (id, person_id, type, title, body, channel, scheduled_time, delivered)"
    " VALUES (gen_random_uuid(), $1, 'x', 'x', 'x', 'in_app', $2, true)"
)
CALLED = (
    "INSERT INTO webhook_deliveries (id, webhook_id, person_id, event, job_id, created_at)"
    " VALUES (gen_random_uuid(), gen_random_uuid(), $1, 'job.failed', gen_random_uuid(), $2)"
)
CONVERSED = (
    "INSERT INTO conversation_sessions (id, person_id, started_at, expires_at) VALUES ($1, $1, '2026-11-20', $2)"
)
SAID = (
    "INSERT INTO messages (id, session_id, number, person_id, sender, message_text)"
    " VALUES (gen_random_uuid(), $1, 1, $1, 'user', 'red lorry')"
)


@pytest.fixture(scope="module")
async def direct_url(postgres_url: str) -> AsyncIterator[str]:
    async with fresh_database(postgres_url, SERVICES) as found:
        yield found


@pytest.fixture(scope="module")
async def url(direct_url: str) -> AsyncIterator[str]:
    """Provides the database's address: in `make pooler` behind PgBouncer."""
    async with through_pooler(direct_url) as found:
        yield found


class Place:
    """Holds one service's database, its worker and the receipts."""

    def __init__(self, url: str, service: str) -> None:
        self.service = service
        self.database: Database = open_database(url, service, size=3)
        self.bus = MemoryBus()
        self.watchdog = Watchdog()

    async def vacuum(self, url: str) -> None:
        """Takes what was deleted out of the files by an address, until nothing is left to do."""
        [erase] = [each.erase for each in SERVICES if each.name == self.service]
        assert erase is not None
        rows = DeadRows(
            self.service, self.database, self.watchdog.pulse("erasures"), url=url, tables=erase.tables, rest_factor=0
        )
        relay = Relay(self.service, self.database, self.bus, self.watchdog.pulse("relay"), 100, lambda _: None)
        work = ErasureWork(self.service, self.database, relay, self.watchdog, rows)

        async def is_done() -> bool:
            await work.once()
            return not await self.database.fetch("SELECT FROM retention_turns WHERE name LIKE 'dead in %'")

        await until(is_done, what="the vacuum")

    async def file_of(self, table: str) -> int:
        [[node]] = await self.database.fetch("SELECT pg_relation_filenode($1::text::regclass)", table)
        return int(node)

    async def delete(self, table: Retention | None = None) -> Counter[str]:
        """Lets the worker work at `NOW`, and returns how many items of each class its receipts name."""

        async def now() -> datetime:
            return NOW

        [(tables, erase)] = [(list(each.metadata.tables), each.erase) for each in SERVICES if each.name == self.service]
        relay = Relay(self.service, self.database, self.bus, self.watchdog.pulse("relay"), 100, lambda _: None)
        pulse = self.watchdog.pulse("retention")
        table = table or retention()
        worker = RetentionWorker(
            self.service,
            self.database,
            relay,
            pulse,
            table,
            tables=tables,
            vacuumed=() if erase is None else erase.tables,
            now=now,
            pause=0,
        )
        deleted = await worker.once()
        counted: Counter[str] = Counter()
        for row in await self.database.fetch("DELETE FROM outbox WHERE key = 'retention.executed' RETURNING body"):
            receipt = json.loads(bytes(row.body))
            counted[receipt["kind"]] += receipt["items"]
        await relay.flush(0)
        assert counted.total() == deleted
        return counted

    async def people(self, table: str, condition: str = "true") -> set[UUID]:
        return {row.person_id for row in await self.database.fetch(f"SELECT person_id FROM {table} WHERE {condition}")}

    async def close(self) -> None:
        await self.bus.close()
        await self.database.close()


@pytest.fixture
async def place(request: pytest.FixtureRequest, url: str) -> AsyncIterator[Place]:
    found = Place(url, request.param)
    yield found
    await found.close()


@pytest.mark.parametrize("place", ROWS, indirect=True)
async def test_what_is_kept_by_activity_goes_a_period_after_the_last_day(place: Place) -> None:
    people: dict[str, UUID] = {}
    for name, (day, child, _) in PEOPLE.items():
        people[name] = new_id()
        await place.database.fetch("INSERT INTO person_activity VALUES ($1, $2, $3, now())", people[name], day, child)
        for statement in ROWS[place.service]:
            await place.database.fetch(statement, people[name])
    unheard = new_id()
    for statement in ROWS[place.service]:
        await place.database.fetch(statement, unheard)
    stay = {people[name] for name, (_, _, due) in PEOPLE.items() if not due} | {unheard}
    counted = await place.delete()
    tables = {each.table: each.kind for each in retention().holders(place.service) if each.by_activity and not each.by}
    for table in tables:
        assert table is not None
        assert await place.people(table) == stay
    for kind in set(tables.values()):
        held = sum(each == kind for each in tables.values())
        assert counted[kind] == 2 * held
        undated = {"service": place.service, "class": kind}
        assert REGISTRY.get_sample_value("voxbus_retention_undated", undated) == held
    assert await place.delete() == {}


@pytest.mark.parametrize("place", ["feedback"], indirect=True)
async def test_what_was_deleted_leaves_the_files_by_an_address_without_a_transaction_pooler(
    place: Place, direct_url: str
) -> None:
    for address, is_direct in ((direct_url, True), (f"{direct_url.partition('?')[0]}?pooler=transaction", False)):
        person, there = new_id(), await place.file_of("feedback")
        await place.database.fetch("INSERT INTO person_activity VALUES ($1, '2020-01-01', false, now())", person)
        await place.database.fetch(ROWS["feedback"][0], person)
        assert (await place.delete())["feedback"] >= 1
        await place.vacuum(address)
        assert (await place.file_of("feedback") != there) is is_direct


@pytest.mark.parametrize("place", ["speech"], indirect=True)
async def test_a_transcript_may_go_before_its_assessment(place: Place) -> None:
    person = new_id()
    await place.database.fetch("INSERT INTO person_activity VALUES ($1, $2, false, now())", person, date(2026, 11, 20))
    await place.database.fetch(ROWS["speech"][0], person)
    shorter = retention().shortened(read_periods('{"transcript": "7d"}'))
    assert (await place.delete(shorter))["transcript"] >= 1
    assert person in await place.people("assessments", "transcript IS NULL")


@pytest.mark.parametrize("place", ["notify"], indirect=True)
async def test_what_has_a_clock_of_its_own_goes_by_it(place: Place) -> None:
    early, late = new_id(), new_id()
    for statement, days in ((TOLD, 90), (CALLED, 30)):
        await place.database.fetch(statement, early, NOW - days * DAY)
        await place.database.fetch(statement, late, NOW - days * DAY + timedelta(milliseconds=1))
    assert await place.delete() == {"notification": 1, "webhook_delivery": 1}
    assert await place.people("notifications") == await place.people("webhook_deliveries") == {late}


@pytest.mark.parametrize("place", ["feedback"], indirect=True)
async def test_a_conversation_goes_with_its_words_when_it_expires(place: Place) -> None:
    early, late = new_id(), new_id()
    for person, expires_at in ((early, NOW), (late, NOW + timedelta(milliseconds=1))):
        await place.database.fetch(CONVERSED, person, expires_at)
        await place.database.fetch(SAID, person)
    assert (await place.delete())["conversation_session"] == 1
    assert await place.people("conversation_sessions") == await place.people("messages") == {late}


@pytest.mark.parametrize("place", ["gateway"], indirect=True)
async def test_the_gateway_has_nothing_due_at_first(place: Place) -> None:
    assert await place.delete() == {}


async def test_a_guardian_is_told_of_every_service_until_when_it_keeps(url: str) -> None:
    child, day, born = new_id(), date(2026, 11, 20), datetime(2025, 1, 2, tzinfo=UTC)
    places = {name: Place(url, name) for name in ("gateway", "notify", *ROWS)}
    for service, statements in ROWS.items():
        for statement in statements:
            await places[service].database.fetch(statement, child)
    notify, gateway = places["notify"].database, places["gateway"].database
    for days in (10, 20):
        await notify.fetch(TOLD, child, NOW - days * DAY)
    await notify.fetch(CALLED, child, NOW)
    await places["feedback"].database.fetch(CONVERSED, child, NOW + 9 * DAY)
    await gateway.fetch(
        "INSERT INTO people (id, username, birth_date, created_at) VALUES ($1, 'Sam', '2018-04-05', '2025-01-02')",
        child,
    )
    await gateway.fetch("INSERT INTO person_activity VALUES ($1, $2, true, now())", child, day)
    await gateway.fetch(
        "INSERT INTO sessions (id, person_id, issuer, created_at, last_used_at, ends_at)"
        " VALUES ($1, $2, 'voxbus', $3, $3, $4)",
        new_id(),
        child,
        NOW,
        NOW + 30 * DAY,
    )
    await gateway.fetch(
        "INSERT INTO jobs (id, kind, person_id, status, deadline, last_seq, created_at, recording_bytes)"
        " VALUES ($1, 'attempt', $2, 'running', $3, 1, $3, 9)",
        new_id(),
        child,
        NOW,
    )
    found = await stored_of(gateway, retention(), child, child=True)
    goes = datetime(2027, 11, 21, tzinfo=UTC)
    made = datetime(2020, 1, 1, tzinfo=UTC)
    assert [(each.kind, each.items, each.oldest_at, each.deleted_by) for each in found] == [
        ("recording", 1, NOW, NOW + timedelta(hours=1)),
        ("transcript", 1, made, goes),
        ("assessment", 1, made, goes),
        ("feedback", 1, made, goes),
        ("conversation_session", 1, datetime(2026, 11, 20, tzinfo=UTC), NOW + 9 * DAY),
        ("twister_progress", 2, None, goes),
        ("notification", 2, NOW - 20 * DAY, NOW - 10 * DAY + 90 * DAY),
        ("webhook_delivery", 1, NOW, NOW + 30 * DAY),
        ("job_log", 1, NOW, datetime(2026, 11, 30, tzinfo=UTC) + 400 * DAY),
        ("session", 1, NOW, NOW + 60 * DAY),
        ("account", 2, born, goes),
    ]
    assert await stored_of(gateway, retention(), new_id(), child=False) == []
    for each in places.values():
        await each.close()
