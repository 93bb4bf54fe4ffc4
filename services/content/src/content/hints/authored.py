"""Gives what an author wrote, and marks its level as seen where it is the text of that level."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.handler import Rows
from chassis.observe import metrics
from content.hint_log import ExerciseLog
from content.hints import store
from content.hints.ladder import authored


async def give_authored(
    rows: Rows,
    id: UUID,
    person: UUID,
    log: ExerciseLog,
    level: int,
    *,
    before: Sequence[str] = (),
    cost_usd: str = "0",
) -> Row[Any]:
    """Adds the author's hint of a level; `before` are the verdicts on texts of models, and `cost_usd` what they cost.

    The caller holds the lock of the person, and has looked that the exercise is there.
    """
    assert log.exercise is not None
    found = authored(log.exercise, level)
    for verdict in found.verdicts:
        metrics.HINT_LEAKS.labels("authored", verdict).inc()
    row = await store.add(
        rows,
        id,
        person,
        log.run,
        lesson_id=log.place.lesson_id,
        exercise_id=log.exercise.id,
        level=level,
        text=found.text,
        source="authored",
        verdicts=(*before, *found.verdicts),
        text_level=found.level,
        cost_usd=cost_usd,
    )
    if found.level == level:  # what stands in for it costs nothing
        await log.see(level)
    return row
