"""Tests what a learner sees of exercises: all of the task, nothing of the solution, in an order that tells nothing."""

from __future__ import annotations

import json
from typing import Any, get_args
from uuid import UUID

import pytest

from content.exercises.answers import ANSWERS, BadAnswer, answer_of
from content.exercises.exercise import ExerciseType, exercise_of
from content.exercises.ids import item_id, shuffle_seed, shuffled, shuffled_apart
from content.exercises.shown import shown
from content.exercises.solution import solution_of
from services.content.tests.unit.exercise_examples import EXAMPLES

LESSON = UUID(int=1)
TYPES = get_args(ExerciseType)
#: what must not be in the JSON of an exercise, besides the fields of solutions
SECRETS: tuple[str, ...] = (
    "hint one",
    "hint two",
    "hint three",
    "because",
    "correct",
    "why",
    "binary digits",
    "solid-state",
    "1024",
)
SECRETS += ("It forgets.", "accepted", "answer", "tolerance", "explanation", "blanks", "refused", "back", "pairs")


def seen(type: ExerciseType, person: int = 1) -> dict[str, Any]:
    return shown(EXAMPLES[type], shuffle_seed(UUID(int=person), LESSON, 1)).model_dump(mode="json")


def test_every_type_has_its_example() -> None:
    assert tuple(EXAMPLES) == TYPES == tuple(ANSWERS)


@pytest.mark.parametrize("type", TYPES)
def test_nothing_of_the_solution_is_shown(type: ExerciseType) -> None:
    out = seen(type)
    written = json.dumps(out)
    assert [secret for secret in SECRETS if secret in written] == []
    assert (out["id"], out["type"], out["points"], out["hints"]) == (type, type, 10, 3)


@pytest.mark.parametrize("type", TYPES)
def test_the_solution_is_an_answer_of_its_type(type: ExerciseType) -> None:
    assert isinstance(answer_of(type, solution_of(EXAMPLES[type])), ANSWERS[type])


@pytest.mark.parametrize("type", TYPES)
def test_an_exercise_is_the_same_after_it_was_stored(type: ExerciseType) -> None:
    assert exercise_of(json.loads(EXAMPLES[type].model_dump_json())) == EXAMPLES[type]


@pytest.mark.parametrize(
    ("type", "sent"),
    [
        ("multiple_choice", {"choice": 1}),
        ("multiple_choice", {"choices": ["a"]}),
        ("multiple_select", {"choices": "a"}),
        ("true_false", {"value": "true"}),
        ("true_false", {"value": 1}),
        ("ordering", {"order": ["a"], "more": 1}),
        ("ordering", {"order": ["a"] * 21}),
        ("matching", {"pairs": [["a", "b"]]}),
        ("fill_blank", {"blanks": [None]}),
        ("free_text", {"text": "a" * 2001}),
        ("numeric", {"value": float("nan")}),
        ("numeric", {"value": float("inf")}),
        ("numeric", {"value": True}),
        ("flash_card", {"rating": "perfect"}),
        ("flash_card", None),
        ("free_text", "a"),
    ],
)
def test_another_shape_is_no_answer(type: ExerciseType, sent: Any) -> None:
    with pytest.raises(BadAnswer):
        answer_of(type, sent)


def test_an_order_is_the_same_for_one_learner_and_another_for_others() -> None:
    orders = {json.dumps(seen("ordering", person)["items"]) for person in range(1, 40)}
    assert seen("ordering", 1) == seen("ordering", 1)
    assert len(orders) == 5  # of the six orders of three items, all but the right one


def test_where_a_text_stands_in_the_file_does_not_matter() -> None:
    example = EXAMPLES["multiple_choice"].model_dump()
    turned = exercise_of({**example, "options": example["options"][::-1]})
    seed = shuffle_seed(None, LESSON, 1)
    assert shown(turned, seed) == shown(EXAMPLES["multiple_choice"], seed)


def test_each_place_is_taken_by_each_item_about_as_often() -> None:
    exercise = EXAMPLES["multiple_choice"]
    assert exercise.type == "multiple_choice"
    first = [shuffled(exercise.options, shuffle_seed(UUID(int=n), LESSON, 1), "x")[0] for n in range(400)]
    assert all(70 <= first.count(option) <= 130 for option in exercise.options)


def test_items_to_be_ordered_never_stand_in_their_order() -> None:
    ordering = EXAMPLES["ordering"]
    assert ordering.type == "ordering"
    for number in range(60):
        out = shuffled_apart(ordering.items, shuffle_seed(UUID(int=number), LESSON, 1), "x")
        assert out != list(ordering.items)
        assert sorted(each.id for each in out) == sorted(each.id for each in ordering.items)


def test_an_id_depends_on_lesson_exercise_side_and_text() -> None:
    ids = {
        item_id(*each)
        for each in (
            ("a", "b", "c"),
            ("ab", "", "c"),
            ("a", "c", "b"),
            ("a", "b", "c", "left"),
            ("a", "b", "c", "right"),
        )
    }
    assert len(ids) == 5
    assert item_id("a", "b", "c") == item_id("a", "b", "c")
