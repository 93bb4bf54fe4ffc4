"""Defines the bodies that several resources share, as clients see them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from chassis.web.proposal import JobReference
from contracts.base import Problem
from contracts.speech import Finding
from gateway.jobs.reading import JobHead, JobView

JOB_ID = "018f6a1e-0000-7000-8000-000000000001"
TWISTER_ID = "018f6a1e-0000-7000-8000-000000000004"


def example(value: dict[str, Any]) -> ConfigDict:
    """Configures a model so that the documentation shows one example."""
    return ConfigDict(json_schema_extra={"examples": [value]})


class TimelineOut(BaseModel):
    """Describes one event of a job's stream."""

    seq: int
    type: str
    time: datetime


class JobSummary(JobReference):
    """Describes a job in a list."""

    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, head: JobHead) -> JobSummary:
        """Shapes a job as the client sees it."""
        return cls.model_validate(head, from_attributes=True)


class JobProblem(Problem):
    """Tells why a job has failed, as RFC 9457 does."""

    type: str = Field(json_schema_extra={"x-enum": "ProblemType"})


class JobOut(JobReference):
    """Describes a job: `tries` of the latest step; `result` if it has succeeded, `problem` if it has failed."""

    model_config = example(
        {
            "id": JOB_ID,
            "kind": "attempt",
            "status": "succeeded",
            "tries": 1,
            "result": {"attempt_id": JOB_ID},
            "problem": None,
            "created_at": "2026-11-20T10:00:00Z",
            "finished_at": "2026-11-20T10:00:03Z",
            "timeline": [
                {"seq": 1, "type": "attempt.accepted", "time": "2026-11-20T10:00:00Z"},
                {"seq": 2, "type": "step.started", "time": "2026-11-20T10:00:00.2Z"},
            ],
        }
    )

    tries: int
    result: dict[str, Any] | None
    problem: JobProblem | None
    created_at: datetime
    finished_at: datetime | None
    timeline: list[TimelineOut]

    @classmethod
    def of(cls, view: JobView) -> JobOut:
        """Shapes a job as the client sees it."""
        return cls.model_validate(view, from_attributes=True)


#: findings about a reading, shown only where there are any
Findings = Annotated[tuple[Finding, ...], Field(exclude_if=lambda findings: not findings)]


class TipOut(BaseModel):
    """Suggests one thing to try, about a sound or a word, or about neither."""

    sound: str | None = None
    word: str | None = None
    tip: str

    @model_serializer(mode="wrap")
    def _only_what_it_is_about(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in handler(self).items() if value is not None}
