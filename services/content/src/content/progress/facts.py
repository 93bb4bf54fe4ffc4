"""Tells other services how a learner's day stands, and what a learner has got."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.handler import Rows
from content.earnings import Badge, Standing
from content.progress import store
from contracts.learning import LearnerAwarded, LearnerProgressed


async def progressed(rows: Rows, person: UUID, standing: Standing, now: datetime) -> LearnerProgressed:
    """Returns how the day of a person stands now."""
    due = await store.due_at(rows, person, now)
    return LearnerProgressed(
        person_id=person,
        at=now,
        day=standing.day,
        day_ends_at=standing.streak.day_ends_at,
        done=standing.streak.today == "done",
        run=standing.streak.current,
        reviews_due=due.cards,
        next_review_at=due.next,
        reviews_due_since=due.since,
    )


def awarded(person: UUID, badges: Sequence[Badge]) -> list[LearnerAwarded]:
    """Returns what a person has got now, one fact a badge."""
    return [
        LearnerAwarded(
            person_id=person,
            kind="milestone" if badge.counted else "badge",
            name=badge.name,
            title=badge.title,
            at=badge.at,
        )
        for badge in badges
    ]
