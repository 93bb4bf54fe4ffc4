"""Defines what authors send and see: the file, its mistakes, and the exercises with their solutions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row

from chassis.web.validation import Input
from content.exercises.exercise import ExerciseType, exercise_of
from content.exercises.solution import solution_of
from content.lessons.article import ArticleKind
from content.lessons.findings import Finding
from content.lessons.parse import LESSON

Kind = Literal["lesson"] | ArticleKind
Status = Literal["draft", "published", "retired"]
#: characters of a file; its bytes are counted when it is read
Source = Annotated[
    str, Field(min_length=1, max_length=256 * 1024, description="The file: front matter and CommonMark.")
]

_SOURCE = "---\nkey: internet/ip-addresses\ntitle: Every device has an address\n---\nText.\n"


class NewContent(Input):
    """Holds a new entry."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "lesson", "source": _SOURCE}]})

    kind: Kind
    source: Source


class Written(Input):
    """Holds the file of an entry."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"source": _SOURCE}]})

    source: Source


class Publish(Input):
    """Says how the draft is published. `fix`: it corrects texts alone, and everybody is on it at once."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"fix": True}]})

    fix: Annotated[bool, Field(strict=True)] = False


class Revert(Input):
    """Names the revision whose file is the next draft."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"revision": 2}]})

    revision: Annotated[int, Field(strict=True, ge=1, le=2_000_000)]


class SolvedExercise(BaseModel):
    """Shows an exercise with the `answer` that scores 1."""

    id: str
    type: ExerciseType
    prompt: str
    solution: dict[str, Any]


class ContentItem(BaseModel):
    """Shows an entry in a list. `revision` is the newest, which is the draft."""

    model_config = ConfigDict(from_attributes=True)

    content_id: UUID
    kind: Kind
    key: str
    lesson_id: UUID | None
    title: str
    description: str
    topic: str | None
    status: Status
    revision: int
    published_revision: int | None
    updated_at: datetime
    updated_by: UUID | None


class ContentOut(ContentItem):
    """Shows an entry with its file. `problems` stop its publishing, `warnings` do not."""

    source: str
    problems: list[Finding]
    warnings: list[Finding]
    exercises: list[SolvedExercise]
    version: int

    @property
    def id(self) -> UUID:
        """Returns the id of the entry, which is also that of what is published of it."""
        return self.content_id


class RevisionOut(BaseModel):
    """Shows a revision. `fixed_by` is read in its place."""

    model_config = ConfigDict(from_attributes=True)

    revision: int
    made_at: datetime
    made_by: UUID | None
    published_at: datetime | None
    fixed_by: int | None


class RevisionsOut(BaseModel):
    """Lists the newest hundred revisions, the newest first."""

    items: list[RevisionOut]


class DiffOut(BaseModel):
    """Shows how one file differs from another, as a unified diff."""

    diff: str


def item_of(row: Row[Any]) -> ContentItem:
    """Returns an entry as a list shows it."""
    return ContentItem.model_validate(head_of(row))


def head_of(row: Row[Any]) -> dict[str, Any]:
    """Returns what a list and a page of an entry both show."""
    fields = {name: getattr(row, name) for name in ContentItem.model_fields if name not in ("content_id", "lesson_id")}
    return {**fields, "content_id": row.id, "lesson_id": row.id if row.kind == LESSON else None}


def solved(content: Any) -> list[SolvedExercise]:
    """Returns the exercises of a stored lesson that have a solution."""
    exercises = [exercise_of(each) for each in (content or {}).get("exercises", ())]
    return [
        SolvedExercise(id=each.id, type=each.type, prompt=each.prompt, solution=solution_of(each)) for each in exercises
    ]
