"""Models what the gateway promises about a job: a log that only grows, and one end that is never taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple
from uuid import UUID

from contracts.common import JobCancelled, JobFailed, JobRecovered, JobSucceeded
from contracts.feedback import FeedbackGiven
from contracts.gateway import AssessAttempt
from contracts.speech import AttemptAssessed

ENDINGS = {JobSucceeded.type: "succeeded", JobFailed.type: "failed", JobCancelled.type: "cancelled"}
PATH = {AttemptAssessed.type, FeedbackGiven.type}


class Event(NamedTuple):
    """Holds an event of a job; `fails`: it says that a step on the path is dead."""

    id: UUID
    type: str
    fails: bool = False


class Line(NamedTuple):
    """Holds one row of a job's log: its place is its seq."""

    type: str
    terminal: bool = False
    late: bool = False


class Seen(NamedTuple):
    """Holds one job in the database; `emitted` is what its outbox holds."""

    status: str
    finished: bool
    last_seq: int
    log: tuple[Line, ...]
    emitted: tuple[str, ...]


class Picture(NamedTuple):
    """Holds the whole database: jobs, keys by person, events without a job."""

    jobs: dict[UUID, Seen]
    keys: dict[tuple[UUID, str], tuple[UUID, str]]
    strays: frozenset[UUID]


@dataclass
class Job:
    """Holds one job. `read` is how far its one client has come."""

    person: UUID
    status: str = "accepted"
    log: tuple[Line, ...] = (Line(AssessAttempt.type),)
    ids: frozenset[UUID] = frozenset()
    emitted: tuple[str, ...] = (AssessAttempt.type,)
    overdue: bool = False
    read: int = 0

    @property
    def open(self) -> bool:
        """Tells whether the job has not ended."""
        return self.status in ("accepted", "running")

    @property
    def types(self) -> set[str]:
        """Returns the types of the events in the log."""
        return {proxy.type for proxy in self.log}

    def append(self, kind: str, *, terminal: bool = False) -> None:
        """Adds a row to the log; the row is late when it comes after the end."""
        self.log += (Line(kind, terminal, not self.open),)
        self.status = "running" if self.status == "accepted" else self.status

    def emit(self, kind: str) -> None:
        """Appends an event of the gateway itself and emits it; a terminal event ends the job."""
        self.append(kind, terminal=kind in ENDINGS)
        self.status = ENDINGS.get(kind, self.status)
        self.emitted += (kind,)

    def record(self, events: Sequence[Event]) -> None:
        """Records new events, then what follows from them: the end comes after all others of its transaction."""
        failed = False
        for event in events:
            if event.id not in self.ids:
                self.ids |= {event.id}
                self.append(event.type)
                failed = failed or event.fails
        if self.open and failed:
            self.emit(JobFailed.type)
        elif self.open and self.types >= PATH:
            self.emit(JobSucceeded.type)
        if self.status == "failed" and FeedbackGiven.type in self.types and JobRecovered.type not in self.types:
            self.emit(JobRecovered.type)

    def seen(self) -> Seen:
        """Returns the job as the database should show it."""
        return Seen(self.status, not self.open, len(self.log), self.log, tuple(sorted(self.emitted)))


@dataclass
class Gateway:
    """Holds all jobs; the idempotency keys that have not expired; events without a job; who was erased."""

    jobs: dict[UUID, Job] = field(default_factory=dict)
    keys: dict[tuple[UUID, str], tuple[UUID, str]] = field(default_factory=dict)
    strays: frozenset[UUID] = frozenset()
    gone: frozenset[UUID] = frozenset()
    beside: bool = False

    def copy(self) -> Gateway:
        return replace(self, jobs={id_: replace(job) for id_, job in self.jobs.items()}, keys=dict(self.keys))

    def picture(self) -> Picture:
        return Picture({id_: job.seen() for id_, job in self.jobs.items()}, self.keys, self.strays)

    def accepted(self, person: UUID, key: str | None, content: str, found: Found) -> None:
        """Models a key, which belongs to one job and one content until it expires.

        Nothing is accepted of who was erased.
        """
        known = self.keys.get((person, key)) if key is not None else None
        if person in self.gone:
            assert found == Found("erased"), "a job that nobody will end"
        elif known is None:
            assert found.kind == "accepted" and found.job is not None, "a new request is a new job"
            assert found.job not in self.jobs
            self.jobs[found.job] = Job(person)
            if key is not None:
                self.keys[person, key] = found.job, content
        elif known[1] != content:
            assert found == Found("conflict"), "the key stands for something else"
        else:
            assert found.kind == "replayed" and found.job == known[0], "the same request is the same job"
            assert found.status == self.jobs[known[0]].status or self.beside

    def recorded(self, batch: Sequence[tuple[UUID | None, Event]], emitted: Sequence[str]) -> None:
        """Records each job's events in the order of the batch; keeps events without a job by themselves."""
        before = [kind for job in self.jobs.values() for kind in job.emitted]
        for id_, job in self.jobs.items():
            if events := [event for of, event in batch if of == id_]:
                job.record(events)
        self.strays |= {event.id for of, event in batch if of not in self.jobs}
        after = [kind for job in self.jobs.values() for kind in job.emitted]
        for kind in before:
            after.remove(kind)
        assert sorted(after) == sorted(emitted), "not what follows is said"

    def cancelled(self, id_: UUID, person: UUID, outcome: str | None) -> None:
        """Cancels an open job for its owner; whoever ended the job first has won."""
        job = self.jobs[id_]
        if job.person != person:
            assert outcome is None
        elif job.open:
            assert outcome == "cancelled", "it was open"
            job.emit(JobCancelled.type)
        else:
            assert outcome == ("already" if job.status == "cancelled" else "conflict"), "it had ended"

    def ended_overdue(self, count: int, found: dict[UUID, Seen]) -> None:
        """Fails open jobs whose deadline has passed; leaves a locked one to the next look."""
        over = {id_: job for id_, job in self.jobs.items() if job.open and job.overdue}
        ended = [job for id_, job in over.items() if not self.beside or found[id_].status == "failed"]
        assert count == len(ended)
        for job in ended:
            job.emit(JobFailed.type)

    def erased(self, person: UUID) -> None:
        """Cancels the person's open jobs and forgets their idempotency keys; the log stays."""
        for job in self.jobs.values():
            if job.person == person and job.open:
                job.emit(JobCancelled.type)
        self.keys = {key: known for key, known in self.keys.items() if key[0] != person}
        self.gone |= {person}

    def streamed(self, id_: UUID, cursor: int, rows: Sequence[tuple[int, str]]) -> None:
        """Checks that a client sees each row once, in order, and nothing after the end."""
        job = self.jobs[id_]
        lines = [(seq, proxy.type) for seq, proxy in enumerate(job.log, 1) if not proxy.late]
        assert list(rows) == lines[cursor:], "a gap, a duplicate, or news after the end"
        job.read = len(lines)

    def expired(self, key: str) -> None:
        """Forgets a key: the same key is a new request from here on."""
        self.keys = {known: job for known, job in self.keys.items() if known[1] != key}

    def timed_out(self, id_: UUID) -> None:
        """Notes that the deadline of a job has passed."""
        self.jobs[id_].overdue = True


class Found(NamedTuple):
    """Names the answer to a request."""

    kind: Literal["accepted", "replayed", "conflict", "erased"]
    job: UUID | None = None
    status: str = "accepted"
