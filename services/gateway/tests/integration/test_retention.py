"""Tests what the gateway keeps for how long, with a moved clock: who is active, who is told and erased, old logs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from chassis.bus.memory import MemoryBus
from chassis.handler import Deps
from chassis.message.codec import decode
from chassis.message.crypto import new_key
from chassis.message.envelope import Envelope, new_id
from chassis.privacy.ages import Ages
from chassis.privacy.retention import retention
from chassis.storage.database import open_database
from chassis.storage.partitions import first_id, week_of
from contracts.common import PersonActive, RetentionExecuted
from contracts.gateway import MailWanted
from gateway.edge.mail import Mails
from gateway.jobs.activity import Activity
from gateway.jobs.inactivity import Inactivity
from gateway.jobs.probes import PROBE_DOMAIN, Probes
from gateway.jobs.receipts import keep_receipts, read_receipts
from gateway.jobs.retires import LogWeeks
from services.gateway.tests.integration.fixtures import Bench

DAY = timedelta(days=1)
#: the clock of the tests, whose database says another time
BEGUN = datetime(2026, 1, 10, 9, tzinfo=UTC)
ADULT, CHILD = date(1990, 5, 6), date(2018, 5, 6)


class Clock:
    def __init__(self) -> None:
        self.now = BEGUN

    async def __call__(self) -> datetime:
        return self.now


class Place:
    """Holds a gateway's database that is nobody else's, and the clock."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.clock = Clock()
        erasures = bench.new_erasures()
        self.activity = Activity(bench.database, bench.keys, Ages(), self.clock)
        mails = Mails(bench.keys, "http://voxbus", clock=lambda: self.clock.now)
        account = retention().classes["account"]
        self.inactivity = Inactivity(bench.database, account, mails.tell_inactive, erasures.erase, self.clock)
        self.probes = Probes(bench.database, retention().classes["probe"], erasures.erase, self.clock)

    async def rows(self, statement: str, *parameters: object) -> list[tuple[object, ...]]:
        return [tuple(row) for row in await self.bench.database.fetch(statement, *parameters)]

    async def person(self, born: date | None = ADULT, *, email: bool = True, roles: str = "{learner}") -> UUID:
        person = new_id()
        self.bench.store.keys[person] = new_key()
        await self.rows(
            "INSERT INTO people (id, email, username, birth_date, created_at, roles)"
            " VALUES ($1, $2, 'Robin', $3, $4, $5::text::text[])",
            person,
            f"{person}@example.org" if email else None,
            born,
            BEGUN,
            roles,
        )
        return person

    async def use(self, person: UUID, at: datetime) -> None:
        await self.rows(
            "INSERT INTO sessions (id, person_id, issuer, created_at, last_used_at, ends_at)"
            " VALUES ($1, $2, 'voxbus', $3, $3, $3)",
            new_id(),
            person,
            at,
        )

    async def told(self) -> list[PersonActive]:
        """Returns what the services were told since the last time."""
        found = await self.bench.database.fetch(
            "DELETE FROM outbox WHERE key = 'person.active' RETURNING headers, body"
        )
        facts = []
        for row in found:
            envelope = Envelope.parse(row.headers)
            assert envelope.person_id is not None
            key = self.bench.store.keys[envelope.person_id]
            facts.append(decode(PersonActive, envelope, bytes(row.body), key))
        return sorted(facts, key=lambda fact: fact.person_id)

    async def mailed(self) -> list[tuple[str, str]]:
        """Returns the template and the address of each mail that was asked for since the last time."""
        found = await self.bench.database.fetch("DELETE FROM outbox WHERE key = 'mail.wanted' RETURNING headers, body")
        mails = []
        for row in found:
            envelope = Envelope.parse(row.headers)
            assert envelope.person_id is not None
            mail = decode(MailWanted, envelope, bytes(row.body), self.bench.store.keys[envelope.person_id])
            mails.append((mail.template, mail.to))
        return sorted(mails)

    async def there(self, *people: UUID) -> list[bool]:
        return [bool(await self.rows("SELECT FROM people WHERE id = $1", person)) for person in people]

    async def go_on(self, until: datetime) -> None:
        self.clock.now = until
        await self.activity.note()
        await self.inactivity.once()


@pytest.fixture
async def place(machine_url: str) -> AsyncIterator[Place]:
    database = open_database(machine_url, "gateway")
    bus = MemoryBus()
    yield Place(Bench(database, bus))
    await bus.close()
    await database.close()


