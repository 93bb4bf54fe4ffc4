"""Tells other services how a learner's day stands, and what a learner has got."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.handler import Rows
from content.earnings import Badge, Earned, Standing
from content.exercises.lessons import Lessons
from content.progress import store
from contracts.learning import LearnerAwarded, LearnerProgressed

#: what is told of a day that work handed in late has made a done one, by what it was
_REPAIRED = {
    "missed": "{day} counts after all. Days in a row: {run}",
    "frozen": "{day} counts after all, and its freeze is yours again. Days in a row: {run}",
}


async def progressed(
    rows: Rows, lessons: Lessons, person: UUID, standing: Standing, now: datetime
) -> LearnerProgressed:
    """Returns how the day of a person stands now."""
    due = await store.due_at(rows, lessons, person, now)
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


def facts_of(person: UUID, earned: Earned, at: datetime) -> list[LearnerAwarded]:
    """Returns what a person has got now, and which days of before count now."""
    return [*awarded(person, earned.badges), *repaired(person, earned, at)]


def repaired(person: UUID, earned: Earned, at: datetime) -> list[LearnerAwarded]:
    """Returns of which days of before it is told, once, that they count after all."""
    run = earned.standing.streak.current
    return [
        LearnerAwarded(
            person_id=person,
            kind="milestone",
            name=f"repaired/{each.day.isoformat()}",
            title=_REPAIRED[each.was].format(day=f"{each.day:%d %B %Y}".lstrip("0"), run=run),
            at=at,
        )
        for each in earned.repairs
    ]


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
