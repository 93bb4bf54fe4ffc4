"""Puts lessons into the tables, as publishing does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis.message.envelope import new_id
from chassis.storage.database import Database

_ENTRY = """
INSERT INTO entries (id, kind, key, title, description, topic, status, revision, published_revision)
VALUES ($1, 'lesson', $2, $2, '', split_part($2, '/', 1), 'published', 1, 1)
"""
_REVISION = """
INSERT INTO revisions (entry_id, revision, source, content, html, published_at)
VALUES ($1, $2, '', $3::jsonb, '<p>Text</p>', now())
"""
_LESSON = """
INSERT INTO lessons (id, key, topic, position, sequence, title, summary, difficulty, minutes, language, requires,
                     exercises, revision)
VALUES ($1, $2, split_part($2, '/', 1), $2, 1, $2, '', 'beginner', 5, 'en', $3, 1, 1)
"""


def content(key: str, prompt: str = "It rains.") -> dict[str, Any]:
    """Returns the content of a revision with one exercise, whose id is `rains`."""
    hints = ["Look out.", "Look at the street.", "When the street is wet, it may have rained."]
    rains = {"id": "rains", "type": "true_false", "prompt": prompt, "hints": hints, "explanation": "", "answer": True}
    return {"key": key, "exercises": [rains]}


async def publish(database: Database, key: str, requires: Sequence[str] = ()) -> UUID:
    """Makes a published lesson with one revision; returns its id."""
    lesson = new_id()
    await database.fetch(_ENTRY, lesson, key)
    await database.fetch(_REVISION, lesson, 1, json.dumps(content(key)))
    await database.fetch(_LESSON, lesson, key, list(requires))
    return lesson


async def publish_next(
    database: Database, lesson: UUID, revision: int, *, prompt: str, fixes: int | None = None
) -> None:
    """Publishes another revision of a lesson; `fixes` is the one that it fixes."""
    [row] = await database.fetch("SELECT key FROM lessons WHERE id = $1", lesson)
    await database.fetch(_REVISION, lesson, revision, json.dumps(content(row.key, prompt)))
    await database.fetch("UPDATE lessons SET revision = $2 WHERE id = $1", lesson, revision)
    if fixes is not None:
        fixed = "UPDATE revisions SET fixed_by = $2 WHERE entry_id = $1 AND (revision = $3 OR fixed_by = $3)"
        await database.fetch(fixed, lesson, revision, fixes)
