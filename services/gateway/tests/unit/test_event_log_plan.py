"""Tests the plan of a recording: any order, batches and duplicates of events give the same stream."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from chassis.delivery.inbox import Received
from chassis.delivery.outbox import to_outbox_uncaused
from chassis.message.crypto import new_key
from chassis.message.envelope import Envelope, new_id
from contracts.base import Message, Problem
from contracts.common import JobCancelled, JobFailed, JobLate, JobRecovered, JobSucceeded, StepFailed, StepStarted
from contracts.feedback import FeedbackGiven
from contracts.gateway import AssessAttempt
from contracts.notify import NotificationRead
from contracts.speech import AttemptAssessed
from gateway.jobs.event_log.plan import (
    LockedJob,
    Plan,
    Row,
    StreamContent,
    plan_cancel,
    plan_late,
    plan_overdue,
    plan_recording,
    stream_of,
)

SPEECH, FEEDBACK = "speech.assess_attempt", "feedback.give_feedback"
PROBLEM = Problem(type="/problems/recording-undecodable", title="Not a recording", status=422)
NOW = datetime(2026, 11, 20, tzinfo=UTC)
PERSON, KEY = new_id(), new_key()


@dataclass
class Ledger:
    """Holds the database as a dictionary: one job of kind `attempt`, its command in the log."""

    job: LockedJob = field(default_factory=lambda: LockedJob(new_id(), "attempt", PERSON, "accepted", 1, NOW))
    rows: list[Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        command = self.event(AssessAttempt)
        self.rows.append(Row(self.job.id, 1, command.envelope, command.body))

    def event(self, message: type[Message] | Message) -> Received:
        """Returns an event of the job; of a type, its first example."""
        if isinstance(message, type):
            message = message.model_validate(message.examples()[0])
        outbox_message = to_outbox_uncaused(
            message, source="voxbus/test", job_id=self.job.id, person_id=PERSON, key=KEY
        )
        return Received(outbox_message.envelope, outbox_message.body)

    def events(self, *messages: type[Message]) -> list[Received]:
        return [self.event(message) for message in messages]

    def record(self, *batch: Received) -> Plan:
        streams = {stream_of(received.envelope) for received in batch} | {received.envelope.id for received in batch}
        plan = plan_recording({self.job.id: self.job}, {s: self.held(s) for s in streams if self.of(s)}, batch)
        return self.write(plan)

    def held(self, stream_id: UUID) -> StreamContent:
        rows = self.of(stream_id)
        return StreamContent({row.envelope.id: row.envelope.type for row in rows}, rows[0].envelope)

    def of(self, stream_id: UUID) -> list[Row]:
        return sorted((row for row in self.rows if row.stream_id == stream_id), key=lambda row: row.seq)

    def write(self, plan: Plan) -> Plan:
        self.rows += plan.rows
        keys = Counter((row.stream_id, row.seq) for row in self.rows)
        ids = Counter((row.stream_id, row.envelope.id) for row in self.rows)
        assert max(keys.values()) == max(ids.values()) == 1
        for update in plan.updates:
            self.job = LockedJob(self.job.id, self.job.kind, PERSON, update.status, update.last_seq, NOW)
        return plan

    def types(self) -> list[str]:
        return [row.envelope.type for row in self.of(self.job.id)]


def failed(ledger: Ledger, step: str) -> Received:
    return ledger.event(StepFailed(step=step, tries=1, problem=PROBLEM))


def test_the_first_event_makes_a_job_run() -> None:
    ledger = Ledger()
    plan = ledger.record(ledger.event(StepStarted))
    assert (ledger.job.status, plan.ended) == ("running", [])
    assert [(each.job_id, each.at) for each in plan.begun] == [(ledger.job.id, ledger.rows[-1].envelope.time)]
    assert ledger.record(ledger.event(StepStarted)).begun == []


def test_a_job_succeeds_once_every_step_of_its_path_is_in_the_log() -> None:
    ledger = Ledger()
    ledger.record(ledger.event(FeedbackGiven))
    assert ledger.job.status == "running"
    plan = ledger.record(ledger.event(AttemptAssessed))
    assert ledger.types()[1:] == ["feedback.given", "attempt.assessed", "job.succeeded"]
    assert (ledger.job.status, [each.status for each in plan.ended]) == ("succeeded", ["succeeded"])
    [outbox_message] = plan.messages
    assert b'"result":{"attempt_id":"%s"}' % str(ledger.job.id).encode() in outbox_message.body
    assert outbox_message.envelope.causation == ledger.rows[0].envelope.id


def test_terminal_rows_come_after_all_others_of_their_transaction() -> None:
    ledger = Ledger()
    ledger.record(*ledger.events(FeedbackGiven, AttemptAssessed, StepStarted, NotificationRead))
    assert ledger.types()[-1] == "job.succeeded"
    assert not any(row.late for row in ledger.rows)


def test_a_dead_step_on_the_path_fails_the_job_with_its_problem() -> None:
    ledger = Ledger()
    plan = ledger.record(failed(ledger, SPEECH))
    assert ledger.job.status == "failed"
    assert PROBLEM.type.encode() in plan.messages[0].body


def test_a_dead_handler_off_the_path_changes_nothing() -> None:
    ledger = Ledger()
    ledger.record(failed(ledger, "content.project_progress"))
    assert ledger.job.status == "running"


def test_what_comes_after_the_terminal_row_is_late_and_moves_nothing() -> None:
    ledger = Ledger()
    ledger.write(plan_cancel(ledger.job, ledger.held(ledger.job.id)))
    ledger.record(*ledger.events(AttemptAssessed, FeedbackGiven))
    assert ledger.job.status == "cancelled"
    assert [row.late for row in ledger.of(ledger.job.id)] == [False, False, True, True]
    assert ledger.job.last_seq == 4


def test_the_ending_event_of_a_failed_job_appends_recovered_once() -> None:
    ledger = Ledger()
    ledger.write(plan_overdue(ledger.job, ledger.held(ledger.job.id), PROBLEM))
    ending = ledger.event(FeedbackGiven)
    ledger.record(ending)
    assert ledger.types()[-2:] == [FeedbackGiven.type, JobRecovered.type]
    assert ledger.record(ending, ledger.event(AttemptAssessed)).messages == []
    assert ledger.job.status == "failed"


def test_of_a_late_job_the_ending_event_alone_is_waited_for() -> None:
    ledger = Ledger()
    ledger.write(plan_late(ledger.job, ledger.held(ledger.job.id), {"level": 1}))
    assert ledger.job.status == "running"
    assert b'"shown":{"level":1}' in ledger.of(ledger.job.id)[-1].body
    ledger.record(ledger.event(FeedbackGiven))
    assert ledger.types()[1:] == [JobLate.type, FeedbackGiven.type, "job.succeeded"]


def test_a_terminal_event_that_comes_back_from_the_bus_is_already_there() -> None:
    ledger = Ledger()
    plan = ledger.record(failed(ledger, FEEDBACK))
    [outbox_message] = plan.messages
    again = ledger.record(Received(outbox_message.envelope, outbox_message.body))
    assert (again.rows, again.wakeups) == ([], [(ledger.job.id, 3)])


def test_events_without_a_job_have_a_stream_of_their_own() -> None:
    ledger = Ledger()
    outbox_message = to_outbox_uncaused(read(), source="voxbus/test", job_id=None, person_id=PERSON)
    of_unknown_job = to_outbox_uncaused(read(), source="voxbus/test", job_id=new_id(), person_id=PERSON)
    batch = [Received(s.envelope, s.body) for s in (outbox_message, of_unknown_job, outbox_message)]
    plan = ledger.record(*batch)
    ledger.record(*batch)
    assert [(row.stream_id, row.seq) for row in plan.rows] == [
        (outbox_message.envelope.id, 1),
        (of_unknown_job.envelope.id, 1),
    ]
    assert len(ledger.rows) == 3


def read() -> NotificationRead:
    return NotificationRead.model_validate(NotificationRead.examples()[0])


def test_a_type_or_version_nobody_knows_is_recorded() -> None:
    ledger = Ledger()
    strange = Envelope(
        id=new_id(), type="tomorrow", version=(9, 1), source="voxbus/next", time=NOW, job_id=ledger.job.id
    )
    newer = Envelope(
        id=new_id(), type=StepFailed.type, version=(2, 0), source="voxbus/next", time=NOW, job_id=ledger.job.id
    )
    ledger.record(Received(strange, b"\x00 not ours"), Received(newer, b"{}"))
    assert ledger.types()[1:] == ["tomorrow", "step.failed"]
    assert ledger.job.status == "running"


@given(st.data())
def test_any_order_batching_and_duplicates_give_the_same_stream(data: st.DataObject) -> None:
    ledger = Ledger()
    events = [ledger.event(m) for m in (StepStarted, AttemptAssessed, StepStarted, FeedbackGiven, NotificationRead)]
    if data.draw(st.booleans(), label="a step is dead, and succeeds after all"):
        events.append(failed(ledger, FEEDBACK))
    arriving = data.draw(st.permutations(events * 2))
    while arriving:
        size = data.draw(st.integers(1, len(arriving)))
        plan = ledger.record(*arriving[:size])
        arriving = arriving[size:]
        # it comes back as an event
        arriving += [Received(outbox_message.envelope, outbox_message.body) for outbox_message in plan.messages]
        assert plan.wakeups == [(ledger.job.id, ledger.job.last_seq)]
    rows = ledger.of(ledger.job.id)
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert {row.envelope.id for row in rows} >= {event.envelope.id for event in events}
    [terminal] = [row for row in rows if row.terminal]
    assert terminal.envelope.type in {JobSucceeded.type, JobFailed.type, JobCancelled.type}
    assert [row.late for row in rows] == [row.seq > terminal.seq for row in rows]
    recovered = [row for row in rows if row.envelope.type == JobRecovered.type]
    assert len(recovered) == (ledger.job.status == "failed")
    assert len(rows) == 1 + len(events) + 1 + len(recovered)
