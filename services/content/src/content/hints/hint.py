"""Defines what asks for a hint, and a hint as its learner sees it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row

from chassis.web.proposal import JobAccepted
from chassis.web.validation import Input
from content.exercises.exercise import HINTS
from content.hints.ladder import PASSED

Kind = Literal["nudge", "pointed", "worked_example"]
SourceKind = Literal["authored", "local", "cloud"]
#: what a hint of each level does
KINDS: dict[int, Kind] = {1: "nudge", 2: "pointed", 3: "worked_example"}

_LESSON = "018f6a1e-0000-7000-8000-000000000031"


class HintBody(Input):
    """Asks for a hint; without a level for the next one. `answer`: what the learner has so far, as in an attempt."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"lesson_id": _LESSON, "exercise_id": "which-is-v4", "level": 1}]}
    )

    lesson_id: UUID
    exercise_id: Annotated[str, Field(min_length=1, max_length=100)]
    level: Annotated[int | None, Field(strict=True, ge=1, le=HINTS)] = None
    answer: dict[str, Any] | None = None


class HintSource(BaseModel):
    """Says who wrote a hint: the author of the lesson, or a model of a provider."""

    kind: SourceKind
    provider: str | None
    model: str | None


class LeakCheck(BaseModel):
    """Says that the text gives nothing away (`passed`), and how many texts were looked at until there was one."""

    passed: bool
    tries: int


class HintOut(BaseModel):
    """Shows a hint. `kind` is that of the text, which may stand in for one that tells the answer, and is then free.

    `cost_usd`: US dollars, as text.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "018f6a1e-0000-7000-8000-000000000041",
                    "lesson_id": _LESSON,
                    "exercise_id": "which-is-v4",
                    "level": 1,
                    "levels": HINTS,
                    "kind": "nudge",
                    "text": "Look at how large each part is.",
                    "source": {"kind": "authored", "provider": None, "model": None},
                    "leak_check": {"passed": True, "tries": 1},
                    "cost_usd": "0.000000",
                    "created_at": "2026-11-29T10:00:00Z",
                }
            ]
        }
    )

    id: UUID
    lesson_id: UUID
    exercise_id: str
    level: int
    levels: int = HINTS
    kind: Kind
    text: str
    source: HintSource
    leak_check: LeakCheck
    cost_usd: str
    created_at: datetime


class HintReference(BaseModel):
    """Refers to a hint, which is there once its job has succeeded."""

    id: UUID


class HintAccepted(JobAccepted):
    """Refers to the job that writes a hint, and to the hint; under a key that was used before to the job alone."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "job": {"id": "018f6a1e-0000-7000-8000-000000000041", "kind": "hint", "status": "accepted"},
                    "hint": {"id": "018f6a1e-0000-7000-8000-000000000041"},
                }
            ]
        }
    )

    hint: HintReference | None = None


def hint_shown(row: Row[Any]) -> HintOut:
    """Returns a stored hint as its learner sees it."""
    return HintOut(
        id=row.id,
        lesson_id=row.lesson_id,
        exercise_id=row.exercise_id,
        level=row.level,
        kind=KINDS[row.text_level or row.level],
        text=row.text,
        source=HintSource(kind=row.source, provider=row.provider, model=row.model),
        leak_check=LeakCheck(passed=row.verdicts[-1] == PASSED, tries=len(row.verdicts)),
        cost_usd=format(row.cost_usd, "f"),
        created_at=row.created_at,
    )
