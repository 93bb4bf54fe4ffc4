"""Tests that nothing of an answer is in what a model is told, for an exercise of each type and all packaged ones."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from content.exercises.exercise import (
    Exercise,
    ExerciseType,
    FlashCard,
    MultipleChoice,
    MultipleSelect,
    exercise_of,
)
from content.exercises.ids import shuffle_seed
from content.exercises.leaks import secrets_of
from content.exercises.lessons import LessonRevision
from content.exercises.solution import solution_of
from content.hints.task import LONGEST_WORDS, task_of
from content.lessons import seed as lesson_seed
from contracts.feedback import HintTask
from contracts.leaks.check import leak
from services.content.tests.unit.exercise_examples import EXAMPLES

LESSON = UUID(int=7)
SEED = shuffle_seed(UUID(int=1), LESSON, 1)


def told(exercise: Exercise, answer: Any = None, *, level: int = 3, text: str = "") -> HintTask:
    revision = LessonRevision(LESSON, "toys/a", 1, (exercise,), text=text)
    return task_of(revision, exercise, SEED, level, answer)


def changed(type: ExerciseType, **values: Any) -> Exercise:
    return exercise_of(EXAMPLES[type].model_dump(mode="json") | values)


@pytest.mark.parametrize("type", EXAMPLES)
def test_a_task_is_what_the_learner_sees(type: ExerciseType) -> None:
    exercise = EXAMPLES[type]
    task = told(exercise)
    said = task.model_dump_json()
    assert task.task.startswith(exercise.prompt)
    assert exercise.explanation not in said
    for item in (*getattr(exercise, "options", ()), *getattr(exercise, "items", ())):
        assert item.text in task.task and item.id not in said


def test_items_stand_in_the_order_in_which_the_learner_sees_them() -> None:
    lines = told(EXAMPLES["ordering"]).task.splitlines()
    assert [line for line in lines if line.startswith("- ")] != ["- bit", "- byte", "- kilobyte"]


def test_only_hints_up_to_the_level_that_tell_nothing_go_along() -> None:
    word = changed("free_text", hints=["one", "a solid-state drive", "three"])
    assert told(word, level=2).authored == ("one",)
    assert told(word, level=3).authored == ("one", "three")


def test_the_why_of_wrong_options_goes_along_and_nothing_of_right_ones() -> None:
    options = EXAMPLES["multiple_choice"].model_dump(mode="json")["options"]
    for number, option in enumerate(options):
        option["why"] = f"reason {number}"
    choice = changed("multiple_choice", options=options)
    why = {option["text"]: told(choice, {"choice": option["id"]}).why for option in options}
    assert why["kept"] == ()
    assert why["lost"] == ("reason 1",)
    options[1]["why"] = "It is the one that is kept."
    assert told(changed("multiple_choice", options=options), {"choice": options[1]["id"]}).why == ()


def test_a_paragraph_beside_the_exercise_goes_along_unless_it_tells_the_answer() -> None:
    text = "# Head\n\nFar away.\n\nBeside it.\n\n{{exercise: free_text}}\n\nBehind it."
    assert told(EXAMPLES["free_text"], text=text).context == "Beside it."
    assert told(EXAMPLES["free_text"], text=text.replace("Beside it.", "A solid-state drive.")).context == ""
    assert told(EXAMPLES["free_text"], text="No place.").context == ""


@pytest.mark.parametrize(
    ("type", "answer", "words"),
    [
        ("free_text", {"text": " a hard disk "}, "a hard disk"),
        ("free_text", {"text": "x" * 900}, "x" * LONGEST_WORDS),
        ("free_text", {"text": "Solid-State Drives are it"}, None),
        ("free_text", {"text": "c29saWQtc3RhdGUgZHJpdmU="}, None),
        ("fill_blank", {"blanks": ["nibble", "wheels"]}, "nibble · wheels"),
        ("fill_blank", {"blanks": ["byte", ""]}, None),
        ("numeric", {"value": 1000}, "1000.0"),
        ("numeric", {"value": "1.024 MB"}, None),
        ("true_false", {"value": False}, None),
        ("flash_card", {"rating": "again"}, None),
    ],
)
def test_the_learners_words_are_bounded_and_never_the_answer(type: ExerciseType, answer: Any, words: Any) -> None:
    assert told(EXAMPLES[type], answer).words == words


def packaged() -> Iterator[tuple[LessonRevision, Exercise]]:
    for found in lesson_seed.packaged().lessons:
        lesson = found.parsed.lesson
        assert lesson is not None
        revision = LessonRevision(LESSON, lesson.key, 1, lesson.exercises, text=lesson.text)
        yield from ((revision, exercise) for exercise in lesson.exercises)


def test_no_packaged_exercise_tells_its_answer() -> None:
    exercises = list(packaged())
    assert len(exercises) >= 150
    for revision, exercise in exercises:
        secrets = secrets_of(exercise)
        task = task_of(revision, exercise, SEED, 3, solution_of(exercise) if exercise.type != "flash_card" else None)
        beside = [task.context, *task.authored, *task.why]
        assert [leak(secrets, each) for each in beside] == [None] * len(beside), exercise.id
        assert task.words is None, exercise.id
        said = json.dumps(task.model_dump(mode="json"), ensure_ascii=False)
        assert exercise.explanation not in said, exercise.id
        blanks = [text for blank in getattr(exercise, "blanks", ()) for text in blank]
        accepted = [rf"\b{re.escape(each)}\b" for each in (*getattr(exercise, "accepted", ()), *blanks)]
        assert not [each for each in accepted if re.search(each, said, re.IGNORECASE)], exercise.id
        if isinstance(exercise, FlashCard):
            assert exercise.back not in said, exercise.id
        if isinstance(exercise, MultipleChoice | MultipleSelect):  # the right ones stand among the others alone
            texts = {option.text for option in exercise.options}
            assert {line[2:] for line in task.task.splitlines() if line.startswith("- ")} == texts, exercise.id
