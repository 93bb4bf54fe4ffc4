"""Composes an attempt, as its owner sees it, from the accepted command and what the services have published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, RootModel
from sqlalchemy import Row

from chassis.web.proposal import JobAccepted, JobStatus
from contracts.gateway import AssessAttempt
from contracts.speech import EngineUsed, Refusal, Scores, Word
from gateway.edge.schemas import JOB_ID, TWISTER_ID, Findings, JobOut, TipOut, example
from gateway.jobs.reading import JobHead

#: characters of a text of one's own
LONGEST_TEXT = 300


class AttemptStatus(StrEnum):
    """Says where an attempt stands."""

    PENDING = "pending"
    ASSESSED = "assessed"
    NOT_HEARD = "not_heard"
    FAILED = "failed"
    CANCELLED = "cancelled"


#: the form of a new attempt, which `upload` reads
NEW_ATTEMPT: dict[str, Any] = {
    "title": "NewAttempt",
    "description": "Carries a recording, and either `twister_id` or `text`.",
    "type": "object",
    "required": ["recording"],
    "properties": {
        "recording": {
            "type": "string",
            "contentMediaType": "application/octet-stream",
            "description": "webm/opus, ogg, m4a/aac, mp3, wav, flac, aiff, caf or amr; at most 10 MB and 30 seconds.",
        },
        "twister_id": {"type": "string", "format": "uuid", "description": "Either this or `text`."},
        "text": {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT},
        "language": {"type": "string", "enum": ["en"], "default": "en"},
    },
    "examples": [{"recording": "(a file)", "text": "Red lorry, yellow lorry", "language": "en"}],
}


class FeedbackOut(BaseModel):
    """Carries feedback. `source` names the provider; `next_twister_id` is null until progress is folded."""

    summary: str
    tips: list[TipOut]
    next_twister_id: UUID | None
    source: str


class RecordingOut(BaseModel):
    """Describes a recording. `kept`: it is kept after use, as was agreed to. `deleted_at` proves the deletion."""

    kept: bool
    deleted_at: datetime | None


class AttemptOut(BaseModel):
    """Shows an attempt: scores 0–100; word times in seconds from the start of the recording; confidence 0–1.

    `findings` is there when something was found about the reading as a whole: `reading.other_text` says that another
    text was read, so verdicts and scores say nothing. `reading.sound_repeated`, `reading.sound_held` and
    `reading.sound_blocked` say that a sound was stuttered, which lowers no score; the word's own `findings` tell
    where. Ignore findings that you do not know.
    """

    model_config = example(
        {
            "id": JOB_ID,
            "twister_id": TWISTER_ID,
            "text": "Red lorry",
            "language": "en",
            "status": "assessed",
            "transcript": "red lorry",
            "scores": {"overall": 91.0, "accuracy": 90.5, "fluency": 88.0, "completeness": 100.0},
            "words": [
                {
                    "word": "Red",
                    "verdict": "correct",
                    "heard": "red",
                    "start": 0.31,
                    "end": 0.62,
                    "score": 93.0,
                    "confidence": 0.9,
                    "phones": [],
                }
            ],
            "refusal": None,
            "feedback": {
                "summary": "You said “red” clearly.",
                "tips": [{"sound": "R", "tip": "Curl your tongue back a little."}],
                "next_twister_id": TWISTER_ID,
                "source": "coach/1",
            },
            "engine": {"name": "moonshine", "version": "0.1.0", "scorer": "1"},
            "recording": {"kept": False, "deleted_at": "2026-11-20T10:00:04Z"},
            "created_at": "2026-11-20T10:00:00Z",
        }
    )

    id: UUID
    twister_id: UUID | None
    text: str
    language: str
    status: AttemptStatus
    transcript: str | None
    scores: Scores | None
    words: list[Word]
    refusal: Refusal | None
    findings: Findings = ()
    feedback: FeedbackOut | None
    engine: EngineUsed | None
    recording: RecordingOut
    created_at: datetime


class AttemptReference(BaseModel):
    """Refers to an attempt, whose id is its job's id."""

    id: UUID


class FinishedAttempt(AttemptOut):
    """Shows an attempt whose job has succeeded."""

    status: Literal[AttemptStatus.ASSESSED, AttemptStatus.NOT_HEARD]


class FailedJob(JobOut):
    """Shows a job that has failed or was cancelled."""

    model_config = example(
        {
            "id": JOB_ID,
            "kind": "attempt",
            "status": "failed",
            "tries": 1,
            "result": None,
            "problem": {
                "type": "/problems/recording-too-long",
                "title": "The recording is too long",
                "status": 422,
                "detail": "At most 30 seconds can be assessed.",
            },
            "created_at": "2026-11-20T10:00:00Z",
            "finished_at": "2026-11-20T10:00:03Z",
            "timeline": [{"seq": 1, "type": "attempt.accepted", "time": "2026-11-20T10:00:00Z"}],
        }
    )

    status: Literal[JobStatus.FAILED, JobStatus.CANCELLED]


class AttemptOutcome(RootModel[Annotated[FinishedAttempt | FailedJob, Field(discriminator="status")]]):
    """Shows the outcome of an attempt that ended while the client waited."""


class AttemptAccepted(JobAccepted):
    """Refers to an accepted attempt: follow its job at `/jobs/{id}/events`, or read `/attempts/{id}` at once."""

    model_config = example({"job": {"id": JOB_ID, "kind": "attempt", "status": "accepted"}, "attempt": {"id": JOB_ID}})

    attempt: AttemptReference


@dataclass(frozen=True, slots=True)
class Published:
    """Holds the rows that the services have published about one attempt so far: one of each view, or None."""

    assessment: Row[Any] | None = None
    feedback: Row[Any] | None = None
    following: Row[Any] | None = None
    media: Row[Any] | None = None
    #: whether the recording is kept after use
    kept: bool = False


def compose(job: JobHead, command: AssessAttempt, published: Published) -> AttemptOut:
    """Composes an attempt from the parts that exist so far. A cancelled attempt shows no feedback."""
    assessment = published.assessment
    return AttemptOut(
        id=job.id,
        twister_id=command.twister_id,
        text=command.text,
        language=command.language,
        status=_status(job, assessment),
        transcript=None if assessment is None else assessment.transcript,
        scores=None if assessment is None else assessment.scores,
        words=[] if assessment is None else assessment.words or [],
        refusal=None if assessment is None else assessment.refusal,
        findings=() if assessment is None else assessment.findings,
        feedback=None if job.status == "cancelled" else _feedback(published),
        engine=None if assessment is None else assessment.engine,
        recording=_recording(published),
        created_at=job.created_at,
    )


def _recording(published: Published) -> RecordingOut:
    deleted_at = None if published.kept or published.media is None else published.media.deleted_at
    return RecordingOut(kept=published.kept, deleted_at=deleted_at)


def _status(job: JobHead, assessment: Row[Any] | None) -> AttemptStatus:
    if job.status == "failed":
        return AttemptStatus.FAILED
    if job.status == "cancelled":
        return AttemptStatus.CANCELLED
    if assessment is None:
        return AttemptStatus.PENDING
    return AttemptStatus.ASSESSED if assessment.refusal is None else AttemptStatus.NOT_HEARD


def _feedback(published: Published) -> FeedbackOut | None:
    given = published.feedback
    if given is None:
        return None
    following = published.following
    tips: list[Mapping[str, Any]] = given.tips or []
    return FeedbackOut(
        summary=given.summary,
        tips=[TipOut.model_validate(tip) for tip in tips],
        next_twister_id=None if following is None else following.twister_id,
        source=given.source,
    )
