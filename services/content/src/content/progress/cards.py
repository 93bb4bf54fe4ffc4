"""Folds reviews into a card, which says when an exercise is due again. All of it is pure.

A card is made at the first wrong answer or at a hint of level 2 or 3, and for every flash card at its first rating.
The algorithm is FSRS (Free Spaced Repetition Scheduler), without its random part, so that a log makes one card.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from fsrs import Card, Rating, Scheduler, State

#: probability of recall at which a card is due
RETENTION = 0.9
#: level of a hint from which on it makes a card
HINT_OF_CARD = 2
CardState = Literal["learning", "review", "relearning"]
_STATES: dict[State, CardState] = {
    State.Learning: "learning",
    State.Review: "review",
    State.Relearning: "relearning",
}
_RATINGS = {"again": Rating.Again, "hard": Rating.Hard, "good": Rating.Good, "easy": Rating.Easy}
_SCHEDULER = Scheduler(desired_retention=RETENTION, enable_fuzzing=False)


@dataclass(frozen=True, slots=True, order=True)
class Answered:
    """Holds an answer to one exercise or a hint for it, in order of time. `rating`: the learner's, of a flash card."""

    at: datetime
    client_id: UUID
    correct: bool = False
    hint: int | None = None
    rating: str | None = None
    #: of the lesson, by which it was judged
    revision: int = 0


@dataclass(frozen=True, slots=True)
class ReviewCard:
    """Holds a card: when it is due, and FSRS's own values, with the parameters by which they were made."""

    due: datetime
    state: CardState
    stability: float | None
    difficulty: float | None
    reviews: int
    stored: dict[str, Any]


@dataclass(slots=True)
class Recall:
    """Folds the answers to an exercise and the hints for it, one after the other, into its card."""

    card: Card | None = None
    reviews: int = 0
    #: the last answer was wrong, or a hint was seen since
    wrong: bool = False
    hinted: bool = False
    #: that of the last event, by which the card is shown
    revision: int = 0

    def take(self, event: Answered) -> None:
        """Takes the next event."""
        self.revision = event.revision or self.revision
        if event.hint is not None:
            self.hinted = True
            if self.card is None and event.hint >= HINT_OF_CARD:
                self.card = Card(card_id=1, due=event.at)
            return
        if self.card is None and (event.rating is not None or not event.correct):
            self.card = Card(card_id=1, due=event.at)
        if self.card is not None:
            rating = _rating(event, hard=self.wrong or self.hinted)
            self.card, _ = _SCHEDULER.review_card(self.card, rating, event.at)
            self.reviews += 1
        self.wrong, self.hinted = not event.correct, False

    def made(self) -> ReviewCard | None:
        """Returns the card as it is kept; None while there is none."""
        return None if self.card is None else _made(self.card, self.reviews)


def fold_recall(events: Iterable[Answered]) -> Recall:
    """Folds the answers to an exercise, in any order."""
    recall = Recall()
    for event in sorted(events):
        recall.take(event)
    return recall


def stored_card(stored: dict[str, Any]) -> Card:
    """Returns a card as it was kept."""
    return Card.from_dict(stored["card"])


def retrievability(stored: dict[str, Any], now: datetime) -> float:
    """Returns the probability that the person recalls a stored card now, 0–1."""
    return _SCHEDULER.get_card_retrievability(stored_card(stored), now)


def _rating(event: Answered, *, hard: bool) -> Rating:
    """Rates an answer: wrong is “again”, right after a wrong one or with a hint “hard”, else “good”."""
    if event.rating is not None:
        return _RATINGS[event.rating]
    if not event.correct:
        return Rating.Again
    return Rating.Hard if hard else Rating.Good


def _made(card: Card, reviews: int) -> ReviewCard:
    return ReviewCard(
        due=card.due,
        state=_STATES[card.state],
        stability=card.stability,
        difficulty=card.difficulty,
        reviews=reviews,
        stored={"card": card.to_dict(), "scheduler": _SCHEDULER.to_dict()},
    )
