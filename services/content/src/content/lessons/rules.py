"""Holds the rules of one exercise and of one lesson, beyond the shape of its fields."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from content.exercises import exercise as kinds
from content.exercises.answers import BadAnswer, answer_of
from content.exercises.exercise import Exercise
from content.exercises.scoring import score
from content.exercises.scoring.text import normalised
from content.lessons.findings import Finding
from content.lessons.front_matter import SourceFile
from content.lessons.lesson import Lesson

#: fewest exercises of a lesson, and fewest types among them
FEWEST, FEWEST_TYPES = 3, 2
_ALL_OF_ABOVE = re.compile(
    r"(all|none|both|any|neither)( of)? (the )?(above|below|others?|options|answers)\b.*"
    r"|(all|none|both) of (these|those)|[a-d] and [a-d]"
)
_BLANK = re.compile(r"\{(\d+)\}")

#: tells whether a hint gives the answer away, as a sentence; None: it does not
Leaks = Callable[[Exercise, str], str | None]
Path = tuple[str | int, ...]
#: path below the exercise, rule, message
_Told = tuple[Path, str, str]


def check_exercises(file: SourceFile, lesson: Lesson, leaks: Leaks) -> Iterator[Finding]:
    """Yields what is wrong with the exercises of a lesson, one by one and as a whole."""
    if len(lesson.exercises) < FEWEST:
        yield file.finding(("exercises",), "exercises", f"A lesson has at least {FEWEST} exercises.")
    elif len({each.type for each in lesson.exercises}) < FEWEST_TYPES:
        yield file.finding(("exercises",), "exercise-types", f"Use at least {FEWEST_TYPES} types of exercise.")
    ids = Counter(each.id for each in lesson.exercises)
    for number, exercise in enumerate(lesson.exercises):
        if ids[exercise.id] > 1:
            yield file.finding(
                ("exercises", number, "id"), "exercise-id", f"“{exercise.id}” is the id of two exercises."
            )
        for path, rule, message in (*_of_type(exercise), *_hints(exercise, leaks)):
            yield file.finding(("exercises", number, *path), rule, message)


def _hints(exercise: Exercise, leaks: Leaks) -> Iterator[_Told]:
    for number, hint in enumerate(exercise.hints):
        told = leaks(exercise, hint)
        if told is not None:
            yield ("hints", number), "leak", told
    for number in _repeated(exercise.hints):
        yield ("hints", number), "hints", "Each hint says something new."


def _of_type(exercise: Exercise) -> Iterable[_Told]:
    match exercise:
        case kinds.MultipleChoice() | kinds.MultipleSelect():
            return _options(exercise)
        case kinds.Ordering():
            texts = [each.text for each in exercise.items]
            return [(("items", number), "items", _TWICE) for number in _repeated(texts)]
        case kinds.Matching():
            return _pairs(exercise)
        case kinds.FillBlank():
            return [*_blanks(exercise), *unscored(exercise)]
        case kinds.FreeText():
            return [*_accepted(("accepted",), exercise.accepted, exercise.refused), *unscored(exercise)]
        case _:
            return ()


_TWICE = "This stands there twice; case, punctuation and articles make no difference."


def _options(exercise: kinds.MultipleChoice | kinds.MultipleSelect) -> Iterator[_Told]:
    correct = sum(each.correct for each in exercise.options)
    if isinstance(exercise, kinds.MultipleChoice):
        if correct != 1:
            yield ("options",), "options", f"Exactly one option is correct; here {correct} are."
    elif correct < 1:
        yield ("options",), "options", "At least one option is correct."
    elif exercise.choose not in (None, correct):
        yield ("choose",), "options", f"“choose” is {exercise.choose}, but {correct} options are correct."
    if exercise.options and correct == len(exercise.options):
        yield ("options",), "options", "At least one option is wrong."
    for number, option in enumerate(exercise.options):
        if not option.correct and option.why is None:
            yield ("options", number), "why", "A wrong option says in “why” what is wrong about it."
        if _ALL_OF_ABOVE.fullmatch(normalised(option.text)):
            yield ("options", number), "all-of-the-above", "Options are shuffled, so none may speak of the others."
    for number in _repeated([each.text for each in exercise.options]):
        yield ("options", number), "options", _TWICE


def _pairs(exercise: kinds.Matching) -> Iterator[_Told]:
    for side in (0, 1):
        texts = [(pair.left, pair.right)[side].text for pair in exercise.pairs]
        for number in _repeated(texts):
            yield ("pairs", number, side), "items", _TWICE


def _blanks(exercise: kinds.FillBlank) -> Iterator[_Told]:
    there = [int(found) for found in _BLANK.findall(exercise.text)]
    wanted = list(range(1, len(exercise.blanks) + 1))
    if sorted(there) != wanted:
        named = ", ".join(f"{{{number}}}" for number in wanted)
        yield ("text",), "blanks", f"The text has each of {named} once, as there are {len(wanted)} blanks."
    for number, accepted in enumerate(exercise.blanks):
        yield from _accepted(("blanks", number), accepted, exercise.refused)


def _accepted(path: Path, accepted: Sequence[str], refused: Sequence[str]) -> Iterator[_Told]:
    no = {normalised(each) for each in refused}
    for number, text in enumerate(accepted):
        if not normalised(text):
            yield (*path, number), "accepted", "Of this answer nothing is left without punctuation and articles."
        elif normalised(text) in no:
            yield (*path, number), "accepted", "This answer also stands in “not”."


_NOT_RIGHT = "Who gives this answer would not be told that it is right."


def unscored(exercise: kinds.FreeText | kinds.FillBlank) -> Iterator[_Told]:
    """Yields the accepted answers that their own scorer does not take, as one that is longer than answers may be."""
    if isinstance(exercise, kinds.FreeText):
        for number, text in enumerate(exercise.accepted):
            if not _is_right(exercise, {"text": text}):
                yield ("accepted", number), "accepted", _NOT_RIGHT
        return
    first = [blank[0] for blank in exercise.blanks if blank]
    if len(first) == len(exercise.blanks):
        for number, accepted in enumerate(exercise.blanks):
            for at, text in enumerate(accepted):
                if not _is_right(exercise, {"blanks": [*first[:number], text, *first[number + 1 :]]}):
                    yield ("blanks", number, at), "accepted", _NOT_RIGHT


def _is_right(exercise: Exercise, sent: Mapping[str, object]) -> bool:
    try:
        return score(exercise, answer_of(exercise.type, sent)).correct
    except BadAnswer:
        return False


def _repeated(texts: Sequence[str]) -> Iterator[int]:
    """Yields the places of texts that stood there before."""
    seen: set[str] = set()
    for number, text in enumerate(texts):
        plain = normalised(text) or text
        if plain in seen:
            yield number
        seen.add(plain)
