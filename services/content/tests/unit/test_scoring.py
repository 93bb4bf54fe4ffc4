"""Tests scoring: what is right, what is a part of it, and what is no answer at all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.exercises.answers import BadAnswer, answer_of
from content.exercises.exercise import Exercise, FillBlank, FreeText, Numeric, Ordering
from content.exercises.scoring import SCORERS, Score, score
from content.exercises.scoring.numbers import quantities
from content.exercises.scoring.text import is_accepted, normalised, one_typo
from content.exercises.solution import solution_of
from services.content.tests.unit.exercise_examples import EXAMPLES

HINTS = ("a", "b", "c")


def _score(exercise: Exercise, sent: Any) -> Score:
    return score(exercise, answer_of(exercise.type, sent))


def _ids(type: Any, *numbers: int) -> list[str]:
    exercise = EXAMPLES[type]
    found = exercise.items if isinstance(exercise, Ordering) else getattr(exercise, "options")  # noqa: B009
    return [found[number].id for number in numbers]


def test_each_type_has_its_scorer_and_its_solution_scores_one() -> None:
    assert SCORERS.keys() == EXAMPLES.keys()
    for exercise in EXAMPLES.values():
        assert _score(exercise, solution_of(exercise)).correct


@pytest.mark.parametrize(
    ("chosen", "expected"), [((0, 3), 1), ((0,), 0.5), ((0, 1), 0), ((0, 3, 1), 0.5), ((0, 1, 2, 3), 0), ((), 0)]
)
def test_a_selection_loses_by_what_is_wrong_in_it(chosen: tuple[int, ...], expected: float) -> None:
    found = _score(EXAMPLES["multiple_select"], {"choices": _ids("multiple_select", *chosen)})
    assert (found.score, found.parts) == (expected, None)


@pytest.mark.parametrize(
    ("order", "expected"), [((0, 1, 2), 1), ((0, 2, 1), 2 / 3), ((2, 0, 1), 1 / 3), ((2, 1, 0), 0)]
)
def test_an_order_loses_by_its_inversions(order: tuple[int, ...], expected: float) -> None:
    found = _score(EXAMPLES["ordering"], {"order": _ids("ordering", *order)})
    assert found.score == pytest.approx(expected)
    assert [part.correct for part in found.parts or ()] == [at == each for at, each in enumerate(order)]


def test_pairs_and_blanks_count_by_their_share() -> None:
    right: dict[str, str] = solution_of(EXAMPLES["matching"])["pairs"]
    first, second, third = right
    swapped = right | {first: right[second], second: right[first]}
    found = _score(EXAMPLES["matching"], {"pairs": swapped})
    assert found.score == pytest.approx(1 / 3)
    assert {part.id: part.correct for part in found.parts or ()} == {first: False, second: False, third: True}
    assert _score(EXAMPLES["fill_blank"], {"blanks": ["a byte", "Bytes"]}) == (0.5, (("1", True), ("2", False)))


BAD = [
    ("multiple_choice", {"choice": "nothing"}),
    ("multiple_select", {"choices": ["nothing"]}),
    ("multiple_select", {"choices": _ids("multiple_select", 0, 0)}),
    ("ordering", {"order": _ids("ordering", 0, 1)}),
    ("ordering", {"order": _ids("ordering", 0, 1, 1)}),
    ("ordering", {"order": []}),
    ("matching", {"pairs": {}}),
    ("matching", {"pairs": dict.fromkeys(solution_of(EXAMPLES["matching"])["pairs"], "nothing")}),
    ("fill_blank", {"blanks": ["byte"]}),
    ("fill_blank", {"blanks": ["byte", "bits", "bytes"]}),
    ("free_text", {"text": "x" * 201}),
    ("numeric", {"value": "many"}),
    ("numeric", {"value": ""}),
    ("numeric", {"value": "nan"}),
    ("numeric", {"value": "1e999"}),
    ("numeric", {"value": "1 2 3"}),
    ("numeric", {"value": "1,2,3"}),
    ("numeric", {"value": float("nan")}),
    ("numeric", {"value": float("inf")}),
    ("numeric", {"value": True}),
    ("true_false", {"value": "true"}),
    ("flash_card", {"rating": "perfect"}),
]


@pytest.mark.parametrize(("type", "sent"), BAD)
def test_another_shape_is_no_wrong_answer(type: Any, sent: Any) -> None:
    with pytest.raises(BadAnswer):
        _score(EXAMPLES[type], sent)


@pytest.mark.parametrize("rating", ["again", "hard", "good", "easy"])
def test_the_learner_says_whether_a_card_was_known(rating: str) -> None:
    assert _score(EXAMPLES["flash_card"], {"rating": rating}).correct == (rating != "again")


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("  The   Cloud. ", "cloud"),
        ("“Don’t”", "don't"),
        ("a solid–state drive", "solid-state drive"),
        ("ＲＯＭ", "rom"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("sub\u00adnet", "subnet"),
        ("(an IP address)", "ip address"),
        ("A", "a"),
        ("column A", "column a"),
        ("C++", "c++"),
        ("C#", "c#"),
        ("...", "..."),
        ("the", "the"),
        ("anchor", "anchor"),
    ],
)
def test_what_makes_no_difference_goes(typed: str, plain: str) -> None:
    assert normalised(typed) == plain
    assert normalised(plain) == plain


@given(st.text(max_size=60))
def test_a_text_without_what_makes_no_difference_stays(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


@pytest.mark.parametrize(
    ("typed", "accepted", "refused", "right"),
    [
        ("rooter", "router", (), True),
        ("ruoter", "router", (), True),
        ("routr", "router", (), True),
        ("routers", "router", (), True),
        ("ruotr", "router", (), False),
        ("rotuers", "router", (), False),
        ("router", "router", ("router",), True),
        ("rooter", "router", ("Rooter!",), False),
        # four letters are too few
        ("byre", "byte", (), False),
        ("unload", "upload", ("unload",), False),
    ],
)
def test_one_typo_is_forgiven_from_five_letters_on(typed: str, accepted: str, refused: Any, right: bool) -> None:
    assert is_accepted(typed, [accepted], typos=1, refused=refused) == right
    assert is_accepted(typed, [accepted], refused=refused) == (typed == accepted)


@given(st.text("abc", min_size=1, max_size=8), st.integers(0, 7), st.sampled_from("abcd"), st.integers(0, 3))
def test_each_single_slip_is_one_typo(word: str, at: int, letter: str, kind: int) -> None:
    at %= len(word)
    slips = (
        word[:at] + letter + word[at:],
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at + 1 :],
        word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
    )
    assert one_typo(slips[kind], word)
    assert one_typo(word, slips[kind])


def test_what_answers_another_blank_is_no_typo() -> None:
    common: dict[str, Any] = {"id": "x", "prompt": "x", "hints": HINTS, "explanation": "x", "typos": 1}
    exercise = FillBlank(text="{1} {2}", blanks=(("upload",), ("unload",)), **common)
    assert _score(exercise, {"blanks": ["unload", "unload"]}).score == 0.5
    assert _score(exercise, {"blanks": ["uplaod", "unlaod"]}).score == 1


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("3,5 GB", {(3.5, "GB")}),
        ("3.5gb", {(3.5, "gb")}),
        ("1,024", {(1024, ""), (1.024, "")}),
        ("1.024", {(1024, ""), (1.024, "")}),
        ("1 024", {(1024, "")}),
        ("1\u202f024\u00a0MB", {(1024, "MB")}),
        ("1'024", {(1024, "")}),
        ("1.234.567,8", {(1234567.8, "")}),
        ("1,234,567.8", {(1234567.8, "")}),
        ("1,234,567", {(1234567, "")}),
        ("0,125", {(0.125, "")}),
        ("0.125", {(0.125, "")}),
        (",5", {(0.5, "")}),
        ("−5", {(-5, "")}),
        ("+5 %", {(5, "%")}),
        ("1e3", {(1000, "")}),
        ("８", {(8, "")}),
        ("5.", {(5, "")}),
        ("12,34,56", set()),
        ("1.2.3", set()),
        ("1,5 2", set()),
        ("five", set()),
        ("-", set()),
        ("", set()),
        ("9" * 70, set()),
        ("10²", set()),
        ("½", set()),
    ],
)
def test_numbers_are_read_as_people_type_them(text: str, values: set[tuple[float, str]]) -> None:
    assert {tuple(each) for each in quantities(text)} == values


@pytest.mark.parametrize(
    ("value", "right"),
    [
        (1024, True),
        (1024.5, True),
        (1024.6, False),
        ("1,024 MB", True),
        ("1024 megabytes", True),
        ("1024 KB", False),
        ("1024", True),
    ],
)
def test_a_number_is_right_within_its_tolerance_and_unit(value: Any, right: bool) -> None:
    assert _score(EXAMPLES["numeric"], {"value": value}).correct == right


def test_a_sum_of_decimals_is_right_without_tolerance() -> None:
    exercise = Numeric(id="x", prompt="x", hints=HINTS, explanation="x", value=0.3)
    assert _score(exercise, {"value": 0.1 + 0.2}).correct


def test_a_text_that_looks_like_a_pattern_is_only_a_text() -> None:
    exercise = FreeText(id="x", prompt="x", hints=HINTS, explanation="x", accepted=("(a+)+$", ".*"))
    assert not _score(exercise, {"text": "a" * 60 + "!"}).correct
    assert _score(exercise, {"text": ".*"}).correct


@given(st.text(max_size=80))
def test_no_text_breaks_a_scorer(text: str) -> None:
    for type in ("free_text", "fill_blank", "numeric"):
        sent = {"free_text": {"text": text}, "fill_blank": {"blanks": [text, text]}, "numeric": {"value": text[:60]}}
        try:
            assert 0 <= _score(EXAMPLES[type], sent[type]).score <= 1
        except BadAnswer:
            continue
