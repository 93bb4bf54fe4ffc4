"""Tests inbox rows as a state machine: two processes act on three messages in any order."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import Row

from chassis.delivery import inbox
from chassis.delivery.inbox import Claim, Received
from chassis.delivery.outbox import to_outbox_uncaused
from chassis.delivery.settlement import CRASHED, FENCED, Disposition
from chassis.errors import DependencyDown, Erased, Permanent, Retryable, UnknownVersion
from chassis.handler import Backoff
from chassis.message.envelope import Envelope, new_id
from chassis.storage.database import Database, open_database
from chassis.storage.media import Gone
from contracts.base import Event, Problem, Ref
from contracts.common import JobCancelled, JobFailed
from libs.chassis.tests.integration.demo import Work
from libs.chassis.tests.integration.model_inbox import ATTEMPTS, Inbox, Message, Seen
from libs.chassis.tests.integration.replica import Replica
from tests.machines import TIMEOUT_S, Machine, play

NO = Problem(type="/problems/demo", title="No")
#: seconds of a backoff or a probe that this run does not live to see
LONG = 300.0
#: those of `model_inbox.ERRORS`
ERRORS: dict[str, Exception] = {
    "unknown": ValueError("a defect"),
    "retryable": Retryable("once more", after=0.0),
    "permanent": Permanent(NO),
    "dependency": DependencyDown("far side", probe_after=0.0),
    "parked": UnknownVersion(NO, probe_after=LONG),
    "gone": Gone(),
    "erased": Erased(),
}
#: the job and the retry number of each message
KINDS = tuple((number // 2, number % 2) for number in range(12))
#: how many of those that are not settled are worked on at a time
AT_A_TIME = 3
ENDS = (("cancelled", 0), ("failed", 0), ("failed", 1))

READ = """
SELECT m.id, i.id IS NOT NULL AS exists, coalesce(fence, 0) AS fence, coalesce(tries, 0) AS tries, owner,
       CASE WHEN done_at IS NULL THEN due_at <= now() END AS due, outcome,
       ARRAY(SELECT by FROM effects_done WHERE key = m.id::text) AS done_by,
       ARRAY(SELECT key FROM outbox WHERE headers->>'cloudEvents_causationid' = m.id::text ORDER BY key) AS said,
       EXISTS (SELECT FROM media_deletions WHERE ref = m.id::text) AS media_deleted
  FROM unnest($2::uuid[]) AS m(id) LEFT JOIN inbox AS i ON i.consumer = $1 AND i.id = m.id
