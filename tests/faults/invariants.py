"""Checks what must hold after every fault, reading all schemas as the database's owner.

I1 every job answered with 2xx has one terminal state · I2 exactly one terminal event · I3 each guarded effect once ·
I4 outside calls once per key · I5 a job's sequence has no gap · I6 each client saw the terminal event once ·
I7 outbox empty, no lease left · I8 accepted - terminal - in flight = 0 · I9 nothing dead that was not meant to fail.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from chassis.message.envelope import derived_id
from content.twisters.progress import practised
from contracts.catalogue import ATTEMPT
from contracts.speech import SoundScore
from notify.notifications.notification import FEEDBACK_READY
from tests.faults.client import TERMINAL_TYPES, Observed, Seen
from voxbus.services import SERVICES

SCHEMAS = tuple(service.name for service in SERVICES)
#: who writes once for every succeeded attempt, and the table it writes to
WRITES = {
    "speech.assess_attempt": "speech.assessments",
    "feedback.give_feedback": "feedback.feedback",
    "content.project_progress": "content.folded_attempts",
    "notify.notify_ready": "notify.notifications",
}
Row = Mapping[str, Any]
_OPEN = frozenset({"accepted", "running"})


@dataclass(slots=True)
class Report:
    """Counts what became of the jobs of one fault, as Jepsen's test of RabbitMQ counts."""

    jobs: int = 0
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    #: jobs that were under way when the fault came, and ended as they should
    recovered: int = 0

    @property
    def clean(self) -> bool:
        """Tells whether every invariant holds."""
        return not (self.lost or self.duplicated or self.unexpected)


@dataclass(frozen=True, slots=True)
class Books:
    """Holds everything the checker reads from the database and the media store."""

    jobs: Mapping[UUID, Row]
    log: Mapping[UUID, Sequence[Row]]
    inbox: Sequence[Row]
    dead_letters: int
    unpublished: Sequence[str]
    unsettled: Sequence[str]
    #: rows by table and attempt
    written: Mapping[str, Counter[UUID]]
    #: attempts counted by (person, sound), in the progress and as they follow from the assessments that were folded
    folded: Counter[tuple[UUID, str]]
    assessed: Counter[tuple[UUID, str]]
    #: jobs whose recording is still there
    kept: frozenset[UUID]

    def attempts(self) -> list[UUID]:
        """Returns accepted attempts, whether or not their client has heard of it."""
        return [job for job, row in self.jobs.items() if row["kind"] == ATTEMPT.name]

    def unfinished(self, jobs: Mapping[UUID, str]) -> set[UUID]:
        """Returns jobs that have not yet reached the state that was promised."""
        return {
            job
            for job, ends in jobs.items()
            if job not in self.jobs
            or self.jobs[job]["status"] in _OPEN
            or (ends == "succeeded" and any(not rows[job] for rows in self.written.values()))
        }

    def under_way(self) -> set[UUID]:
        """Returns jobs of any kind that have to go on, whether or not their client has heard of them."""
        started = {job for job, row in self.jobs.items() if row["status"] in _OPEN}
        return started | self.unfinished(dict.fromkeys(self.attempts(), "succeeded"))

    def on_its_way(self, jobs: Mapping[UUID, str]) -> int:
        """Counts what is under way in the database, and the jobs that have not yet reached the promised state."""
        still_open = sum(job["status"] in _OPEN for job in self.jobs.values())
        claimed = sum(row["done_at"] is None for row in self.inbox)
        return still_open + claimed + len(self.unpublished) + len(self.unsettled) + len(self.unfinished(jobs))

    def worked(self) -> Counter[tuple[str, UUID]]:
        """Returns how often a consumer has done its work for a job."""
        return Counter((row["consumer"], row["job_id"]) for row in self.inbox if row["outcome"] == "ok")


async def read_books(database_url: str, media: Path) -> Books:
    """Reads all schemas in one snapshot."""
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await _read(connection, media)
    finally:
        await connection.close()


