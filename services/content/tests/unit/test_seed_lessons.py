"""Tests the lessons of this release: the rules of any lesson hold, and what was promised of all of them."""

from __future__ import annotations

from collections import Counter
from functools import cache
from importlib import resources
from pathlib import Path

import pytest

from content.exercises.exercise import Exercise, MultipleChoice, MultipleSelect, TrueFalse
from content.lessons.check import check_folder
from content.lessons.folder import files_in, lessons_below
from content.lessons.lesson import Lesson
from content.lessons.topics import topics

SEED = Path(str(resources.files("content.lessons"))) / "seed"
REVIEW = Path(__file__).parents[4] / "docs" / "lessons-review.md"
#: what a sentence ends with; one that YAML has cut off at a ` #` ends with none of these
ENDS = (".", "?", "!", "”", "”.")
TYPES = 9
KEYS = sorted(path.relative_to(SEED).with_suffix("").as_posix() for path in SEED.glob("*/*.md"))


@cache
def lessons() -> tuple[Lesson, ...]:
    """Returns the lessons of this release in the order of their keys; parsing all of them costs a second."""
    return tuple(each.parsed.lesson for each in lessons_below(files_in(SEED)) if each.parsed.lesson is not None)


def lesson_of(key: str) -> Lesson:
    """Returns the lesson of a key."""
    return next(lesson for lesson in lessons() if lesson.key == key)


def sentences(exercise: Exercise) -> list[str]:
    """Lists the texts of an exercise that are whole sentences."""
    whys = (
        [option.why for option in exercise.options if option.why is not None]
        if isinstance(exercise, MultipleChoice | MultipleSelect)
        else []
    )
    return [*exercise.hints, exercise.explanation, *whys]


def test_every_rule_of_lessons_holds_without_a_warning() -> None:
    count, problems, warnings = check_folder(SEED)
    assert count >= 24
    assert not problems and not warnings


def test_each_topic_has_four_lessons_of_which_the_first_requires_nothing() -> None:
    for topic in topics():
        mine = sorted((each for each in lessons() if each.topic == topic), key=lambda each: each.sequence)
        assert len(mine) >= 4, topic
        assert not mine[0].requires, topic
    assert {each.topic for each in lessons()} == set(topics())


def test_all_types_are_in_use_and_a_guess_at_the_verdict_is_worth_nothing() -> None:
    exercises = [exercise for lesson in lessons() for exercise in lesson.exercises]
    assert len({each.type for each in exercises}) == TYPES
    verdicts = Counter(each.answer for each in exercises if isinstance(each, TrueFalse))
    assert max(verdicts.values()) <= 1.5 * min(verdicts.values())


def test_each_file_is_a_lesson_of_its_name() -> None:
    assert [lesson.key for lesson in lessons()] == KEYS


@pytest.mark.parametrize("key", KEYS)
def test_a_lesson_is_as_long_as_promised_and_names_its_sources(key: str) -> None:
    lesson = lesson_of(key)
    assert 350 <= len(lesson.text.split()) <= 900
    assert 4 <= len(lesson.exercises) <= 7
    assert len(lesson.sources) >= 2
    assert f"| {lesson.key.split('/')[1]} |" in REVIEW.read_text(), "docs/lessons-review.md has no claim of this lesson"


@pytest.mark.parametrize("key", KEYS)
def test_no_sentence_is_cut_off(key: str) -> None:
    cut = [text for exercise in lesson_of(key).exercises for text in sentences(exercise) if not text.endswith(ENDS)]
    assert not cut
