"""Says in a sentence how an answer went, without telling the solution."""

from __future__ import annotations

from content.exercises.answers import Answer, Choice
from content.exercises.exercise import Exercise, FlashCard, MultipleChoice
from content.exercises.scoring import Score

_RIGHT, _NOT_YET, _GIVEN_UP = "That is right.", "Not yet. Try again.", "Here is the solution."


def feedback_of(exercise: Exercise, answer: Answer | None, score: Score) -> str:
    """Returns the sentence for an answer; None has given up. A flash card shows its back."""
    if isinstance(exercise, FlashCard):
        return exercise.back
    if answer is None:
        return _GIVEN_UP
    if score.correct:
        return _RIGHT
    if isinstance(exercise, MultipleChoice) and isinstance(answer, Choice):
        return next((each.why for each in exercise.options if each.id == answer.choice and each.why), _NOT_YET)
    if score.parts is not None:
        right = sum(part.correct for part in score.parts)
        return f"{right} of {len(score.parts)} are right. Try again."
    return "A part of it is right. Try again." if score.score > 0 else _NOT_YET
