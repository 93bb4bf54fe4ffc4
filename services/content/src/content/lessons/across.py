"""Holds the rules between lessons: places in a topic, what requires what, and ids that keep their type."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from content.exercises.exercise import ExerciseType
from content.lessons.findings import Finding
from content.lessons.front_matter import SourceFile
from content.lessons.lesson import Lesson
from content.lessons.parse import Parsed


@dataclass(frozen=True, slots=True)
class Known:
    """Holds what the rules need of a lesson that is there already. `types`: of every exercise that it ever had."""

    key: str
    topic: str
    sequence: int
    requires: tuple[str, ...]
    types: Mapping[str, ExerciseType] = field(default_factory=dict)
    retired: bool = False


def check_across(parsed: Sequence[Parsed], known: Collection[Known]) -> Mapping[int, Sequence[Finding]]:
    """Returns the findings by the place of a file in `parsed`, as if all of them were published together.

    `known` are the published lessons; a file takes the place of the one with its key.
    """
    mine = {each.lesson.key for each in parsed if each.lesson is not None}
    there = {each.key: each for each in known}
    everything = [each for each in known if each.key not in mine and not each.retired]
    everything += [_known(each.lesson) for each in parsed if each.lesson is not None]
    taken: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for lesson in everything:
        taken[lesson.topic, lesson.sequence].append(lesson.key)
    retired = [each for each in known if each.key not in mine and each.retired]  # as passed as others, for learners
    requires = {lesson.key: lesson.requires for lesson in (*retired, *everything)}
    keys = Counter(each.lesson.key for each in parsed if each.lesson is not None)
    return {
        number: [
            *_key(each.file, each.lesson, keys[each.lesson.key]),
            *_sequence(each.file, each.lesson, taken[each.lesson.topic, each.lesson.sequence]),
            *_requires(each.file, each.lesson, requires),
            *_types(each.file, each.lesson, there.get(each.lesson.key)),
        ]
        for number, each in enumerate(parsed)
        if each.lesson is not None and each.file is not None
    }


def _known(lesson: Lesson) -> Known:
    return Known(lesson.key, lesson.topic, lesson.sequence, lesson.requires)


def _key(file: SourceFile, lesson: Lesson, files: int) -> Iterator[Finding]:
    if files > 1:
        yield file.finding(("key",), "key", f"{files} files have the key “{lesson.key}”.")


def _sequence(file: SourceFile, lesson: Lesson, there: Sequence[str]) -> Iterator[Finding]:
    others = [key for key in there if key != lesson.key]
    if others:
        message = f"“{others[0]}” has number {lesson.sequence} in this topic."
        yield file.finding(("sequence",), "sequence", message)


def _requires(file: SourceFile, lesson: Lesson, requires: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    for number, key in enumerate(lesson.requires):
        if key not in requires:
            yield file.finding(("requires", number), "requires", f"“{key}” is not there; publish it first.")
    circle = _circle(lesson.key, requires)
    if circle:
        yield file.finding(("requires",), "cycle", f"The lessons require each other: {' → '.join(circle)}.")


def _circle(start: str, requires: Mapping[str, Sequence[str]]) -> list[str]:
    """Returns the shortest way from a lesson back to itself; none for a lesson that requires itself, or has no way."""
    ways, seen = [[start]], {start}
    while ways:
        way = ways.pop(0)
        for key in requires.get(way[-1], ()):
            if key == start and len(way) > 1:
                return [*way, start]
            if key not in seen:
                seen.add(key)
                ways.append([*way, key])
    return []


def _types(file: SourceFile, lesson: Lesson, before: Known | None) -> Iterator[Finding]:
    for number, exercise in enumerate(lesson.exercises):
        was = None if before is None else before.types.get(exercise.id)
        if was not in (None, exercise.type):
            message = f"“{exercise.id}” was a {was} before; a new exercise has a new id."
            yield file.finding(("exercises", number, "id"), "exercise-id", message)