async def _read(connection: asyncpg.Connection[asyncpg.Record], media: Path) -> Books:
    async def each(columns: str, table: str, where: str = "true") -> list[Row]:
        parts = [f"SELECT '{s}' AS service, {columns} FROM {s}.{table} WHERE {where}" for s in SCHEMAS]
        return [dict(row) for row in await connection.fetch(" UNION ALL ".join(parts))]

    jobs = {row["id"]: dict(row) for row in await connection.fetch("SELECT * FROM gateway.jobs")}
    log: dict[UUID, list[Row]] = {}
    for row in await connection.fetch("SELECT stream_id, seq, type, terminal FROM gateway.log ORDER BY stream_id, seq"):
        log.setdefault(row["stream_id"], []).append(dict(row))
    unsettled = await each("ref AS what", "media_deletions", "deleted_at IS NULL")
    unsettled += await each("key || ' is ' || state AS what", "effects", "state NOT IN ('done', 'failed')")
    notifications = {derived_id(job, FEEDBACK_READY, "notify", 0): job for job in jobs}
    written = {
        table: Counter(row["id"] for row in await connection.fetch(f"SELECT attempt_id AS id FROM {table}"))
        for table in WRITES.values()
        if table != "notify.notifications"
    }
    told = await connection.fetch("SELECT id FROM notify.notifications")
    written["notify.notifications"] = Counter(notifications.get(row["id"], row["id"]) for row in told)
    progress = await connection.fetch("SELECT person_id, sound, attempts FROM content.twister_progress")
    return Books(
        jobs=jobs,
        log=log,
        inbox=await each("consumer, id, job_id, tries, fence, done_at, outcome", "inbox"),
        dead_letters=len(await each("id", "dead_letters")),
        unpublished=[f"{row['service']}: {row['key']}" for row in await each("key", "outbox")],
        unsettled=[f"{row['service']}: {row['what']}" for row in unsettled],
        written=written,
        folded=Counter({(row["person_id"], row["sound"]): row["attempts"] for row in progress}),
        assessed=await _practice(connection),
        kept=frozenset(UUID(path.name) for path in (media / "recordings").glob("*")),
    )


async def _practice(connection: asyncpg.Connection[asyncpg.Record]) -> Counter[tuple[UUID, str]]:
    """Counts what folded attempts practised. Of a job that has not succeeded an assessment may be left unfolded."""
    rows = await connection.fetch(
        "SELECT a.person_id, a.sounds, t.sounds AS targets FROM speech.assessments a"
        " JOIN content.folded_attempts f ON f.attempt_id = a.attempt_id"
        " JOIN gateway.log l ON l.stream_id = a.attempt_id AND l.seq = 1"
        " LEFT JOIN content.twisters t ON t.id = (convert_from(l.body, 'utf8')::jsonb->>'twister_id')::uuid"
    )
    count: Counter[tuple[UUID, str]] = Counter()
    for row in rows:
        sounds = [SoundScore.model_validate(sound) for sound in json.loads(row["sounds"])]
        count.update((row["person_id"], sound) for sound in practised(sounds, row["targets"] or ()))
    return count


def check(books: Books, observed: Observed, *, dead: Mapping[str, int], under_way: Collection[UUID] = ()) -> Report:
    """Holds the books against what clients were told.

    `dead` counts the messages that were meant to fail, by consumer; `under_way` are the jobs the fault came upon.
    """
    report, worked = Report(jobs=len(observed.jobs)), books.worked()
    for job, ends in observed.jobs.items():
        _check_end(report, books, job, ends)
        _check_work(report, books, worked, job, ends)
    for job in set(books.attempts()) - observed.jobs.keys():
        report.duplicated.append(f"I1 {job} was accepted, and no client knows of it")
    for stream, rows in books.log.items():
        _check_log(report, stream, [row["seq"] for row in rows], books.jobs.get(stream))
    for job, seen in observed.streams.items():
        _check_stream(report, job, seen, len(books.log.get(job, ())))
    _check_rest(report, books, dead)
    wrong = {job for job in under_way for line in report.lost + report.unexpected if str(job) in line}
    report.recovered = len(set(under_way) - wrong)
    return report


def so_far(books: Books, observed: Observed) -> Report:
    """Checks what must hold while work is under way: nothing twice, no gap, no accepted job lost.

    `observed` must have been told before the books were read.
    """
    report, worked = Report(jobs=len(observed.jobs)), books.worked()
    report.lost += [f"I1 {job} was accepted and is gone" for job in observed.jobs.keys() - books.jobs.keys()]
    for job in books.attempts():
        terminal = sum(entry["terminal"] for entry in books.log.get(job, ()))
        _once(report, f"I2 a terminal event of {job}", terminal, needed=0)
        _check_work(report, books, worked, job, ends="yet unknown")
    for stream, rows in books.log.items():
        _check_log(report, stream, [row["seq"] for row in rows], books.jobs.get(stream))
    for job, seen in observed.streams.items():
        _check_numbers(report, job, seen, len(books.log.get(job, ())))
        if any(event.type in TERMINAL_TYPES for event in seen[:-1]):
            report.unexpected.append(f"I6 a client of {job} saw more after its terminal event")
    for key in books.folded:
        if books.folded[key] > books.assessed[key]:
            report.duplicated.append(_miscounted(books, key))
    return report


