"""Plans a recording: which rows a batch of events adds to the log, and the new states of jobs. Pure.

The caller holds the locks of the jobs' rows and has read their streams in the log. The recorder reads only envelopes,
so that an unknown type is recorded like any other; the only body it opens is that of `StepFailed`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from chassis.delivery.inbox import Received
from chassis.delivery.outbox import OutboxMessage, to_outbox
from chassis.delivery.settlement import REVOKED
from chassis.errors import Permanent, UnknownVersion
from chassis.message.codec import decode
from chassis.message.envelope import Envelope
from contracts.base import Event, JobKind, Json, Problem
from contracts.catalogue import JOB_KINDS
from contracts.common import JobCancelled, JobFailed, JobLate, JobRecovered, JobSucceeded, StepFailed

SOURCE = "voxbus/gateway"
#: the handler and fence from which ids of terminal messages are derived, so that a job has one of each type
_HANDLER = "record"
_OPEN = frozenset({"accepted", "running"})


@dataclass(frozen=True, slots=True)
class LockedJob:
    """Holds a job's row, locked by the transaction. `now` is the database's clock."""

    id: UUID
    kind: str
    person_id: UUID
    status: str
    last_seq: int
    now: datetime


@dataclass(frozen=True, slots=True)
class StreamContent:
    """Holds the content of one stream: types by event id, and the envelope of its first row, the job's command."""

    types: Mapping[UUID, str] = field(default_factory=dict)
    first: Envelope | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """Holds one row to insert. `late`: it came after the terminal row and is not sent on the job's stream."""

    stream_id: UUID
    seq: int
    envelope: Envelope
    body: bytes
    terminal: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True)
class Update:
    """Holds the new state of a job's row."""

    job_id: UUID
    status: str
    last_seq: int
    finished: bool


@dataclass(frozen=True, slots=True)
class Begun:
    """Says that the first step of a job has begun, and when."""

    job_id: UUID
    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """Says that a job has ended, and how."""

    job_id: UUID
    kind: str
    status: str


@dataclass(slots=True)
class Plan:
    """Holds everything that one transaction writes and then publishes.

    `wakeups` names every job of the batch with its last seq, also if all its events were there before.
    """

    rows: list[Row] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)
    messages: list[OutboxMessage] = field(default_factory=list)
    wakeups: list[tuple[UUID, int]] = field(default_factory=list)
    begun: list[Begun] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)

    def add(self, other: Plan) -> None:
        """Takes everything of another plan."""
        self.rows += other.rows
        self.updates += other.updates
        self.messages += other.messages
        self.wakeups += other.wakeups
        self.begun += other.begun
        self.ended += other.ended


def stream_of(envelope: Envelope) -> UUID:
    """Returns the stream of an event: that of its job, or one of its own."""
    return envelope.job_id or envelope.id


def version(envelope: Envelope) -> str:
    """Returns a message's version as the log holds it."""
    return f"{envelope.version[0]}.{envelope.version[1]}"


def plan_recording(
    jobs: Mapping[UUID, LockedJob], contents: Mapping[UUID, StreamContent], batch: Sequence[Received]
) -> Plan:
    """Numbers the events of a batch, in any order and with duplicates, and decides whether their jobs have ended.

    An event whose job has no row is kept as one without a job.
    """
    plan = Plan()
    streams = {job_id: _Stream(job, contents.get(job_id, StreamContent())) for job_id, job in jobs.items()}
    without_job: set[UUID] = set()
    for received in batch:
        envelope = received.envelope
        stream = streams.get(stream_of(envelope))
        if stream is not None:
            stream.append(received)
        elif envelope.id not in contents and envelope.id not in without_job:
            without_job.add(envelope.id)
            plan.rows.append(Row(envelope.id, 1, envelope, received.body))
    for stream in streams.values():
        stream.judge()
        stream.add_to(plan)
    return plan


def plan_cancel(job: LockedJob, content: StreamContent, problem: Problem | None = None) -> Plan:
    """Ends an open job for its owner, or for what the problem says."""
    return _plan_end(job, content, "cancelled", JobCancelled(**_ended(job), problem=problem))


def plan_overdue(job: LockedJob, content: StreamContent, problem: Problem) -> Plan:
    """Ends an open job whose deadline has passed."""
    return _plan_end(job, content, "failed", JobFailed(**_ended(job), problem=problem))


def plan_late(job: LockedJob, content: StreamContent, shown: Json) -> Plan:
    """Says of an open job that it takes longer than it should."""
    plan = Plan()
    stream = _Stream(job, content)
    stream.say(JobLate(job_id=job.id, person_id=job.person_id, kind=job.kind, shown=shown))
    stream.add_to(plan)
    return plan