"""
PASS = "UPDATE inbox SET due_at = now() WHERE consumer = $1 AND id = $2 AND done_at IS NULL"


class InboxMachine(Machine[Replica, Inbox]):
    """Runs the product's transactions, one rule each; a process that dies simply does nothing more."""

    def __init__(self, loop: asyncio.AbstractEventLoop, database: Database) -> None:
        super().__init__(loop, database)
        retry = Backoff(attempts=ATTEMPTS, first=LONG, cap=LONG)
        name = uuid4().hex
        self.processes = Replica(database, name, retry), Replica(database, name, retry)
        self.consumer = self.processes[0].consumer.name
        self.jobs = [new_id() for _ in KINDS[::2]]
        self.received = [_message(self.jobs[job], retry) for job, retry in KINDS]
        self.model = Inbox([Message(*kind) for kind in KINDS], [received.envelope.id for received in self.received])
        self.found = self.model.picture()

    def a_message(self, *, free: bool = False) -> int:
        """Chooses a message, mostly an unsettled one; with `free` one that can be claimed, if there is one."""
        messages = dict(enumerate(self.model.messages))
        now = [number for number, message in messages.items() if message.state != "settled"][:AT_A_TIME]
        settled = [number for number, message in messages.items() if message.state == "settled"][-1:]
        among = [n for n in now if self.model.claimable(messages[n])] if free else []
        return self.draw(st.sampled_from(among or now * 2 + settled), "message")

    def a_claim(self) -> Claim | None:
        """Chooses a claim, mostly one that holds its message; else a recent one, which may have lost it."""
        if self.nothing_held and not any(map(self.model.mine, self.model.claims)):
            self._deliver(self.a_message(free=True))
        claims = self.model.claims
        mine = [number for number, claim in enumerate(claims) if self.model.mine(claim)]
        among = mine * 2 + list(range(len(claims)))[-3:]
        return claims[self.draw(st.sampled_from(among), "claim")] if among else None

    def end_of(self, job: int, outcome: str, retry: int) -> Envelope:
        """Makes the message that reports the end of a job."""
        ended = {"job_id": self.jobs[job], "person_id": new_id(), "kind": "demo", "finished_at": "2026-11-20T10:00:00Z"}
        message: Event = JobCancelled(**ended) if outcome == "cancelled" else JobFailed(**ended, problem=NO)
        outbox_message = to_outbox_uncaused(message, source="voxbus/test", job_id=self.jobs[job], person_id=None)
        return dataclasses.replace(outbox_message.envelope, retry=retry)

    @rule(free=st.booleans())
    def deliver(self, free: bool) -> None:
        self._deliver(self.a_message(free=free))

    def _deliver(self, number: int) -> None:
        self.act(lambda r: r.claim(self.received[number], uuid4()), lambda model, found: model.claimed(number, found))

    @rule(limit=st.integers(1, 3), crash_suspects=st.booleans())
    def reap(self, limit: int, crash_suspects: bool) -> None:
        if self.nothing_held and not any(message.open and message.due for message in self.model.messages):
            self.time_passes(start_again=False)
        self.act(
            lambda r: r.consumer.reap(limit, crash_suspects=crash_suspects),
            lambda model, found: model.reaped(found, limit, crash_suspects),
        )

    @rule()
    def work(self) -> None:
        claim = self.a_claim()
        if claim is None:
            return
        if claim.tries > ATTEMPTS:
            crashed = Disposition("dead", problem=CRASHED)
            self.act(lambda r: r.settle(claim, crashed), lambda model, written: model.crashed(claim, written))
        else:
            self.act(lambda r: r.work(claim), lambda model, finished: model.worked(claim, finished))

    @rule(error=st.sampled_from(sorted(ERRORS)))
    def fail(self, error: str) -> None:
        claim = self.a_claim()
        if claim is None:
            return
        self.act(lambda r: r.fail(claim, ERRORS[error]), lambda model, written: model.failed(claim, error, written))

    @rule(what=st.sampled_from(("beat", "begin", "hold", "fenced", "reread")))
    def look_whether_it_is_mine(self, what: str) -> None:
        claim = self.a_claim()
        if claim is None:
            return
        if what == "beat":
            claims = self.model.claims[-6:]
            self.act(
                lambda r: inbox.beat(r.database, claims), lambda model, lost: model.beaten(claims, lost, self.found)
            )
        elif what == "begin":
            self.act(lambda r: r.begin_reaped(claim), lambda model, done: model.cancelled_by_holder(claim, done))
        elif what == "hold":
            self.act(lambda r: r.lock_claim(claim), lambda model, held: model.claim_locked(claim, held))
        elif what == "fenced":
            self.act(lambda r: r.settle(claim, FENCED), lambda model, written: model.fenced(claim, written))
        else:
            self.act(lambda r: r.reread(claim.received, claim.owner), lambda model, found: model.reread(claim, *found))

    @rule(count=st.integers(1, 2))
    def work_in_a_batch(self, count: int) -> None:
        numbers = {self.a_message() for _ in range(count)}
        batch = [self.received[number] for number in numbers]
        self.act(lambda r: r.work_batch(batch), lambda model, worked: model.batch_worked(numbers, worked))

    @rule(error=st.sampled_from(sorted(ERRORS)))
    def fail_in_a_batch(self, error: str) -> None:
        number = self.a_message()
        self.act(
            lambda r: r.fail_alone(self.received[number], ERRORS[error]),
            lambda model, outcome: model.batch_failed(number, error, outcome),
        )

    @rule(ends=st.lists(st.sampled_from(ENDS), max_size=2))
    def end_the_job(self, ends: list[tuple[str, int]]) -> None:
        if ends:
            job = KINDS[self.a_message()][0]
            for end in ends:
                self._end(job, end)

    def _end(self, job: int, end: tuple[str, int]) -> None:
        ended = self.end_of(job, *end)
        self.act(lambda r: r.end_job(ended), lambda model, _: model.job_ended(job, *end))

    def _open_and_ended(self) -> list[int]:
        return [n for n, message in enumerate(self.model.messages) if message.open and self.model.ended(message)]

    @rule(at_delivery=st.booleans())
    def cancel_for_its_job(self, at_delivery: bool) -> None:
        if self.nothing_held and not self._open_and_ended():
            self._end(KINDS[self.a_message()][0], ENDS[0])
        numbers = self._open_and_ended()
        number = self.draw(st.sampled_from(numbers), "message") if numbers else self.a_message()
        job = KINDS[number][0]
        if at_delivery:
            self.act(
                lambda r: r.cancel_unclaimed(self.received[number]),
                lambda model, done: model.cancelled_unclaimed(number, done),
            )
        else:
            ended = self.end_of(job, "cancelled", 0)
            self.act(lambda r: r.cancel_rows(ended), lambda model, found: model.rows_cancelled(job, found))

    @rule(too_old=st.sampled_from((False, False, True)))
    def arrive_otherwise(self, too_old: bool) -> None:
        number = self.a_message()
        if too_old:
            self.act(
                lambda r: r.dead_letter_old(self.received[number]), lambda model, done: model.too_old(number, done)
            )
        else:
            self.act(
                lambda r: r.keep_given_up(self.received[number]),
                lambda model, done: model.given_up_by_broker(number, done),
            )

    @rule(start_again=st.sampled_from((False, False, True)))
    def time_passes(self, start_again: bool) -> None:
        # of two that are due since the same instant, nobody knows which one a reaper takes that wants only one
        if start_again and sum(message.state == "held" for message in self.model.messages) < 2:
            self.act(lambda r: r.start(), lambda model, _: model.started_again())
            return
        numbers = [number for number, message in enumerate(self.model.messages) if message.open and not message.due]
        number = self.draw(st.sampled_from(numbers), "message") if numbers else self.a_message()
        identity = self.model.ids[number]
        self.act(lambda r: r.database.fetch(PASS, self.consumer, identity), lambda model, _: model.time_passed(number))

    async def read(self) -> list[Seen]:
        rows = {row.id: row for row in await self.database.fetch(READ, self.consumer, self.model.ids)}
        return [_seen(rows[identity]) for identity in self.model.ids]

    def hold_true(self, before: list[Seen]) -> None:
        for number, (old, new) in enumerate(zip(before, self.found, strict=True)):
            message = self.model.messages[number]
            assert new.fence >= old.fence, "a fence is given twice"
            assert old.outcome is None or new == old, "what is settled never changes"
            assert len(new.done_by) == (new.outcome == "ok"), "done once, and only by who has finished it"
            assert 0 <= new.tries <= new.fence
            assert len(message.begun) <= ATTEMPTS + new.fence - new.tries, "more tries than there are"

    async def clean(self) -> None:
        for table in ("inbox", "outbox", "cancelled_jobs", "media_deletions", "effects_done"):
            await self.database.fetch(f"DELETE FROM {table}")


def _seen(row: Row[Any]) -> Seen:
    values = [getattr(row, name) for name in Seen._fields]
    return Seen._make(tuple(value) if isinstance(value, list) else value for value in values)


def _message(job: UUID, retry: int) -> Received:
    """Makes a message with a recording; both are named by its id."""
    identity = new_id()
    recording = Ref(key=str(identity), media_type="audio/wav", size=1, sha256="0" * 64)
    message = Work(key=str(identity), recording=recording)
    outbox_message = to_outbox_uncaused(message, source="voxbus/test", job_id=job, person_id=None, identity=identity)
    return Received(dataclasses.replace(outbox_message.envelope, retry=retry), outbox_message.body)


@pytest.mark.timeout(TIMEOUT_S)
def test_inbox_rows(database_url: str) -> None:
    play(InboxMachine, open_database(database_url, "demo", size=4))
