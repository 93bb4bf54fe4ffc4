"""Tests that a corrected solution raises the answers that it proves right, lowers none, and that learners are told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chassis.errors import VoxbusError
from chassis.storage.database import open_database
from chassis.testing import Harness
from chassis.web.testing import Caller, signed_in
from content.regrade import Regrade, Regraded
from contracts.learning import LearnerAwarded
from services.content.tests.integration.test_rebuild import rebuilt
from services.content.tests.integration.toy_lessons import EXERCISES, LESSON, event, hand_in


async def regraded(harness: Harness, key: str = "toys/first", *, applies: bool = False) -> tuple[Regraded, list[str]]:
    """Regrades a lesson; returns what it has found and said."""
    said: list[str] = []
    database = open_database(harness.database_url, "content", size=2)
    try:
        return await Regrade(database, said.append, applies).run(key), said
    finally:
        await database.close()


async def correct(harness: Harness) -> None:
    """Publishes a revision of which one solution is turned round and another takes one answer less."""
    changes: dict[str, Any] = {"rains": {"answer": False}, "word": {"accepted": ["gateway"]}}
    exercises = [each | changes.get(each["id"], {}) for each in EXERCISES]
    content = json.dumps({"key": "toys/first", "exercises": exercises})
    await harness.rows(
        "content",
        "INSERT INTO revisions (entry_id, revision, source, content, html, published_at)"
        " VALUES ($1, 2, '', $2::jsonb, '', now())",
        LESSON,
        content,
    )
    await harness.rows("content", "UPDATE lessons SET revision = 2 WHERE id = $1", LESSON)


async def test_a_corrected_solution_raises_and_never_lowers(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    right_now, right_then = caller.by(signed_in()), caller.by(signed_in())
    wrong = event("rains", {"value": False})
    await hand_in(right_now, wrong, event("word", {"text": "router"}))
    await hand_in(right_then, event("rains", {"value": True}))
    await correct(harness)
    found, said = await regraded(harness)
    assert (found.answers, found.better, found.lower) == (3, 1, 2)
    assert len(said) == 3
    assert sum("stays as it is" in line for line in said) == 2
    assert (await regraded(harness))[1] == said, "nothing has changed"
    assert (await regraded(harness, applies=True))[0].better == 1
    after = await regraded(harness)
    assert (after[0].better, after[0].lower) == (0, 2)
    detail = (await right_now("GET", f"/progress/lessons/{LESSON}")).json()
    assert [(each["solved"], each["score"]) for each in detail["exercises"]] == [(True, 1.0), (True, 1.0)]
    assert (await right_now("GET", "/gamification")).json()["xp"]["total"] == 20
    again = await hand_in(right_now, wrong)
    assert (again["results"][0]["status"], again["results"][0]["attempt"]["correct"]) == ("duplicate", True)
    [told] = await harness.told(LearnerAwarded)
    assert (told.person_id, told.kind, told.name) == (right_now.principal.id, "milestone", f"regraded/{LESSON}/2")
    assert (await rebuilt(harness))[0] == 0
    with pytest.raises(VoxbusError):
        await regraded(harness, "toys/none")
