"""Writes what learners did as xAPI statements (Experience API 1.0.3), as the copy of everything about a person does.

The actor is an account with the person's id: no name and no address. The id of a statement follows from what it is of,
so a learning record store that knows it already is told nothing new.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row

from chassis.storage.tables import among
from content.exercises.lessons import PASSES
from content.progress.store import own_id
from content.progress.tables import learning_events, lesson_progress

VERSION = "1.0.3"
_VERBS = "http://adlnet.gov/expapi/verbs/"
_ACTIVITIES = "http://adlnet.gov/expapi/activities/"
#: the verb of each type of event
VERB_OF = {"attempt": "answered", "review": "answered", "opened": "experienced"}
_REVIEW = "urn:voxbus:review"


class StatementOut(BaseModel):
    """Shows an xAPI statement. Verbs: `answered`, `experienced`, `completed`, `passed`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0f4a8a52-5d0e-5f0e-9d5e-6b1f3f0c2a11",
                    "actor": {
                        "objectType": "Agent",
                        "account": {"homePage": "urn:voxbus:people", "name": "018f6a1e-0000-7000-8000-000000000002"},
                    },
                    "verb": {"id": f"{_VERBS}completed", "display": {"en": "completed"}},
                    "object": {
                        "objectType": "Activity",
                        "id": "urn:uuid:018f6a1e-0000-7000-8000-000000000031",
                        "definition": {"type": f"{_ACTIVITIES}lesson"},
                    },
                    "result": {"completion": True},
                    "timestamp": "2026-11-29T19:00:00Z",
                    "version": VERSION,
                }
            ]
        }
    )

    id: UUID
    actor: dict[str, Any]
    verb: dict[str, Any]
    object: dict[str, Any]
    #: left out rather than null, which xAPI 1.0.3 forbids (Data, 2.2)
    result: dict[str, Any] | None = Field(None, exclude_if=lambda value: value is None)
    context: dict[str, Any] | None = Field(None, exclude_if=lambda value: value is None)
    timestamp: str
    version: str = VERSION


def facts_of(
    person: UUID, events_alone: Collection[UUID] | None = None, lessons: Collection[UUID] | None = None
) -> sa.Subquery:
    """Selects what there are statements of: events, and the lessons that were completed and passed first.

    `events_alone` and `lessons` are the ids of those that are wanted; None: all of the person.
    """
    event, done = learning_events.c, lesson_progress.c
    none = {name: sa.null() for name in ("exercise_id", "revision", "correct", "score", "answer", "duration_ms")}
    passed_at = sa.cast(done.snapshot.op("->>")("passed"), sa.DateTime(timezone=True))
    events = sa.select(
        event.id,
        event.at,
        event.type,
        event.lesson_id,
        *(event[name].label(name) for name in none),
    ).where(event.person_id == person, event.type.in_(VERB_OF), _among(event.id, events_alone))
    ends = [
        sa.select(
            sa.cast(sa.func.md5(sa.cast(done.id, sa.Text) + f"/{type}"), sa.UUID).label("id"),
            at.label("at"),
            sa.literal(type).label("type"),
            done.lesson_id,
            *(sa.cast(empty, event[name].type).label(name) for name, empty in none.items()),
        ).where(done.person_id == person, at.is_not(None), _among(done.lesson_id, lessons))
        for type, at in (("completed", done.completed_at), ("passed", passed_at))
    ]
    return sa.union_all(events, *ends).subquery("facts")


def _among(column: sa.ColumnElement[UUID], ids: Collection[UUID] | None) -> sa.ColumnElement[bool]:
    return sa.true() if ids is None else among(column, ids)


def statement(person: UUID, row: Row[Any]) -> StatementOut:
    """Returns the statement of a row of `facts_of`."""
    verb = VERB_OF.get(row.type, row.type)
    name, of = f"urn:uuid:{row.lesson_id}", "lesson"
    context: dict[str, Any] | None = None
    if row.exercise_id is not None:
        name, of = f"urn:voxbus:lesson:{row.lesson_id}:{row.exercise_id}", "question"
        activities: dict[str, Any] = {"parent": [{"objectType": "Activity", "id": f"urn:uuid:{row.lesson_id}"}]}
        context = {"revision": str(row.revision), "contextActivities": activities}
        if row.type == "review":
            activities["category"] = [{"objectType": "Activity", "id": _REVIEW}]
    return StatementOut(
        id=own_id("xapi", row.type, row.id),
        actor={"objectType": "Agent", "account": {"homePage": "urn:voxbus:people", "name": str(person)}},
        verb={"id": f"{_VERBS}{verb}", "display": {"en": verb}},
        object={"objectType": "Activity", "id": name, "definition": {"type": f"{_ACTIVITIES}{of}"}},
        result=_result(row),
        context=context,
        timestamp=_written(row.at),
    )


def _result(row: Row[Any]) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    if row.type in ("attempt", "review"):
        found = {"success": row.correct, "score": {"scaled": round(row.score, 4)}}
        found["response"] = json.dumps(row.answer, ensure_ascii=False, sort_keys=True)
    elif row.type == "completed":
        found = {"completion": True}
    elif row.type == "passed":
        found = {"success": True, "completion": True, "extensions": {"urn:voxbus:passes": PASSES}}
    if row.duration_ms is not None:
        found["duration"] = f"PT{row.duration_ms / 1000:.2f}S"
    return found or None


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
