"""Tests accepting: job, log, outbox and key in one statement, whatever happens around it."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError

from chassis.message.envelope import new_id
from chassis.storage.database import Database
from contracts.catalogue import NOTIFICATION_READ
from contracts.gateway import AssessAttempt, MarkNotificationRead
from gateway.jobs import statements
from gateway.jobs.accept import Acceptance, Accepted, Busy, Idempotency, IdempotencyConflict
from services.gateway.tests.integration.fixtures import Bench, LosesAnswers


class Counting(Database):
    """Represents a database that notes how many requests each statement accepts."""

    def __init__(self, behind: Database) -> None:
        self._behind = behind
        self.accepted: list[int] = []

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        rows = await self._behind.fetch(statement, *parameters)
        if statement == statements.ACCEPT:
            self.accepted.append(len(rows))
        return rows


class Waits(Counting):
    """Represents a database in which the first statement that accepts waits until it is let go, as for a lock."""

    def __init__(self, behind: Database) -> None:
        super().__init__(behind)
        self.waits = asyncio.Event()
        self.let_go = asyncio.Event()

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        if statement == statements.ACCEPT and not self.waits.is_set():
            self.waits.set()
            await self.let_go.wait()
        return await super().fetch(statement, *parameters)


def keyed(fingerprint: str = "same", key: str | None = None) -> Idempotency:
    return Idempotency("POST /attempts", key or str(new_id()), fingerprint)


async def test_a_job_is_its_row_its_command_in_the_log_and_in_the_outbox(bench: Bench) -> None:
    accepted = await bench.accept()
    assert (accepted.status, accepted.replayed) == ("accepted", False)
    [row] = await bench.rows(accepted.job_id)
    assert (row.seq, row.type, row.person_id) == (1, AssessAttempt.type, bench.person)
    [sent] = await bench.database.fetch("SELECT * FROM outbox WHERE id = $1", row.event_id)
    assert (sent.job_id, sent.exchange, sent.body) == (accepted.job_id, "jobs", row.body)
    [[left]] = await bench.database.fetch("SELECT deadline - now() FROM jobs WHERE id = $1", accepted.job_id)
    assert 3500 < left.total_seconds() <= 3600


async def test_one_key_at_once_makes_one_job(bench: Bench) -> None:
    key = keyed()
    answers = await asyncio.gather(*(bench.accept(key) for _ in range(8)))
    assert len({answer.job_id for answer in answers}) == 1
    assert sum(not answer.replayed for answer in answers) == 1
    assert await bench.jobs() == 1


async def test_a_key_answers_with_the_job_as_it_stands_and_refuses_other_content(bench: Bench) -> None:
    key = keyed()
    first = await bench.accept(key)
    await bench.endings.cancel(first.job_id, bench.person)
    again = await bench.accept(key)
    assert (again.job_id, again.status, again.replayed) == (first.job_id, "cancelled", True)
    with pytest.raises(IdempotencyConflict):
        await bench.accept(dataclasses.replace(key, fingerprint="other"))
    assert await bench.jobs() == 1


async def test_an_expired_key_is_free_again(bench: Bench) -> None:
    key = keyed()
    first = await bench.accept(key)
    await bench.database.fetch("UPDATE idempotency SET expires_at = now() WHERE key = $1", key.key)
    answers = await asyncio.gather(*(bench.accept(dataclasses.replace(key, fingerprint="other")) for _ in range(4)))
    assert {answer.job_id for answer in answers} != {first.job_id}
    assert await bench.jobs() == 2


async def accept_at_once(acceptance: Acceptance, *wanted: Idempotency | None) -> list[Accepted | BaseException]:
    """Accepts one request of a new person for each key, all at once."""
    requests = []
    for idempotency in wanted:
        person = new_id()
        command = MarkNotificationRead(notification_id=new_id(), person_id=person)
        requests.append(
            acceptance.accept(NOTIFICATION_READ, command, job_id=new_id(), person_id=person, idempotency=idempotency)
        )
    return await asyncio.gather(*requests, return_exceptions=True)


async def test_what_arrives_together_is_accepted_together(bench: Bench) -> None:
    counting = Counting(bench.database)
    answers = await accept_at_once(Acceptance(counting, bench.relay, keys=bench.keys), *(keyed() for _ in range(20)))
    jobs = [answer.job_id for answer in answers if isinstance(answer, Accepted)]
    assert counting.accepted == [20]
    [[rows]] = await bench.database.fetch("SELECT count(*) FROM log WHERE seq = 1 AND stream_id = ANY($1)", jobs)
    assert rows == len(set(jobs)) == 20


async def test_what_arrives_while_a_statement_runs_goes_together_after_it(bench: Bench) -> None:
    waits = Waits(bench.database)
    acceptance = Acceptance(waits, bench.relay, keys=bench.keys, slow_after=60.0)
    first = asyncio.create_task(accept_at_once(acceptance, None))
    await waits.waits.wait()
    others = asyncio.create_task(accept_at_once(acceptance, None, keyed(), None))
    await asyncio.sleep(0)
    assert len(acceptance.running) == 1
    waits.let_go.set()
    assert all(isinstance(answer, Accepted) for answer in [*await first, *await others])
    assert waits.accepted == [1, 3]


async def test_a_statement_that_waits_holds_up_nobody_for_long(bench: Bench) -> None:
    waits = Waits(bench.database)
    acceptance = Acceptance(waits, bench.relay, keys=bench.keys)
    first = asyncio.create_task(accept_at_once(acceptance, None))
    await waits.waits.wait()
    for _ in range(2):  # those that came before its patience ran out, and those that come after
        async with asyncio.timeout(10):
            answers = await accept_at_once(acceptance, None, None)
        assert all(isinstance(answer, Accepted) for answer in answers)
    assert not first.done()
    waits.let_go.set()
    [answer] = await first
    assert isinstance(answer, Accepted)
    assert waits.accepted == [2, 2, 1]
    assert not acceptance.running


async def test_a_request_that_the_database_refuses_takes_no_other_with_it(bench: Bench) -> None:
    good, bad, late = await accept_at_once(bench.acceptance, keyed(), keyed(key="no \0 in Postgres"), None)
    assert isinstance(bad, DBAPIError)
    for answer in (good, late):
        assert isinstance(answer, Accepted)
        assert await bench.status(answer.job_id) == "accepted"


async def test_a_client_that_leaves_takes_nothing_back(bench: Bench) -> None:
    request = asyncio.create_task(bench.accept())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    while bench.acceptance.running:
        await asyncio.wait(bench.acceptance.running)
    assert await bench.jobs() == 1


async def test_nothing_is_accepted_above_the_outbox_budget(bench: Bench) -> None:
    bench.relay.due = 100
    with pytest.raises(Busy) as busy:
        await bench.accept()
    assert busy.value.retry_after > 0
    assert await bench.jobs() == 0


@pytest.mark.parametrize("committed", [True, False])
@pytest.mark.parametrize("with_key", [True, False])
async def test_a_commit_of_unknown_outcome_makes_one_job(bench: Bench, committed: bool, with_key: bool) -> None:
    flaky = Acceptance(LosesAnswers(bench.database, 1, committed=committed), bench.relay, keys=bench.keys)
    accepted = await bench.accept(keyed() if with_key else None, flaky)
    assert not accepted.replayed
    assert (await bench.jobs(), await bench.status(accepted.job_id)) == (1, "accepted")


@pytest.mark.parametrize("committed", [True, False])
@pytest.mark.parametrize("fingerprint", ["same", "other"])
async def test_an_expired_key_says_nothing_of_a_commit_of_unknown_outcome(
    bench: Bench, committed: bool, fingerprint: str
) -> None:
    key = keyed()
    first = await bench.accept(key)
    await bench.database.fetch("UPDATE idempotency SET expires_at = now() WHERE key = $1", key.key)
    flaky = Acceptance(LosesAnswers(bench.database, 1, committed=committed), bench.relay, keys=bench.keys)
    accepted = await bench.accept(dataclasses.replace(key, fingerprint=fingerprint), flaky)
    assert (accepted.job_id != first.job_id, accepted.replayed) == (True, False)
    assert await bench.jobs() == 2


async def test_an_error_of_its_own_says_nothing_of_a_commit_that_was_lost(bench: Bench) -> None:
    class ThenRefuses(LosesAnswers):
        async def fetch(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
            if statement == statements.READ_STATUS:
                return await super().fetch("SELECT 1 / 0")
            return await super().fetch(statement, *parameters)

    flaky = Acceptance(ThenRefuses(bench.database, 1, committed=True), bench.relay, keys=bench.keys)
    with pytest.raises(Busy) as busy:
        await bench.accept(keyed(), flaky)
    assert busy.value.unknown
    assert await bench.jobs() == 1


async def test_a_database_that_stays_away_is_busy_and_says_that_it_does_not_know(bench: Bench) -> None:
    flaky = Acceptance(LosesAnswers(bench.database, 99, committed=False), bench.relay, keys=bench.keys)
    with pytest.raises(Busy) as busy:
        await bench.accept(None, flaky)
    assert busy.value.unknown
