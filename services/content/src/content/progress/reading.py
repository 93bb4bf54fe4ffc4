"""Puts together what progress shows from its folds, the lessons and what is earned."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.handler import Rows
from content.deps import ContentDeps
from content.exercises.ids import shuffle_seed
from content.exercises.lessons import LessonCard, LessonRevision, Place
from content.exercises.shown import ExerciseOut, shown
from content.progress import store
from content.progress.cards import retrievability
from content.progress.recommend import Candidate, Learner, topic_score
from content.progress.schemas import (
    ExerciseProgressOut,
    LessonDetailOut,
    LessonProgressOut,
    ReviewOut,
    ReviewsOut,
    Status,
    TopicProgressOut,
)

#: reviews that one day has at most, and cards that are looked at for them
DAY_REVIEWS, MOST_CARDS = 50, 500


@dataclass(frozen=True, slots=True)
class Path:
    """Holds all lessons with a person's place and progress in each; a retired one only if the person is inside."""

    cards: Sequence[LessonCard]
    places: Mapping[UUID, Place]
    folds: Mapping[UUID, Row[Any]]

    def shown(self) -> list[LessonProgressOut]:
        """Returns the progress in each lesson, in path order."""
        return [self._shown(card) for card in self.cards]

    def candidates(self) -> list[Candidate]:
        """Returns the lessons among which one is recommended."""
        return [
            Candidate(
                lesson_id=card.id,
                topic=card.topic,
                title=card.title,
                unlocked=progress.unlocked,
                begun=progress.status == "started",
                best=progress.best_score if progress.completed_at is not None else None,
                completed_at=progress.completed_at,
            )
            for card, progress in zip(self.cards, self.shown(), strict=True)
        ]

    def topics(self) -> list[TopicProgressOut]:
        """Returns how far the person is in each topic, in path order."""
        candidates = self.candidates()
        return [
            TopicProgressOut(
                topic=topic,
                completed=sum(each.topic == topic and each.completed_at is not None for each in candidates),
                total=sum(each.topic == topic for each in candidates),
                score=topic_score(candidates, topic),
            )
            for topic in dict.fromkeys(card.topic for card in self.cards)
        ]

    def one(self, lesson: UUID) -> LessonDetailOut | None:
        """Returns the progress in a lesson and its exercises; None for a lesson that is not there for the person."""
        card = next((each for each in self.cards if each.id == lesson), None)
        if card is None:
            return None
        fold = self.folds.get(lesson)
        exercises = [
            ExerciseProgressOut(
                exercise_id=id,
                solved=each["solved"],
                attempts=each["attempts"],
                hints_used=len(each["hints"]),
                score=each["won"] if each["solved"] or each["gave_up"] else None,
            )
            for id, each in (fold.exercises if fold is not None else {}).items()
        ]
        return LessonDetailOut(**self._shown(card).model_dump(), exercises=exercises)

    def _shown(self, card: LessonCard) -> LessonProgressOut:
        place, fold = self.places[card.id], self.folds.get(card.id)
        best = [score for score in (place.score, fold.best_score if fold is not None else None) if score is not None]
        return LessonProgressOut(
            id=fold.id if fold is not None else card.id,
            lesson_id=card.id,
            unlocked=place.unlocked,
            revision=place.revision,
            status=_status(place, fold),
            completion_status=place.completed_at is not None,
            score=fold.score if fold is not None else None,
            best_score=max(best, default=None),
            attempts=fold.attempts if fold is not None else 0,
            started_at=fold.started_at if fold is not None else place.started_at,
            completed_at=fold.completed_at if fold is not None else place.completed_at,
        )


def _status(place: Place, fold: Row[Any] | None) -> Status:
    """Returns the status of the present run; one that was begun again has no event of its own yet."""
    if fold is None:
        return "open" if place.started_at is None else "started"
    again = place.restarted_at is not None and place.restarted_at > fold.last_at
    status: Status = "started" if again else fold.status
    return status


async def read_path(rows: Rows, deps: ContentDeps, person: UUID) -> Path:
    """Reads a person's path."""
    places = await deps.lessons.places(rows, person)
    cards = [card for card in await deps.lessons.cards(rows) if card.id in places]
    return Path(cards, places, await store.progress_of(rows, person))


async def read_learner(rows: Rows, deps: ContentDeps, person: UUID, now: datetime) -> Learner:
    """Reads what the rules of recommendations need of a person."""
    due = await store.due_cards(rows, deps.lessons, person, now, MOST_CARDS)
    lessons = Counter(card.lesson_id for card in due)
    return Learner(len(due), tuple(lesson for lesson, _ in lessons.most_common()))


async def read_reviews(rows: Rows, deps: ContentDeps, person: UUID, now: datetime) -> ReviewsOut:
    """Reads what is due: what is nearest to being forgotten first, topic by topic in turn, 50 a day at most.

    A card whose exercise the newest edition of the lesson has no more is closed.
    """
    today = (await deps.earnings.calendar(rows, person)).today(now)
    left = max(0, DAY_REVIEWS - await store.reviews_since(rows, person, today.begin))
    due = await store.due_cards(rows, deps.lessons, person, now, MOST_CARDS)
    lessons = {card.id: card for card in await deps.lessons.cards(rows)}
    revisions = await deps.lessons.revisions(rows, {(card.lesson_id, card.revision) for card in due})
    ordered = sorted(due, key=lambda card: (retrievability(card.card, now), card.exercise_id))
    turns = _in_turns(ordered, lessons)[:left]
    items = [_review(person, card, revisions[card.lesson_id, card.revision], now) for card in turns]
    return ReviewsOut(items=items, next_due=(await store.due_at(rows, deps.lessons, person, now)).next)


def _in_turns(cards: Sequence[Row[Any]], lessons: Mapping[UUID, LessonCard]) -> list[Row[Any]]:
    """Returns cards so that topics take turns, each in its own order."""
    taken: defaultdict[str, int] = defaultdict(int)
    places: list[tuple[int, int, Row[Any]]] = []
    for at, card in enumerate(cards):
        topic = lessons[card.lesson_id].topic
        places.append((taken[topic], at, card))
        taken[topic] += 1
    return [card for _, _, card in sorted(places, key=lambda place: place[:2])]


def _review(person: UUID, card: Row[Any], revision: LessonRevision, now: datetime) -> ReviewOut:
    exercise = revision.exercise(card.exercise_id)
    if exercise is None:
        raise RuntimeError("an open card has an exercise")
    return ReviewOut(
        lesson_id=card.lesson_id,
        exercise=ExerciseOut(shown(exercise, shuffle_seed(person, card.lesson_id, card.revision))),
        due=card.due,
        state=card.state,
        stability=card.stability,
        difficulty=card.difficulty,
        retrievability=retrievability(card.card, now),
    )
