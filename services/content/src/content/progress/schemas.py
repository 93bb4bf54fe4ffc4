"""Defines what progress shows."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from chassis.web.problems import ProblemDocument
from content.earnings import StreakOut, XpOut
from content.exercises.shown import ExerciseOut

Status = Literal["open", "started", "completed"]
Reason = Literal["continue", "next_in_topic", "weak_topic", "review_due", "new_topic"]


class PartOut(BaseModel):
    """Says whether one item, pair or blank is right."""

    id: str
    correct: bool


class LearningAttemptOut(BaseModel):
    """Shows an attempt as it was taken. `score` 0–1, `number` from 1, `late`: it came more than 10 minutes afterwards.

    `explanation` is there once the exercise is solved or given up, `solution` once it is given up.
    """

    id: UUID
    lesson_id: UUID
    exercise_id: str
    revision: int
    correct: bool
    score: float
    number: int
    hints_used: int
    feedback: str
    parts: list[PartOut] | None
    explanation: str | None
    solution: dict[str, Any] | None
    xp: int
    at: datetime
    late: bool


class ResultOut(BaseModel):
    """Says what became of an event. `attempt` is null for a lesson that was opened, and for what was rejected."""

    client_id: UUID
    status: Literal["accepted", "duplicate", "rejected"]
    problem: ProblemDocument | None
    attempt: LearningAttemptOut | None


class HandedIn(BaseModel):
    """Shows what became of each event, in the order in which they were sent, and what is earned."""

    id: UUID
    results: list[ResultOut]
    streak: StreakOut
    xp: XpOut


class Totals(BaseModel):
    """Counts lessons, experience points and minutes."""

    lessons: int
    completed: int
    in_progress: int
    xp: int
    minutes: int


class TopicProgressOut(BaseModel):
    """Shows how far a person is in a topic. `score`: mean of the best scores of its completed lessons, 0–100."""

    topic: str
    completed: int
    total: int
    score: int | None


class MilestoneOut(BaseModel):
    """Shows what was reached, and when."""

    name: str
    reached_at: datetime


class NextOut(BaseModel):
    """Names the lesson to go on with."""

    lesson_id: UUID
    reason: Reason


class ProgressSummary(BaseModel):
    """Shows how far a person is."""

    time_zone: str
    day_start: str
    totals: Totals
    topics: list[TopicProgressOut]
    milestones: list[MilestoneOut]
    next: NextOut | None
    reviews_due: int


class LessonProgressOut(BaseModel):
    """Shows how far a person is in a lesson. `score` is of the present run, `best_score` never falls; both 0–100."""

    id: UUID
    lesson_id: UUID
    unlocked: bool
    revision: int
    status: Status
    completion_status: bool
    score: int | None
    best_score: int | None
    attempts: int
    started_at: datetime | None
    completed_at: datetime | None


class ExerciseProgressOut(BaseModel):
    """Shows how far a person is with an exercise. `score` is the part of its points that was won, 0–1."""

    exercise_id: str
    solved: bool
    attempts: int
    hints_used: int
    score: float | None


class LessonDetailOut(LessonProgressOut):
    """Shows how far a person is in a lesson and each of its exercises."""

    exercises: list[ExerciseProgressOut]


class EventOut(BaseModel):
    """Shows something that a person did."""

    id: UUID
    client_id: UUID
    type: str
    lesson_id: UUID
    exercise_id: str | None
    revision: int | None
    correct: bool | None
    score: float | None
    day: str
    time_zone: str
    at: datetime
    received_at: datetime


class ReviewOut(BaseModel):
    """Shows an exercise that is due again, with FSRS's `stability` (days), `difficulty` 1–10, `retrievability` 0–1."""

    lesson_id: UUID
    exercise: ExerciseOut
    due: datetime
    state: Literal["learning", "review", "relearning"]
    stability: float | None
    difficulty: float | None
    retrievability: float


class ReviewsOut(BaseModel):
    """Shows what is due now, and when the next is due that is not yet."""

    items: list[ReviewOut]
    next_due: datetime | None


class RecommendationOut(BaseModel):
    """Recommends a lesson, with the reason in words."""

    lesson_id: UUID
    reason: Reason
    because: str


class RecommendationsOut(BaseModel):
    """Recommends lessons, the best first."""

    items: list[RecommendationOut]


def written(start: time) -> str:
    """Returns a day start as the API writes it."""
    return start.strftime("%H:%M")
