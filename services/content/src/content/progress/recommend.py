"""Recommends lessons by rules in a stated order, each with its reason in words. All of it is pure.

The order: what is begun; a lesson whose reviews are due, when there are five; the next in the topic that was completed
last; the weakest topic with a score under 70; a topic that was never begun.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from content.progress.schemas import Reason

MOST, ENOUGH_REVIEWS, WEAK = 5, 5, 70


@dataclass(frozen=True, slots=True)
class Candidate:
    """Holds a lesson as a person sees it. `best`: the best score once it is completed. They come in path order."""

    lesson_id: UUID
    topic: str
    title: str
    unlocked: bool
    begun: bool
    best: int | None
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Learner:
    """Holds what rules need of a person: the lessons with due reviews, the one with the most first, and how many."""

    reviews_due: int
    lessons_due: tuple[UUID, ...]


class Recommendation(NamedTuple):
    """Recommends a lesson."""

    lesson_id: UUID
    reason: Reason
    because: str


def recommend(person: Learner, candidates: Sequence[Candidate]) -> list[Recommendation]:
    """Returns at most five recommendations, the best first, no lesson twice."""
    found: dict[UUID, Recommendation] = {}
    for each in _by_rule(person, candidates):
        found.setdefault(each.lesson_id, each)
    return [*found.values()][:MOST]


def topic_score(candidates: Sequence[Candidate], topic: str) -> int | None:
    """Returns the mean of the best scores of a topic's completed lessons; None without one."""
    scores = [each.best for each in candidates if each.topic == topic and each.best is not None]
    return round(sum(scores) / len(scores)) if scores else None


def _by_rule(person: Learner, candidates: Sequence[Candidate]) -> Iterator[Recommendation]:
    fresh = [each for each in candidates if each.unlocked and not each.begun and each.completed_at is None]
    for each in candidates:
        if each.begun:
            yield Recommendation(each.lesson_id, "continue", f"You have begun “{each.title}”.")
    if person.reviews_due >= ENOUGH_REVIEWS and person.lessons_due:
        because = f"{person.reviews_due} exercises are due for review."
        yield Recommendation(person.lessons_due[0], "review_due", because)
    completed = [each for each in candidates if each.completed_at is not None]
    last = max(completed, key=lambda each: (each.completed_at, each.lesson_id), default=None)
    if last is not None:
        for each in fresh:
            if each.topic == last.topic:
                because = f"It follows “{last.title}”, which you completed."
                yield Recommendation(each.lesson_id, "next_in_topic", because)
                break
    yield from _weakest(candidates)
    begun_topics = {each.topic for each in candidates if each.begun or each.completed_at is not None}
    for each in fresh:
        if each.topic not in begun_topics:
            begun_topics.add(each.topic)
            yield Recommendation(each.lesson_id, "new_topic", f"You have not begun “{_named(each.topic)}” yet.")


def _weakest(candidates: Sequence[Candidate]) -> Iterator[Recommendation]:
    """Yields the lesson with the least score of the weakest topic, if that topic's score is under 70."""
    scores = {each.topic: topic_score(candidates, each.topic) for each in candidates}
    weak = [(score, topic) for topic, score in scores.items() if score is not None and score < WEAK]
    if weak:
        score, topic = min(weak)
        done = [each for each in candidates if each.topic == topic and each.best is not None]
        least = min(done, key=lambda each: each.best or 0)
        because = f"Your score in “{_named(topic)}” is {score} of 100."
        yield Recommendation(least.lesson_id, "weak_topic", because)


def _named(topic: str) -> str:
    return topic.replace("-", " ")
