"""Puts two small lessons into the tables, and hands in what a learner does in them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from chassis.testing import Harness
from chassis.web.testing import Caller

LESSON, NEXT = UUID(int=1), UUID(int=2)
_HINTS = ["one", "two", "three"]
SECRET = "a-secret-explanation"


def _exercise(id: str, type: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "type": type, "prompt": "?", "hints": _HINTS, "explanation": SECRET, **more}


EXERCISES = [
    _exercise("rains", "true_false", answer=True),
    _exercise("word", "free_text", accepted=["router"], typos=1),
    _exercise("card", "flash_card", front="RAM", back="It forgets."),
]
_ENTRY = """
INSERT INTO entries (id, kind, key, title, description, topic, status, revision, published_revision)
VALUES ($1, 'lesson', $2, $2, '', 'toys', 'published', 1, 1)
"""
REVISION = """
INSERT INTO revisions (entry_id, revision, source, content, html, published_at)
VALUES ($1, 1, '', $2::jsonb, '', now())
"""
_LESSON = """
INSERT INTO lessons (id, key, topic, position, sequence, title, summary, difficulty, minutes, language, requires,
                     exercises, revision)
VALUES ($1, $2, 'toys', $2, 1, $2, '', 'beginner', 5, 'en', $3, $4, 1)
"""


async def publish_toys(harness: Harness, exercises: Sequence[Mapping[str, Any]] = tuple(EXERCISES)) -> None:
    """Publishes two lessons with the same exercises; the second requires the first."""
    await harness.rows("content", "DELETE FROM lessons")
    for id, key, requires in ((LESSON, "toys/first", []), (NEXT, "toys/second", ["toys/first"])):
        content = json.dumps({"key": key, "exercises": exercises})
        await harness.rows("content", _ENTRY, id, key)
        await harness.rows("content", REVISION, id, content)
        await harness.rows("content", _LESSON, id, key, requires, len(exercises))


def event(exercise: str | None, answer: Any = None, lesson: UUID = LESSON, **more: Any) -> dict[str, Any]:
    type = "opened" if exercise is None else "attempt"
    about = {"client_id": str(uuid4()), "type": type, "lesson_id": str(lesson)}
    return about | ({} if exercise is None else {"exercise_id": exercise, "answer": answer}) | more


async def hand_in(caller: Caller, *events: dict[str, Any], **more: Any) -> Any:
    answer = await caller("POST", "/progress", {"events": [*events], **more})
    assert answer.status == 200, answer.body
    return answer.json()


def problems(answer: Any) -> list[str | None]:
    return [each["problem"] and each["problem"]["type"].removeprefix("/problems/") for each in answer["results"]]
