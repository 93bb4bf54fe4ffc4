"""Tests sessions on two replicas: refresh races, thefts, logouts, erasures."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Row

from chassis.errors import Erased
from chassis.message.envelope import new_id
from chassis.storage.database import Database, Transaction
from chassis.testing import until
from gateway.edge.auth import accounts
from gateway.edge.auth import session_statements as statements
from gateway.edge.auth.refresh_tokens import RefreshToken
from gateway.edge.auth.sessions import RefreshInvalid, RefreshReused, Sessions
from gateway.edge.auth.tokens import AccessToken
from gateway.jobs.erase_person import erase_person
from services.gateway.tests.integration.fixtures import Bench
from tests.stepped import Stepped

_EARLIER = """
UPDATE sessions
   SET spent = ARRAY(SELECT t - interval '1 hour' FROM unnest(spent) WITH ORDINALITY AS s(t, n) ORDER BY n)
 WHERE id = $1
"""


class Replicas:
    """Holds two gateways' sessions, and one person."""

    def __init__(self, database: Database, person: UUID) -> None:
        self.database = database
        self.person = person
        self.told: list[UUID] = []
        self.one = Sessions(database, tell_signed_out=self._tell)
        self.other = Sessions(database, tell_signed_out=self._tell)

    async def _tell(self, _: Transaction, person: UUID) -> None:
        self.told.append(person)

    async def sign_in(self) -> UUID:
        return (await self.one.begin(self.person, None)).session

    async def row(self, session: UUID) -> tuple[int, int, str | None]:
        query = "SELECT generation, used_generation, why_ended FROM sessions WHERE id = $1"
        [row] = await self.database.fetch(query, session)
        return row.generation, row.used_generation, row.why_ended

    async def events(self) -> list[str]:
        rows = await self.database.fetch(
            "SELECT event FROM security_events WHERE person_id = $1 AND event NOT LIKE 'signed_%'", self.person
        )
        return [row.event for row in rows]

    async def grace_runs_out(self, session: UUID) -> None:
        await self.database.fetch(_EARLIER, session)


@pytest.fixture
async def replicas(bench: Bench) -> Replicas:
    email = f"{bench.person}@example.org"
    async with bench.database.transaction() as tx:
        await accounts.add(tx, id=bench.person, email=email, username="Robin", password_hash="-", birth_date=None)
    return Replicas(bench.database, bench.person)


async def test_twenty_tabs_on_two_replicas_get_one_successor_of_one_session(replicas: Replicas) -> None:
    token = RefreshToken(await replicas.sign_in(), 1)
    given = await asyncio.gather(*((replicas.one, replicas.other)[tab % 2].refresh(token) for tab in range(20)))
    assert set(given) == {AccessToken(replicas.person, token.session, 2)}
    assert await replicas.row(token.session) == (2, 0, None)
    assert await replicas.events() == []


async def test_an_answer_that_was_lost_is_given_again_for_as_long_as_nobody_used_it(replicas: Replicas) -> None:
    token = RefreshToken(await replicas.sign_in(), 1)
    first = await replicas.one.refresh(token)
    await replicas.grace_runs_out(token.session)
    assert await replicas.other.refresh(token) == first
    assert await replicas.one.standing(first) is not None
    with pytest.raises(RefreshReused):
        await replicas.other.refresh(token)


@pytest.mark.parametrize("thief_first", [True, False])
async def test_a_stolen_token_ends_in_one_dead_session_and_one_event(replicas: Replicas, thief_first: bool) -> None:
    session = await replicas.sign_in()
    first, second = (replicas.one, replicas.other) if thief_first else (replicas.other, replicas.one)
    taken = await first.refresh(RefreshToken(session, 1))
    await first.standing(taken)
    await replicas.grace_runs_out(session)
    for late in (first, second):
        with pytest.raises(RefreshReused):
            await late.refresh(RefreshToken(session, 1))
    with pytest.raises(RefreshReused):
        await first.refresh(RefreshToken(session, 2))
    assert await first.standing(taken) is None
    assert await second.standing(AccessToken(replicas.person, session, 1)) is None
    assert await replicas.events() == ["refresh_reused"]
    assert replicas.told == [replicas.person]


async def waits(replicas: Replicas) -> bool:
    """Tells whether a statement waits for a row."""
    query = "SELECT 1 FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted"
    return bool(await replicas.database.fetch(query))


async def test_a_refresh_that_comes_before_the_logout_gives_tokens_that_are_dead(replicas: Replicas) -> None:
    session = await replicas.sign_in()
    held = Stepped(replicas.database)
    held.hold(2)  # before its commit
    refreshing = asyncio.create_task(Sessions(held).refresh(RefreshToken(session, 1)))
    await held.stopped.wait()
    ending = asyncio.create_task(replicas.other.end(session, replicas.person, "logout"))
    await until(lambda: waits(replicas))
    held.go_on()
    given = await refreshing
    assert await ending
    assert await replicas.one.standing(given) is None
    with pytest.raises(RefreshInvalid):
        await replicas.one.refresh(RefreshToken(session, given.generation))


async def test_a_refresh_that_comes_after_the_logout_gives_nothing(replicas: Replicas) -> None:
    session = await replicas.sign_in()
    held = Stepped(replicas.database)
    held.hold(1)  # before its commit
    ending = asyncio.create_task(Sessions(held).end(session, replicas.person, "logout"))
    await held.stopped.wait()
    refreshing = asyncio.create_task(replicas.other.refresh(RefreshToken(session, 1)))
    await until(lambda: waits(replicas))
    held.go_on()
    assert await ending
    with pytest.raises(RefreshInvalid):
        await refreshing
    assert (await replicas.row(session))[0] == 1