def _check_end(report: Report, books: Books, job: UUID, ends: str) -> None:
    row = books.jobs.get(job)
    if row is None or row["status"] in _OPEN:  # with nothing in flight, this is I8 too
        report.lost.append(f"I1 I8 {job} was accepted and is {'gone' if row is None else row['status']}")
        return
    if row["status"] != ends:
        report.unexpected.append(f"I1 {job} has {row['status']}, it should have {ends}")
    terminal = [entry["type"] for entry in books.log.get(job, ()) if entry["terminal"]]
    _once(report, f"I2 a terminal event of {job}", len(terminal))
    if ends != "succeeded" and books.written["notify.notifications"][job]:
        report.unexpected.append(f"I3 {job} has {ends}, and its person was told that it is ready")
    if job in books.kept:
        report.unexpected.append(f"I4 the recording of {job} is still there")


def _check_work(report: Report, books: Books, worked: Counter[tuple[str, UUID]], job: UUID, ends: str) -> None:
    """Checks I3: a succeeded attempt has each effect once; any other attempt has it once, or not at all."""
    needed = 1 if ends == "succeeded" else 0
    for consumer, table in WRITES.items():
        _once(report, f"I3 {consumer} for {job}", worked[consumer, job], needed)
        _once(report, f"I3 {table} of {job}", books.written[table][job], needed)
    for step in ATTEMPT.steps:
        said = sum(entry["type"] == step.done.type for entry in books.log.get(job, ()))
        _once(report, f"I3 {step.done.type} of {job}", said, needed)


def _once(report: Report, what: str, count: int, needed: int = 1) -> None:
    if count > 1:
        report.duplicated.append(f"{what}: {count} times")
    elif count < needed:
        report.lost.append(f"{what}: never")


def _check_log(report: Report, stream: UUID, numbers: list[int], job: Row | None) -> None:
    if numbers != list(range(1, len(numbers) + 1)) or (job is not None and job["last_seq"] != len(numbers)):
        report.lost.append(f"I5 the log of {stream} has {numbers}, its last is {job and job['last_seq']}")


def _check_stream(report: Report, job: UUID, seen: Sequence[Seen], rows: int) -> None:
    _check_numbers(report, job, seen, rows)
    if [event.type in TERMINAL_TYPES for event in seen] != [False] * (len(seen) - 1) + [True]:
        report.lost.append(f"I6 a client of {job} saw no one terminal event at the end")


def _check_numbers(report: Report, job: UUID, seen: Sequence[Seen], rows: int) -> None:
    numbers = [event.seq for event in seen]
    if len(numbers) != len(set(numbers)):
        report.duplicated.append(f"I6 a client of {job} saw {numbers}")
    elif numbers != list(range(1, len(numbers) + 1)) or len(numbers) > rows:
        report.lost.append(f"I6 a client of {job} saw {numbers} of {rows}")


def _check_rest(report: Report, books: Books, dead: Mapping[str, int]) -> None:
    report.lost += [f"I7 not published: {what}" for what in books.unpublished]
    report.lost += [f"I7 {row['consumer']} {row['id']} is open" for row in books.inbox if row["done_at"] is None]
    report.unexpected += [f"I4 {what}" for what in books.unsettled]
    for key in books.folded.keys() | books.assessed.keys():
        if books.folded[key] != books.assessed[key]:
            kind = report.duplicated if books.folded[key] > books.assessed[key] else report.lost
            kind.append(_miscounted(books, key))
    found = Counter(row["consumer"] for row in books.inbox if row["outcome"] == "dead")
    if found != Counter(dead) or books.dead_letters:
        report.unexpected.append(f"I9 dead are {dict(found)}, meant were {dict(dead)}; {books.dead_letters} put away")


def _miscounted(books: Books, key: tuple[UUID, str]) -> str:
    return f"I3 progress of {key} counts {books.folded[key]} attempts of {books.assessed[key]}"


def table(reports: Iterable[tuple[str, Report]]) -> list[str]:
    """Returns the fault report as lines of text."""
    lines = [f"{'fault':<58}{'jobs':>6}{'lost':>6}{'duplicated':>12}{'unexpected':>12}{'recovered':>11}"]
    for name, r in reports:
        counts = f"{r.jobs:>6}{len(r.lost):>6}{len(r.duplicated):>12}{len(r.unexpected):>12}{r.recovered:>11}"
        lines.append(f"{name:<58}{counts}")
    return lines
