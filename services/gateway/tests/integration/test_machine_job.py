"""Tests jobs as a state machine: two gateways accept, record in any order, cancel, fail late jobs, erase."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from chassis.delivery.inbox import Received
from chassis.delivery.outbox import to_outbox_uncaused
from chassis.errors import Erased
from chassis.message.crypto import new_key
from chassis.message.envelope import new_id
from chassis.storage.database import Database, open_database
from chassis.storage.keys import Keys
from chassis.stores_in_memory import KeysInMemory, LedgerInMemory
from contracts.base import Message, Problem
from contracts.common import StepFailed, StepStarted
from contracts.feedback import FeedbackGiven
from contracts.gateway import AssessAttempt
from contracts.notify import NotificationRead
from contracts.speech import AttemptAssessed
from gateway.jobs import statements
from gateway.jobs.accept import Idempotency, IdempotencyConflict
from gateway.jobs.erase_person import erase_person
from gateway.jobs.event_log.plan import Plan
from services.gateway.tests.integration.fixtures import ATTEMPT, Bench
from services.gateway.tests.integration.model_job import ENDINGS, Event, Found, Gateway, Line, Picture, Seen
from tests.machines import TIMEOUT_S, Deaf, Machine, play
from tests.stepped import Stepped

PROBLEM = Problem(type="/problems/demo", title="No")
KEY = new_key()
TIMES_OUT = "UPDATE jobs SET deadline = now() WHERE id = $1"
READ_KEYS = "SELECT person_id, key, job_id, fingerprint FROM idempotency WHERE expires_at > now()"
EXPIRES = "UPDATE idempotency SET expires_at = now() WHERE key = $1"
SELDOM = st.sampled_from((False,) * 7 + (True,))
#: how many open jobs there are at least
AT_A_TIME = 2


class Replica:
    """Represents one gateway, without its loops."""

    def __init__(self, database: Database, people: list[UUID]) -> None:
        self.database = Stepped(database)
        self._bench = Bench(self.database, Deaf())
        self._bench.store.keys.update({person: new_key() for person in people})

    async def accept(self, person: UUID, key: str | None, content: str) -> Found:
        job = new_id()
        command = AssessAttempt.model_validate({**AssessAttempt.examples()[0], "attempt_id": job})
        idempotency = Idempotency("POST /attempts", key, content) if key is not None else None
        accept = self._bench.acceptance.accept
        try:
            found = await accept(ATTEMPT, command, job_id=job, person_id=person, idempotency=idempotency)
        except IdempotencyConflict:
            return Found("conflict")
        except Erased:
            return Found("erased")
        return Found("replayed" if found.replayed else "accepted", found.job_id, found.status)

    async def record(self, batch: list[Received]) -> Plan:
        return await self._bench.recorder.record(batch)

    async def cancel(self, job: UUID, person: UUID) -> str | None:
        return await self._bench.endings.cancel(job, person)

    async def end_overdue(self) -> int:
        return await self._bench.endings.end_overdue()

    async def erase(self, person: UUID) -> None:
        """Erases a person, while both gateways go on with the key that they keep for a minute."""
        await erase_person(self.database, Keys(KeysInMemory()), LedgerInMemory(), person)

    async def read(self, job: UUID, cursor: int) -> list[tuple[int, str]]:
        rows = await self.database.fetch(statements.READ_ROWS, [job], [cursor], 100)
        return [(row.seq, row.type) for row in rows]


class JobMachine(Machine[Replica, Gateway]):
    """Runs jobs of two people, few at a time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, database: Database) -> None:
        super().__init__(loop, database)
        self.people = [new_id(), new_id()]
        self.erased = False
        self.processes = Replica(database, self.people), Replica(database, self.people)
        self.model = Gateway()
        self.found = self.model.picture()
        self.events: dict[UUID, list[Received]] = {}
        #: of a job that has no row, and of none
        self.strays = [_event(of, StepStarted) for of in (new_id(), None)]

    def a_job(self) -> UUID | None:
        """Draws a job, mostly an open one; accepts a new job first if there are few."""
        now = [id_ for id_, job in self.model.jobs.items() if job.open]
        if self.nothing_held and len(now) < AT_A_TIME:
            self.accept(key=None, content="a")
        ended = [id_ for id_, job in self.model.jobs.items() if not job.open][-2:]
        among = now * 2 + ended
        return self.draw(st.sampled_from(among), "job") if among else None

    def events_of(self, job: UUID) -> list[Received]:
        """Returns the events of a job, the same ones at each call."""
        if job not in self.events:
            self.events[job] = _events(job)
        return self.events[job]

    def some_events(self) -> list[tuple[UUID | None, Received]]:
        """Draws events of one or two jobs or of no job, in any order, perhaps twice."""
        batch: list[tuple[UUID | None, Received]] = []
        for _ in range(self.draw(st.integers(1, 3), "events")):
            job = None if self.draw(SELDOM, "of no job") else self.a_job()
            among = self.events_of(job) if job is not None else self.strays
            batch += [(job, self.draw(st.sampled_from(among), "event"))]
        return batch

    @rule(key=st.sampled_from((None, "k", "l")), content=st.sampled_from("ab"))
    def accept(self, key: str | None, content: str) -> None:
        self.accept_of(self.draw(st.sampled_from(self.people), "person"), key, content)

    def accept_of(self, person: UUID, key: str | None, content: str) -> None:
        self.act(
            lambda r: r.accept(person, key, content),
            lambda model, found: model.accepted(person, key, content, found),
        )

    @rule()
    def record(self) -> None:
        batch = self.some_events()
        events = [(job, _told(received)) for job, received in batch]

        def explain(model: Gateway, plan: Plan) -> None:
            model.recorded(events, [outbox_message.envelope.type for outbox_message in plan.messages])

        self.act(lambda r: r.record([received for _, received in batch]), explain)

    @rule(how=st.sampled_from(("cancel", "cancel", "deadline", "deadline", "stranger", "erase")))
    def end_otherwise(self, how: str) -> None:
        """Ends a job by its owner, by its deadline, or by erasing its owner; nobody else can end it."""
        if how == "erase":
            self.erase()
        elif how == "deadline":
            if self.nothing_held and not any(job.open and job.overdue for job in self.model.jobs.values()):
                self.time_passes(expires=None)
            self.act(lambda r: r.end_overdue(), lambda model, count: model.ended_overdue(count, self.found.jobs))
        elif (job := self.a_job()) is not None:
            person = self.model.jobs[job].person if how == "cancel" else new_id()
            self.act(lambda r: r.cancel(job, person), lambda model, outcome: model.cancelled(job, person, outcome))

    def erase(self) -> None:
        """Erases at most one person, once; an erasure that is held has an accept of that person beside it."""
        if not self.erased and len(self.model.jobs) > 1:
            person = self.draw(st.sampled_from(self.people), "person")
            self.erased = True
            self.act(lambda r: r.erase(person), lambda model, _: model.erased(person))
            if not self.nothing_held:
                self.accept_of(person, self.draw(st.sampled_from((None, "k")), "key"), "a")

    @rule(expires=st.sampled_from((None, None, "k", "l")))
    def time_passes(self, expires: str | None) -> None:
        """Lets time pass: a job's deadline, or the lifetime of an idempotency key."""
        if expires is not None:
            self.act(_run(EXPIRES, expires), _expire(expires))
        elif (job := self.a_job()) is not None:
            self.act(_run(TIMES_OUT, job), _time_out(job))

    @rule()
    def read_on(self) -> None:
        """Lets a client go on reading where it was, on either gateway."""
        job = self.a_job()
        if job is not None:
            cursor = self.model.jobs[job].read
            self.act(lambda r: r.read(job, cursor), lambda model, rows: model.streamed(job, cursor, rows))

    async def read(self) -> Picture:
        jobs = await self.database.fetch("SELECT id, status, finished_at IS NOT NULL AS over, last_seq FROM jobs")
        log = await self.database.fetch("SELECT * FROM log ORDER BY stream_id, seq")
        outbox = await self.database.fetch("SELECT job_id, key FROM outbox ORDER BY key")
        for job in jobs:
            assert [row.seq for row in log if row.stream_id == job.id] == list(range(1, job.last_seq + 1)), (
                "seq has a gap"
            )
        found = {}
        for job in jobs:
            lines = tuple(Line(row.type, row.terminal, row.late) for row in log if row.stream_id == job.id)
            said = tuple(row.key for row in outbox if row.job_id == job.id)
            found[job.id] = Seen(job.status, job.over, job.last_seq, lines, said)
        keys = {(row.person_id, row.key): (row.job_id, row.fingerprint) for row in await self.database.fetch(READ_KEYS)}
        return Picture(found, keys, frozenset(row.stream_id for row in log) - found.keys())

    def hold_true(self, before: Picture) -> None:
        for id_, new in self.found.jobs.items():
            ends = [kind for kind in new.emitted if kind in ENDINGS]
            assert len(ends) == sum(line.terminal for line in new.log) == new.finished, "not exactly one end"
            assert len(new.emitted) == len(set(new.emitted)), "told twice"
            if (old := before.jobs.get(id_)) is not None:
                assert new.log[: len(old.log)] == old.log, "the log only grows"
                assert not old.finished or new.status == old.status, "an end is taken back"

    async def clean(self) -> None:
        for table in ("jobs", "log", "outbox", "idempotency", "media_deletions", "erased_people", "person_turns"):
            await self.database.fetch(f"DELETE FROM {table}")