async def test_what_probes_did_goes_with_them_after_a_day_and_nobody_else_does(place: Place) -> None:
    person, probe = await place.person(), await place.person()
    await place.rows("UPDATE people SET email = $2 WHERE id = $1", probe, f"probe-1@{PROBE_DOMAIN}")
    place.clock.now = BEGUN + 0.9 * DAY
    await place.probes.once()
    assert await place.there(person, probe) == [True, True]
    place.clock.now = BEGUN + 1.1 * DAY
    await place.probes.once()
    assert await place.there(person, probe) == [True, False]


async def test_a_probe_that_stays_in_spite_of_its_erasure_is_tried_once(place: Place) -> None:
    probe = await place.person()
    await place.rows("UPDATE people SET email = $2 WHERE id = $1", probe, f"probe-2@{PROBE_DOMAIN}")
    place.clock.now = BEGUN + 1.1 * DAY
    tried: list[UUID] = []

    async def stays(person: UUID) -> None:
        tried.append(person)
        assert len(tried) < 9

    await Probes(place.bench.database, retention().classes["probe"], stays, place.clock).once()
    assert tried == [probe]


async def test_a_day_on_which_somebody_was_active_is_told_once(place: Place) -> None:
    grown, child, unknown = await place.person(), await place.person(CHILD), await place.person(None)
    assert await place.activity.note() == 3
    assert [(fact.person_id, fact.day, fact.child) for fact in await place.told()] == [
        (grown, BEGUN.date(), False),
        (child, BEGUN.date(), True),
        (unknown, BEGUN.date(), True),
    ]
    assert await place.activity.note() == 0
    await place.use(grown, BEGUN + timedelta(hours=14))  # the same day
    assert await place.activity.note() == 0
    await place.use(grown, BEGUN + timedelta(hours=15))
    await asyncio.gather(place.activity.note(), place.activity.note())
    assert [(fact.person_id, fact.day) for fact in await place.told()] == [(grown, BEGUN.date() + DAY)]


async def test_a_birthday_changes_the_period_and_so_does_another_birth_date(place: Place) -> None:
    teen = await place.person(date(2013, 1, 11))
    await place.activity.note()
    assert [fact.child for fact in await place.told()] == [True]
    place.clock.now = BEGUN + DAY
    await place.activity.note()
    assert [(fact.child, fact.day) for fact in await place.told()] == [(False, BEGUN.date())]
    await place.rows("UPDATE people SET birth_date = '2016-01-01' WHERE id = $1", teen)
    await place.activity.note()
    assert [fact.child for fact in await place.told()] == [True]
    assert await place.activity.note() == 0


async def test_of_somebody_without_sessions_their_last_job_counts(place: Place) -> None:
    person = await place.person()
    await place.rows(
        "INSERT INTO jobs (id, kind, person_id, status, deadline, last_seq, created_at)"
        " VALUES ($1, 'attempt', $2, 'succeeded', now(), 1, $3)",
        new_id(),
        person,
        BEGUN + 90 * DAY,
    )
    await place.activity.note()
    assert [fact.day for fact in await place.told()] == [BEGUN.date() + 90 * DAY]


async def test_an_erased_person_is_told_of_no_more(place: Place) -> None:
    gone, other = await place.person(), await place.person()
    await place.bench.keys.destroy(gone)
    assert await place.activity.note() == 1
    assert [fact.person_id for fact in await place.told()] == [other]


async def test_an_account_that_nobody_uses_goes_a_month_after_a_mail(place: Place) -> None:
    grown, child = await place.person(), await place.person(CHILD)
    ends = datetime(2026, 1, 11, tzinfo=UTC)  # of the last active day
    await place.go_on(ends + 335 * DAY - timedelta(seconds=1))
    assert await place.mailed() == []
    await place.go_on(ends + 335 * DAY)
    assert await place.mailed() == [("inactive-account", f"{child}@example.org")]
    await asyncio.gather(place.inactivity.once(), place.inactivity.once())
    assert await place.mailed() == []
    await place.go_on(ends + 365 * DAY - timedelta(seconds=1))
    assert await place.there(grown, child) == [True, True]
    await place.go_on(ends + 365 * DAY)
    assert await place.there(grown, child) == [True, False]
    assert child in place.bench.ledger.erased
    await place.go_on(ends + 700 * DAY)
    assert await place.mailed() == [("inactive-account", f"{grown}@example.org")]
    await place.go_on(ends + 730 * DAY)
    assert await place.there(grown) == [False]


async def test_a_sign_in_keeps_the_account_and_the_next_mail_comes_in_its_time(place: Place) -> None:
    person = await place.person()
    await place.go_on(BEGUN + 702 * DAY)
    assert len(await place.mailed()) == 1
    back = BEGUN + 720 * DAY
    await place.use(person, back)
    place.clock.now = BEGUN + 740 * DAY
    await place.inactivity.once()  # before anybody has noted the sign-in
    assert await place.there(person) == [True]
    await place.go_on(BEGUN + 741 * DAY)
    assert (await place.there(person), await place.mailed()) == ([True], [])
    await place.go_on(back + 702 * DAY)
    assert len(await place.mailed()) == 1


