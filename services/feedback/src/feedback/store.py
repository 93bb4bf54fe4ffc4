"""Reads and writes feedback's rows."""

from __future__ import annotations

from chassis.handler import Unit
from contracts.feedback import FeedbackGiven
from feedback.tables import feedback


async def save(unit: Unit, given: FeedbackGiven) -> None:
    """Stores the feedback on one attempt."""
    await unit.execute(
        feedback.insert().values(
            attempt_id=given.attempt_id,
            person_id=given.person_id,
            summary=given.summary,
            tips=[tip.model_dump() for tip in given.tips],
            source=given.source,
        )
    )