def _plan_end(job: LockedJob, content: StreamContent, status: str, message: Event) -> Plan:
    plan = Plan()
    stream = _Stream(job, content)
    stream.end(status, message)
    stream.add_to(plan)
    return plan


class _Stream:
    """Holds one job's stream while rows are appended to it."""

    def __init__(self, job: LockedJob, content: StreamContent) -> None:
        self._job = job
        self._kind = JOB_KINDS.get(job.kind)
        self._first = content.first
        self._ids = set(content.types)
        self._types = set(content.types.values())
        self._status = job.status
        self._seq = job.last_seq
        self._began_at: datetime | None = None
        self._failure: tuple[StepFailed, int] | None = None
        self._rows: list[Row] = []
        self._messages: list[OutboxMessage] = []

    def append(self, received: Received, *, terminal: bool = False) -> None:
        """Numbers an event, unless the log has it."""
        envelope = received.envelope
        if envelope.id in self._ids:
            return
        self._ids.add(envelope.id)
        self._types.add(envelope.type)
        self._seq += 1
        late = self._status not in _OPEN
        self._rows.append(Row(self._job.id, self._seq, envelope, received.body, terminal, late))
        if self._status == "accepted":
            self._status = "running"
            self._began_at = None if terminal else envelope.time
        if envelope.type == StepFailed.type and self._failure is None:
            self._failure = self._failure_on_path(received)

    def judge(self) -> None:
        """Appends what follows from the whole content of the log, so that a terminal row comes after the others."""
        if self._kind is None:
            return
        if self._status in _OPEN:
            if self._failure is not None:
                failed, retry = self._failure
                if failed.problem.type == REVOKED.type:  # accepted while the consent was being taken back
                    self.end("cancelled", JobCancelled(**_ended(self._job), problem=failed.problem), retry=retry)
                    return
                message = JobFailed(**_ended(self._job), problem=failed.problem, retry=retry)
                self.end("failed", message, retry=retry)
            elif self._types >= self._awaited(self._kind):
                result = {self._kind.result: str(self._job.id)} if self._kind.result else {}
                self.end("succeeded", JobSucceeded(**_ended(self._job), result=result))
        if (
            self._status == "failed"
            and self._kind.completed_by.type in self._types
            and JobRecovered.type not in self._types
        ):
            self._emit(JobRecovered(job_id=self._job.id))

    def _awaited(self, kind: JobKind) -> set[str]:
        """Names the events with which a job has succeeded: of one that was late the ending event alone."""
        ending = {kind.completed_by.type}
        return ending if JobLate.type in self._types else ending | {step.done.type for step in kind.steps}

    def say(self, message: Event) -> None:
        """Appends a row that ends nothing."""
        self._emit(message)

    def end(self, status: str, message: Event, *, retry: int = 0) -> None:
        """Appends the terminal row of an open job."""
        self._emit(message, terminal=True, retry=retry)
        self._status = status

    def add_to(self, plan: Plan) -> None:
        """Adds the appended rows to the plan."""
        plan.wakeups.append((self._job.id, self._seq))
        if not self._rows:
            return
        finished = self._status not in _OPEN and self._job.status in _OPEN
        plan.rows += self._rows
        plan.messages += self._messages
        plan.updates.append(Update(self._job.id, self._status, self._seq, finished))
        if self._began_at is not None:
            plan.begun.append(Begun(self._job.id, self._job.kind, self._began_at))
        if finished:
            plan.ended.append(Ended(self._job.id, self._job.kind, self._status))

    def _emit(self, message: Event, *, terminal: bool = False, retry: int = 0) -> None:
        first = self._first or _stand_in(self._job)
        cause = replace(first, retry=retry)
        outbox_message = to_outbox(message, source=SOURCE, cause=cause, handler=_HANDLER, fence=0)
        self._messages.append(outbox_message)
        self.append(Received(outbox_message.envelope, outbox_message.body), terminal=terminal)

    def _failure_on_path(self, received: Received) -> tuple[StepFailed, int] | None:
        """Returns a failed step on the job's path; an undecodable one is recorded, and the job ends at its deadline."""
        if self._kind is None:
            return None
        try:
            failed = decode(StepFailed, received.envelope, received.body)
        except (Permanent, UnknownVersion):
            return None
        on_path = failed.step in {step.handler for step in self._kind.steps}
        return (failed, received.envelope.retry) if on_path else None


def _ended(job: LockedJob) -> dict[str, object]:
    return {"job_id": job.id, "person_id": job.person_id, "kind": job.kind, "finished_at": job.now}


def _stand_in(job: LockedJob) -> Envelope:
    """Makes an envelope for a log that has lost its first row, so that its job can end all the same."""
    return Envelope(
        id=job.id, type="unknown", version=(0, 0), source=SOURCE, time=job.now, job_id=job.id, person_id=job.person_id
    )
