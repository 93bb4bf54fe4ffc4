"""Defines the messages that all services have, because the chassis sends or handles them in each."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.base import PERSONAL, Event, Json, MediaKey, Message, Problem

_JOB = "018f6a1e-0000-7000-8000-000000000001"
_ERASURE = "018f6a1e-0000-7000-8000-000000000009"


class StepStarted(Event):
    """A slow handler has claimed its message; `tries` counts from 1."""

    type = "step.started"
    public_fields = ("step", "tries")
    model_config = ConfigDict(json_schema_extra={"examples": [{"step": "speech.assess_attempt", "tries": 1}]})

    step: str
    tries: int = Field(ge=1)


class StepFailed(Event):
    """A handler has given up its message; the inbox row is dead and keeps the message."""

    type = "step.failed"
    public_fields = ("step", "problem")
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "step": "speech.assess_attempt",
                    "tries": 5,
                    "problem": {"type": "/problems/recording-undecodable", "title": "Not a recording", "status": 422},
                }
            ]
        }
    )

    step: str
    tries: int = Field(ge=0)
    problem: Problem


class _JobEnded(Event):
    job_id: UUID
    person_id: UUID | None = None
    kind: str
    finished_at: datetime


class JobSucceeded(_JobEnded):
    """A job has succeeded: every step on its path has its event in the log. Appended once, by the recorder."""

    type = "job.succeeded"
    public_fields = ("result",)
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "job_id": _JOB,
                    "kind": "attempt",
                    "finished_at": "2026-11-20T10:00:00Z",
                    "result": {"attempt_id": _JOB},
                }
            ]
        }
    )

    result: dict[str, str]


class JobFailed(_JobEnded):
    """A job has failed: a step on its path is dead, or the deadline has passed. `retry` is the retry's number."""

    type = "job.failed"
    public_fields = ("problem",)
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "job_id": _JOB,
                    "kind": "attempt",
                    "finished_at": "2026-11-20T10:00:00Z",
                    "retry": 0,
                    "problem": {"type": "/problems/deadline-passed", "title": "Too late", "status": 504},
                }
            ]
        }
    )

    problem: Problem
    retry: int = Field(default=0, ge=0)


class JobCancelled(_JobEnded):
    """A job was cancelled by its owner; or for what `problem` says, as when a consent was revoked."""

    type = "job.cancelled"
    version = (1, 1)
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"job_id": _JOB, "kind": "attempt", "finished_at": "2026-11-20T10:00:00Z", "retry": 0}]
        }
    )

    retry: int = Field(default=0, ge=0)
    problem: Problem | None = None


class JobLate(Event):
    """A job takes longer than its kind should. `shown` is what its command shows on the job's stream."""

    type = "job.late"
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "job_id": _JOB,
                    "kind": "hint",
                    "shown": {
                        "lesson_id": "018f6a1e-0000-7000-8000-000000000008",
                        "exercise_id": "which-is-v4",
                        "level": 1,
                    },
                }
            ]
        }
    )

    job_id: UUID
    person_id: UUID | None = None
    kind: str
    shown: Json


class JobRecovered(Event):
    """The ending event of a failed job came later, after an operator's retry. The job's status does not change."""

    type = "job.recovered"
    model_config = ConfigDict(json_schema_extra={"examples": [{"job_id": _JOB}]})

    job_id: UUID


class PersonErased(Event):
    """A person was erased: their key is destroyed, and every service deletes the rows that are about them.

    A service that has done so confirms it under `erasure_id`, which a gateway before 1.1 does not say.
    """

    type = "person.erased"
    version = (1, 1)
    model_config = ConfigDict(json_schema_extra={"examples": [{"person_id": _JOB, "erasure_id": _ERASURE}]})

    person_id: UUID
    erasure_id: UUID | None = None


class OutsideRecipient(BaseModel):
    """Says what became of a person's data with a recipient outside. `detail` is for people, and names nobody.

    `done`: deleted or ended there; `not_kept`: nothing is kept there; `asked`: only the person or time can say;
    `not_possible`: it cannot be taken back.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    recipient: str
    state: Literal["done", "not_kept", "asked", "not_possible"]
    detail: str


class PersonErasureConfirmed(Event):
    """A service has deleted what it had about an erased person: `rows` of its tables, and `media`.

    `outside` are the recipients that it had given something to. The person is nobody any more, so no field names them.
    """

    type = "person.erasure_confirmed"
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "erasure_id": _ERASURE,
                    "service": "notify",
                    "rows": 12,
                    "media": 0,
                    "outside": [{"recipient": "webhook", "state": "done", "detail": "1 webhook was deleted."}],
                }
            ]
        }
    )

    erasure_id: UUID
    service: str
    rows: int = Field(ge=0)
    media: int = Field(ge=0)
    outside: tuple[OutsideRecipient, ...] = ()


class PersonActive(Event):
    """A person was active on a day (UTC) on which nobody had said so yet, or counts as a child from now on, or no more.

    A service counts from the end of the newest day for how long it keeps what is theirs, and asks nobody. What is said
    `at` a later moment holds.
    """

    type = "person.active"
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"person_id": _JOB, "day": "2026-11-20", "child": False, "at": "2026-11-20T10:00:00Z"}]
        }
    )

    person_id: UUID
    day: date
    child: Annotated[bool, PERSONAL]
    at: datetime


class RetentionExecuted(Event):
    """A service has deleted `items` of a class of data because their time was over; the oldest was from `oldest_at`."""

    type = "retention.executed"
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "receipt_id": _JOB,
                    "service": "notify",
                    "kind": "notification",
                    "items": 120,
                    "oldest_at": "2026-08-22T10:00:00Z",
                    "done_at": "2026-11-20T10:00:00Z",
                }
            ]
        }
    )

    receipt_id: UUID
    service: str
    kind: str
    items: int = Field(ge=0)
    oldest_at: datetime | None = None
    done_at: datetime


class ExportBegun(Event):
    """A copy of everything about a person was asked for: each service writes the part of its own tables.

    `person_id` is whom it is about; the envelope names who has asked, who may be that person's guardian.
    """

    type = "export.begun"
    model_config = ConfigDict(json_schema_extra={"examples": [{"export_id": _JOB, "person_id": _JOB}]})

    export_id: UUID
    person_id: UUID


class ExportPartWritten(Event):
    """A service has written its part of an export: so many bytes, encrypted, at a place in the media store."""

    type = "export.part_written"
    public_fields = ("service",)
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"export_id": _JOB, "service": "speech", "place": f"exports/{_JOB}/speech/{_ERASURE}", "size": 20480}
            ]
        }
    )

    export_id: UUID
    service: str
    place: MediaKey
    size: int = Field(ge=0)


CHASSIS_MESSAGES: tuple[type[Message], ...] = (
    StepStarted,
    StepFailed,
    JobSucceeded,
    JobFailed,
    JobLate,
    JobCancelled,
    JobRecovered,
    PersonErased,
    PersonErasureConfirmed,
    PersonActive,
    RetentionExecuted,
    ExportBegun,
    ExportPartWritten,
)
