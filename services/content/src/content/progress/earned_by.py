"""Says what an answer and a completed lesson earn."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from chassis.handler import Rows
from content.deps import ContentDeps
from content.earned import FIRST_LESSON, LESSON_XP, PERFECT_LESSON, PERFECT_XP, REVIEW_XP, exercise_xp, topic_badge
from content.earnings import Award
from content.progress.cards import Answered
from content.progress.fold import ExerciseState, LessonState, Logged
from content.progress.lesson_log import LessonLog


def add_answer(
    log: LessonLog, lesson: UUID, event: Logged, answered: Answered, before: ExerciseState, due: datetime | None
) -> tuple[list[Award], LessonState | None]:
    """Adds an attempt or a review to its log. `before`: the exercise before it; `due`: when its card was due.

    Returns what it earns, and the lesson where it completes a run, or did so earlier or better.
    """
    award = _for_answer(lesson, event, before, due)
    awards = [] if award is None else [award]
    ends = event.type == "attempt" and not before.done and (event.correct or event.give_up)
    known = log.whole().standing if ends else None
    log.add(event, answered)
    after = log.whole() if ends else None
    if after is None or after.standing == known:
        return awards, None
    return [*awards, _for_lesson(lesson, after)], after


def _for_answer(lesson: UUID, event: Logged, before: ExerciseState, due: datetime | None) -> Award | None:
    """Returns what a right answer earns: the first one of an exercise, or one review of a card each time it is due."""
    place = f"{lesson}/{event.exercise_id}"
    if not event.correct:
        return None
    if event.type == "review":
        is_due = due is not None and due <= event.at
        return Award(f"review/{place}/{due.isoformat()}", REVIEW_XP) if is_due and due is not None else None
    if before.done or before.told:
        return None
    return Award(f"exercise/{place}", exercise_xp(before.wrong + 1, len(before.hints)))


def _for_lesson(lesson: UUID, state: LessonState) -> Award:
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
