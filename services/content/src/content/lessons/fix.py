"""Compares two revisions of a lesson: whether one only corrects texts of the other. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from content.exercises import exercise as kinds
from content.exercises.exercise import Exercise
from content.exercises.scoring.text import normalised
from content.lessons.lesson import Lesson


def differences(published: Lesson, draft: Lesson) -> Iterator[tuple[str, str]]:
    """Yields, as path and sentence, in what a draft differs from the published lesson besides its texts."""
    for name in ("key", "topic", "sequence", "language", "requires"):
        if getattr(published, name) != getattr(draft, name):
            yield name, f"“{name}” differs; a fix changes texts alone."
    before, after = ([each.id for each in lesson.exercises] for lesson in (published, draft))
    if before != after:
        yield "exercises", "A fix has the same exercises in the same order."
        return
    for number, (was, now) in enumerate(zip(published.exercises, draft.exercises, strict=True)):
        wrong = next((name for name, value in _frame(was).items() if _frame(now).get(name) != value), None)
        if wrong is not None:
            yield f"exercises[{number}].{wrong}", f"“{wrong}” of “{was.id}” differs; a fix keeps types and solutions."
        elif any(_has_moved(old, new) for old, new in zip(_texts(was), _texts(now), strict=True)):
            yield f"exercises[{number}]", f"A text of “{was.id}” stands in another place: that changes what is right."


def with_ids_of(published: Lesson, draft: Lesson) -> Lesson:
    """Returns a fix of which options and items have the ids that learners know already, though their texts differ."""
    pairs = zip(published.exercises, draft.exercises, strict=True)
    return draft.model_copy(update={"exercises": tuple(_with_ids(was, now) for was, now in pairs)})


def _frame(exercise: Exercise) -> dict[str, Any]:
    """Returns what a fix must not change."""
    frame: dict[str, Any] = {"type": exercise.type, "points": exercise.points}
    match exercise:
        case kinds.MultipleChoice():
            frame["options"] = [each.correct for each in exercise.options]
        case kinds.MultipleSelect():
            frame |= {"options": [each.correct for each in exercise.options], "choose": exercise.choose}
        case kinds.TrueFalse():
            frame["answer"] = exercise.answer
        case kinds.Ordering():
            frame["items"] = len(exercise.items)
        case kinds.Matching():
            frame["pairs"] = len(exercise.pairs)
        case kinds.FillBlank():
            frame |= {"blanks": exercise.blanks, "typos": exercise.typos, "not": exercise.refused}
        case kinds.FreeText():
            frame |= {"accepted": exercise.accepted, "typos": exercise.typos, "not": exercise.refused}
        case kinds.Numeric():
            frame |= {"value": exercise.value, "tolerance": exercise.tolerance, "unit": exercise.unit}
    return frame


def _texts(exercise: Exercise) -> list[list[str]]:
    """Returns the texts whose places tell what is right, group by group."""
    match exercise:
        case kinds.MultipleChoice() | kinds.MultipleSelect():
            return [[each.text for each in exercise.options]]
        case kinds.Ordering():
            return [[each.text for each in exercise.items]]
        case kinds.Matching():
            return [[pair.left.text for pair in exercise.pairs], [pair.right.text for pair in exercise.pairs]]
    return []


def _has_moved(old: Sequence[str], new: Sequence[str]) -> bool:
    """Tells whether a text stands where another one stood."""
    before = {normalised(text): place for place, text in enumerate(old)}
    return any(before.get(normalised(text), place) != place for place, text in enumerate(new))


def _with_ids(was: Exercise, now: Exercise) -> Exercise:
    """Returns an exercise with the ids of another one of the same frame, by their places."""
    match was, now:
        case kinds.MultipleChoice(), kinds.MultipleChoice():
            return now.model_copy(update={"options": _ids(was.options, now.options)})
        case kinds.MultipleSelect(), kinds.MultipleSelect():
            return now.model_copy(update={"options": _ids(was.options, now.options)})
        case kinds.Ordering(), kinds.Ordering():
            return now.model_copy(update={"items": _ids(was.items, now.items)})
        case kinds.Matching(), kinds.Matching():
            left = _ids([pair.left for pair in was.pairs], [pair.left for pair in now.pairs])
            right = _ids([pair.right for pair in was.pairs], [pair.right for pair in now.pairs])
            pairs = tuple(kinds.Pair(left=one, right=other) for one, other in zip(left, right, strict=True))
            return now.model_copy(update={"pairs": pairs})
    return now


def _ids(was: Any, now: Any) -> tuple[Any, ...]:
    return tuple(new.model_copy(update={"id": old.id}) for old, new in zip(was, now, strict=True))