async def test_nobody_goes_before_the_mail_is_a_month_old(place: Place) -> None:
    person = await place.person()
    late = BEGUN + 900 * DAY  # the installation was down for months
    await place.go_on(late)
    assert (len(await place.mailed()), await place.there(person)) == (1, [True])
    await place.go_on(late + 30 * DAY - timedelta(seconds=1))
    assert await place.there(person) == [True]
    await place.go_on(late + 30 * DAY)
    assert await place.there(person) == [False]


async def test_for_a_child_without_an_address_the_guardians_are_told(place: Place) -> None:
    child, mother, father = await place.person(CHILD, email=False), await place.person(), await place.person()
    nobody = await place.person(CHILD, email=False)
    for guardian in (mother, father):
        await place.rows("INSERT INTO guardians (person_id, guardian_id) VALUES ($1, $2)", child, guardian)
    await place.go_on(BEGUN + 340 * DAY)
    assert await place.mailed() == sorted(("inactive-account", f"{each}@example.org") for each in (mother, father))
    await place.go_on(BEGUN + 371 * DAY)
    assert await place.there(child, nobody, mother) == [False, False, True]


async def test_admins_are_left_to_an_operator(place: Place) -> None:
    admin = await place.person(roles="{learner,admin}")
    for days in (702, 733):
        await place.go_on(BEGUN + days * DAY)
    assert (await place.there(admin), await place.mailed()) == ([True], [])


async def test_weeks_of_the_log_are_dropped_once_their_jobs_are_gone(place: Place) -> None:
    now = datetime.now(UTC)
    weeks = [week_of(now - days * DAY) for days in (430, 420, 380)]
    for monday in weeks:
        name, ends = f"log_{monday:%Y%m%d}", monday + 7 * DAY
        await place.rows(
            f"CREATE TABLE {name} PARTITION OF log FOR VALUES FROM ('{first_id(monday)}') TO ('{first_id(ends)}')"
        )
        job = first_id(monday + DAY)
        finished = None if monday == weeks[1] else monday + DAY
        await place.rows(
            "INSERT INTO jobs (id, kind, person_id, status, deadline, last_seq, finished_at)"
            " VALUES ($1, 'attempt', gen_random_uuid(), 'succeeded', now(), 1, $2)",
            job,
            finished,
        )
        await place.rows(
            "INSERT INTO log (stream_id, seq, event_id, type, version, time, headers, body)"
            " VALUES ($1, 1, $1, 'x', '1.0', now(), '{}', '')",
            job,
        )
    log = LogWeeks(place.bench.database)
    assert await place.bench.retire(retires={"log": log}) == 2  # a job, and its week of one row
    left = await place.rows("SELECT stream_id FROM log ORDER BY 1")
    assert left == [(first_id(monday + DAY),) for monday in weeks[1:]]
    assert await place.rows("SELECT id FROM jobs ORDER BY 1") == left
    assert await log.oldest() == weeks[1] + 7 * DAY


async def test_what_an_erased_person_agreed_to_is_kept_for_three_years(place: Place) -> None:
    living, old, young = await place.person(), *(first_id(datetime.now(UTC) - days * DAY) for days in (1096, 1094))
    for number, person in enumerate((living, old, young)):
        await place.rows(
            "INSERT INTO consents (id, person_id, purpose, recipient, number, state, notice_version, reason, at)"
            " VALUES ($1, $2, 'notify', 'email', $3, 'revoked', 1, 'test', '2020-01-01')",
            new_id(),
            person,
            number,
        )
    assert await place.bench.retire() == 1
    assert {row[0] for row in await place.rows("SELECT person_id FROM consents")} == {living, young}


async def test_a_receipt_that_comes_twice_is_kept_once(place: Place) -> None:
    receipts = [
        RetentionExecuted(
            receipt_id=new_id(), service="notify", kind="notification", items=each, oldest_at=BEGUN, done_at=BEGUN
        )
        for each in (1, 2, 3)
    ]
    for events in (receipts, receipts[1:]):
        async with place.bench.database.transaction() as tx:
            await keep_receipts.function(events, Deps(), tx)  # type: ignore[arg-type]
    assert [row.items for row in await read_receipts(place.bench.database, before=None, limit=2)] == [3, 2]
    assert json.loads(receipts[0].model_dump_json())["kind"] == "notification"