async def test_of_more_than_twenty_sessions_the_oldest_ends(replicas: Replicas) -> None:
    made = [await replicas.sign_in() for _ in range(20)]
    both = await asyncio.gather(*(each.begin(replicas.person, None) for each in (replicas.one, replicas.other)))
    left = await replicas.one.list_open(replicas.person, limit=100)
    assert {each.id for each in left} == {*made[2:], *(each.session for each in both)}
    assert [(await replicas.row(each))[2] for each in made[:2]] == ["too_many"] * 2


async def test_a_session_ends_thirty_days_after_its_last_use_and_ninety_after_its_sign_in(replicas: Replicas) -> None:
    session = await replicas.sign_in()
    days = "SELECT round(extract(epoch FROM ends_at - now()) / 86400) AS left FROM sessions WHERE id = $1"

    async def left() -> int:
        [[found]] = await replicas.database.fetch(days, session)
        return int(found)

    assert await left() == 30
    back = "UPDATE sessions SET created_at = now() - $2::interval, ends_at = now() + interval '1 hour' WHERE id = $1"
    for number, (age, expected) in enumerate(((29, 30), (59, 30), (85, 5)), 1):
        await replicas.database.fetch(back, session, timedelta(days=age))
        await replicas.one.refresh(RefreshToken(session, number))
        assert await left() == expected
    await replicas.database.fetch("UPDATE sessions SET ends_at = now() WHERE id = $1", session)
    with pytest.raises(RefreshInvalid):
        await replicas.one.refresh(RefreshToken(session, 4))
    assert await replicas.one.standing(AccessToken(replicas.person, session, 4)) is None


async def test_nobody_who_was_erased_keeps_or_begins_a_session(replicas: Replicas, bench: Bench) -> None:
    session = await replicas.sign_in()
    other = new_id()
    note = "INSERT INTO security_events (id, event, person_id, actor_id) VALUES ($1, 'role', $2, $3)"
    await replicas.database.fetch(note, new_id(), other, replicas.person)
    erasure = await erase_person(bench.database, bench.keys, bench.ledger, replicas.person)
    assert await replicas.one.standing(AccessToken(replicas.person, session, 1)) is None
    with pytest.raises(RefreshInvalid):
        await replicas.one.refresh(RefreshToken(session, 1))
    with pytest.raises(Erased):
        await replicas.one.begin(replicas.person, None)
    left = "SELECT actor_id FROM security_events WHERE person_id = $1 OR actor_id = $2"
    assert [row.actor_id for row in await replicas.database.fetch(left, other, replicas.person)] == [erasure]


async def test_a_sign_in_beside_an_erasure_leaves_no_session(replicas: Replicas, bench: Bench) -> None:
    held = Stepped(replicas.database)
    held.hold(3)  # before its commit
    beginning = asyncio.create_task(Sessions(held).begin(replicas.person, None))
    await held.stopped.wait()
    erasing = asyncio.create_task(erase_person(bench.database, bench.keys, bench.ledger, replicas.person))
    query = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    await until(lambda: replicas.database.fetch(query))
    held.go_on()
    await asyncio.gather(beginning, erasing)
    assert not await replicas.database.fetch("SELECT FROM sessions WHERE person_id = $1", replicas.person)


async def test_a_session_is_forgotten_a_month_after_its_end(replicas: Replicas, bench: Bench) -> None:
    old, lately = await replicas.sign_in(), await replicas.sign_in()
    await replicas.one.end_all(replicas.person, "logout")
    past = "UPDATE sessions SET ends_at = now() - interval '31 days' WHERE id = $1"
    await replicas.database.fetch(past, old)
    await bench.retire()
    rows = await replicas.database.fetch("SELECT id FROM sessions WHERE person_id = $1", replicas.person)
    assert [row.id for row in rows] == [lately]


async def test_the_check_at_use_reads_by_indexes_alone(replicas: Replicas) -> None:
    session = await replicas.sign_in()
    async with replicas.database.transaction() as tx:
        await tx.fetch("SET LOCAL enable_seqscan = off")
        plan = await tx.fetch(f"EXPLAIN (FORMAT TEXT) {statements.USE}", [session], [replicas.person], [1])
    text = "\n".join(str(row[0]) for row in plan)
    assert "Seq Scan" not in text and "Hash" not in text
    assert text.count("Index") >= 2


async def test_concurrent_requests_share_statements(replicas: Replicas) -> None:
    counted = Counted(replicas.database)
    sessions = Sessions(counted)
    token = AccessToken(replicas.person, await replicas.sign_in(), 1)
    found = await asyncio.gather(*(sessions.standing(token) for _ in range(50)))
    assert all(each is not None for each in found)
    assert counted.statements == [statements.USE, statements.FIRST_USE]
    await sessions.standing(token)
    assert counted.statements[2:] == [statements.USE]


async def test_requests_of_different_sessions_share_a_statement(replicas: Replicas) -> None:
    counted = Counted(replicas.database)
    sessions = Sessions(counted)
    made = [AccessToken(replicas.person, await replicas.sign_in(), 1) for _ in range(9)]
    await replicas.one.end(made[3].session, replicas.person, "logout")
    strangers = [AccessToken(new_id(), made[0].session, 1), AccessToken(replicas.person, new_id(), 1)]
    found = await asyncio.gather(*(sessions.standing(token) for token in (*made, *strangers)))
    assert [each is not None for each in found] == [True] * 3 + [False] + [True] * 5 + [False] * 2
    assert counted.statements.count(statements.USE) <= 3, "a statement for each session"


class Counted(Stepped):
    """Represents a database that keeps its statements."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.statements: list[str] = []

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        self.statements.append(statement)
        return await super().fetch(statement, *parameters)
