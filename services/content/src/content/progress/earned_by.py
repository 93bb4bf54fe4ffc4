"""Says what an answer and a completed lesson earn."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.handler import Rows
from content.deps import ContentDeps
from content.earned import FIRST_LESSON, LESSON_XP, PERFECT_LESSON, PERFECT_XP, REVIEW_XP, exercise_xp, topic_badge
from content.earnings import Award
from content.progress.event import LearnerEvent
from content.progress.fold import ExerciseState, LessonState


def for_answer(
    event: LearnerEvent, correct: bool, before: ExerciseState, card: Row[Any] | None, at: datetime
) -> Award | None:
    """Returns what a right answer earns: the first one of an exercise, or one review of a card each time it is due."""
    place = f"{event.lesson_id}/{event.exercise_id}"
    if not correct:
        return None
    if event.type == "review":
        due = card is not None and card.due <= at
        return Award(f"review/{place}/{card.due.isoformat()}", REVIEW_XP) if due and card is not None else None
    return (
        None
        if before.done or before.told
        else Award(f"exercise/{place}", exercise_xp(before.wrong + 1, len(before.hints)))
    )


def for_lesson(lesson: UUID, state: LessonState) -> Award:
    """Returns what a completed lesson earns, once for ever."""
    return Award(f"lesson/{lesson}", LESSON_XP + (PERFECT_XP if state.flawless else 0))


async def badges_of_lesson(rows: Rows, deps: ContentDeps, person: UUID, lesson: UUID, state: LessonState) -> list[str]:
    """Returns the badges that a completed lesson earns: the first, one without a mistake, all of its topic."""
    cards = await deps.lessons.cards(rows)
    topic = next((card.topic for card in cards if card.id == lesson), None)
    of_topic = [card.id for card in cards if card.topic == topic and not card.retired]
    places = await deps.lessons.places(rows, person, of_topic) if of_topic else {}
    found = [FIRST_LESSON] + ([PERFECT_LESSON] if state.flawless else [])
    if topic is not None and all(id in places and places[id].completed_at is not None for id in of_topic):
        found.append(topic_badge(topic))
    return found
