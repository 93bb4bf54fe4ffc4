"""Tells whether a hint gives its exercise away: what the exercise's secrets are, for the check of `contracts.leaks`."""

from __future__ import annotations

from content.exercises import exercise as kinds
from content.exercises.exercise import Exercise
from contracts.leaks.check import leak
from contracts.leaks.secrets import Rule, Secrets


def leak_of(exercise: Exercise, hint: str) -> Rule | None:
    """Returns the rule by which a hint gives an exercise away; None for a hint that may be shown."""
    return leak(secrets_of(exercise), hint)


def secrets_of(exercise: Exercise) -> Secrets:
    """Returns what no hint of an exercise may say."""
    match exercise:
        case kinds.MultipleChoice() | kinds.MultipleSelect():
            return Secrets(
                prompt=exercise.prompt,
                answers=tuple(each.text for each in exercise.options if each.correct),
                wrong=tuple(each.text for each in exercise.options if not each.correct),
            )
        case kinds.TrueFalse():
            return Secrets(prompt=exercise.prompt, verdict=True)
        case kinds.Ordering():
            return Secrets(prompt=exercise.prompt, order=tuple(each.text for each in exercise.items))
        case kinds.Matching():
            return Secrets(
                prompt=exercise.prompt, pairs=tuple((pair.left.text, pair.right.text) for pair in exercise.pairs)
            )
        case kinds.FillBlank():
            accepted = tuple(text for blank in exercise.blanks for text in blank)
            return Secrets(prompt=f"{exercise.prompt}\n{exercise.text}", answers=accepted)
        case kinds.FreeText():
            return Secrets(prompt=exercise.prompt, answers=exercise.accepted)
        case kinds.Numeric():
            return Secrets(prompt=exercise.prompt, number=exercise.value, tolerance=exercise.tolerance)
        case kinds.FlashCard():
            return Secrets(prompt=f"{exercise.prompt}\n{exercise.front}", answers=(exercise.back,))