def _run(statement: str, *parameters: object) -> Callable[[Replica], Awaitable[object]]:
    return lambda replica: replica.database.fetch(statement, *parameters)


def _expire(key: str) -> Callable[[Gateway, object], None]:
    return lambda model, _: model.expired(key)


def _time_out(job: UUID) -> Callable[[Gateway, object], None]:
    return lambda model, _: model.timed_out(job)


def _events(job: UUID) -> list[Received]:
    """Returns events that a job may get: those of its path more often than those that fail it."""
    dead = [StepFailed(step=step, tries=1, problem=PROBLEM) for step in ("speech.assess_attempt", "content.project")]
    path = [_event(job, message) for message in (StepStarted, AttemptAssessed, FeedbackGiven)]
    return [*path, *path, _event(job, NotificationRead), *(_event(job, message) for message in dead)]


def _event(job: UUID | None, message: type[Message] | Message) -> Received:
    if isinstance(message, type):
        message = message.model_validate(message.examples()[0])
    outbox_message = to_outbox_uncaused(message, source="voxbus/test", job_id=job, person_id=None, key=KEY)
    return Received(outbox_message.envelope, outbox_message.body)


def _told(received: Received) -> Event:
    envelope = received.envelope
    return Event(envelope.id, envelope.type, envelope.type == StepFailed.type and b"speech" in received.body)


@pytest.mark.timeout(TIMEOUT_S)
def test_jobs(machine_url: str) -> None:
    play(JobMachine, open_database(machine_url, "gateway", size=4))
