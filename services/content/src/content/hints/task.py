"""Makes what a model is told of an exercise, so that nothing of the answer is in it. All of it is pure.

The task is what the learner sees, and everything beside it went through the check that hints go through: a hint of the
author, a paragraph or the learner's own words in which the answer stands are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from content.exercises import exercise as kinds
from content.exercises import shown as outs
from content.exercises.answers import Answer, Blanks, Choice, Choices, Number, Words, answer_of
from content.exercises.exercise import Exercise
from content.exercises.leaks import secrets_of
from content.exercises.lessons import LessonRevision
from content.exercises.scoring import score
from contracts.feedback import HintTask
from contracts.leaks.check import leak
from contracts.leaks.secrets import Secrets

#: characters of the learner's own words, of a paragraph, and of a line, as messages take them
LONGEST_WORDS, _LONGEST_PARAGRAPH, _LONGEST_LINE, _LONGEST_TASK = 500, 2_000, 300, 8_000
_PLACE = re.compile(r"\{\{\s*exercise:\s*([\w-]+)\s*\}\}")
_BREAK = re.compile(r"\n\s*\n")


def task_of(revision: LessonRevision, exercise: Exercise, seed: str, level: int, answer: Any) -> HintTask:
    """Returns what a model is told. `seed` is the learner's (`ids.shuffle_seed`); `answer` is what was sent, if any."""
    secrets = secrets_of(exercise)
    given = None if answer is None else answer_of(exercise.type, answer)
    return HintTask(
        exercise_type=exercise.type,
        task=_task(outs.shown(exercise, seed))[:_LONGEST_TASK],
        context=_context(revision.text, exercise.id, secrets),
        authored=tuple(_clean(exercise.hints[:level], secrets)),
        why=tuple(_clean(_whys(exercise, given), secrets)),
        words=_words(exercise, given, secrets),
        language=revision.language,
        difficulty=revision.difficulty,
    )


def _task(seen: outs.AnyExerciseOut) -> str:
    """Writes an exercise as its learner sees it, in lines, without ids."""
    return "\n".join([seen.prompt, *_lines(seen)])


def _lines(seen: outs.AnyExerciseOut) -> Iterator[str]:
    match seen:
        case outs.MultipleChoiceOut() | outs.MultipleSelectOut():
            yield from (f"- {option.text}" for option in seen.options)
        case outs.TrueFalseOut():
            yield "(Is this statement true or false?)"
        case outs.OrderingOut():
            yield "(Put into order.)"
            yield from (f"- {item.text}" for item in seen.items)
        case outs.MatchingOut():
            yield "(Match each of these)"
            yield from (f"- {item.text}" for item in seen.left)
            yield "(with one of these)"
            yield from (f"- {item.text}" for item in seen.right)
        case outs.FillBlankOut():
            yield seen.text
        case outs.NumericOut():
            yield f"(A number{f' in {seen.unit}' if seen.unit else ''}.)"
        case outs.FlashCardOut():
            yield seen.front


def _context(text: str, exercise_id: str, secrets: Secrets) -> str:
    """Returns the paragraph that an exercise stands in, and the one before it, each unless it tells the answer."""
    parts = [part.strip() for part in _BREAK.split(text)]
    at = next((n for n, part in enumerate(parts) if exercise_id in _PLACE.findall(part)), None)
    if at is None:
        return ""
    near = [_PLACE.sub("", part).strip() for part in parts[max(0, at - 1) : at + 1] if not part.startswith("#")]
    return "\n\n".join(part for part in near if part and leak(secrets, part) is None)[:_LONGEST_PARAGRAPH]


def _clean(lines: Any, secrets: Secrets) -> Iterator[str]:
    for line in lines:
        if leak(secrets, line) is None:
            yield line[:_LONGEST_LINE]


def _whys(exercise: Exercise, answer: Answer | None) -> Iterator[str]:
    """Yields what the author says of the wrong options that were chosen."""
    chosen: set[str] = set()
    if isinstance(answer, Choice):
        chosen = {answer.choice}
    elif isinstance(answer, Choices):
        chosen = {*answer.choices}
    if isinstance(exercise, (kinds.MultipleChoice, kinds.MultipleSelect)):
        yield from (each.why for each in exercise.options if each.id in chosen and not each.correct and each.why)


def _words(exercise: Exercise, answer: Answer | None, secrets: Secrets) -> str | None:
    """Returns what the learner has written; None for nothing, and for what holds the answer."""
    match answer:
        case Words():
            said = answer.text
        case Blanks():
            said = " · ".join(answer.blanks)
        case Number():
            said = str(answer.value)
        case _:
            return None
    said = said.strip()[:LONGEST_WORDS]
    if not said or leak(secrets, said) is not None:
        return None
    try:
        return None if score(exercise, answer).correct else said
    except ValueError:  # too few blanks, or no number yet
        return said
