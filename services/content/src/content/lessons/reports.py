"""Defines what learners say about lessons, and keeps it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row

from chassis.handler import Rows
from chassis.storage.tables import NEXT_VERSION, NOW
from chassis.web.fields import Lines
from chassis.web.problems import invalid
from chassis.web.validation import Input
from content.lessons.lesson import SLUG
from content.lessons.tables import lessons, reports, revisions

ReportKind = Literal["mistake", "unclear", "idea", "praise", "bug"]
ReportStatus = Literal["open", "in_progress", "resolved", "rejected"]
#: statuses by which a report is decided
DECIDED = ("resolved", "rejected")
#: kinds of report that help others, once they are resolved
HELPFUL = ("mistake", "unclear", "idea", "bug")
_LESSON = "018f6a1e-0000-7000-8000-000000000011"


class NewReport(Input):
    """Carries what somebody says, of the product, a lesson, or one exercise of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"lesson_id": _LESSON, "kind": "mistake", "text": "The second picture shows another cable."}]
        }
    )

    lesson_id: UUID | None = None
    exercise_id: Annotated[str | None, Field(pattern=rf"^{SLUG}$", max_length=60)] = None
    kind: ReportKind
    text: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S"), Lines]


class ReportOut(BaseModel):
    """Shows a report and its answer. Who wrote it is not told to who answers it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    lesson_id: UUID | None
    exercise_id: str | None
    kind: ReportKind
    text: str
    status: ReportStatus
    reply: str | None
    replied_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class Decision(Input):
    """Carries what becomes of a report, and perhaps an answer to who wrote it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "resolved", "reply": "Thank you: it is."}]})

    status: ReportStatus
    reply: Annotated[str | None, Field(min_length=1, max_length=2000, pattern=r"\S"), Lines] = None


def one(report_id: UUID) -> sa.Select[Any]:
    """Selects one report."""
    return sa.select(reports).where(reports.c.id == report_id)


async def add(rows: Rows, report_id: UUID, person: UUID, report: NewReport) -> Row[Any]:
    """Adds a report. Raises 422 for a lesson or an exercise that does not exist."""
    await _check(rows, report)
    values = {"id": report_id, "person_id": person, "status": "open", **report.model_dump()}
    return (await rows.execute(sa.insert(reports).values(values).returning(reports))).one()


async def decide(rows: Rows, report: Row[Any], changes: dict[str, Any], by: UUID) -> Row[Any]:
    """Changes status and answer of a report."""
    replied = {"replied_at": NOW, "replied_by": by} if changes.get("reply") is not None else {}
    changed = sa.update(reports).where(reports.c.id == report.id).values({**changes, **replied, **NEXT_VERSION})
    return (await rows.execute(changed.returning(reports))).one()


async def _check(rows: Rows, report: NewReport) -> None:
    if report.lesson_id is None:
        if report.exercise_id is not None:
            raise invalid(("lesson_id", "is required beside exercise_id"))
        return
    known = await rows.execute(sa.select(lessons.c.id).where(lessons.c.id == report.lesson_id))
    if known.first() is None:
        raise invalid(("lesson_id", "there is no such lesson"))
    if report.exercise_id is None:
        return
    has_it = revisions.c.content["exercises"].contains([{"id": report.exercise_id}])
    ever = sa.select(revisions.c.revision).where(
        revisions.c.entry_id == report.lesson_id, revisions.c.published_at.is_not(None), has_it
    )
    if (await rows.execute(ever.limit(1))).first() is None:
        raise invalid(("exercise_id", "there is no such exercise in this lesson"))
