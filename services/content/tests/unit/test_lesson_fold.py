"""Tests the folds of what a person did: scores, hints, giving up, cards; and that the order of arrival is nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from random import Random
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.progress.cards import Answered, ReviewCard, fold_recall
from content.progress.event import TOO_OLD, happened, in_order
from content.progress.fold import EventType, LessonState, Logged, fold_lesson
from content.progress.ground import resumed_log
from content.progress.lesson_log import LessonLog
from content.progress.store import card_row, lesson_row

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PERSON, LESSON = UUID(int=7), UUID(int=8)
POINTS = {1: {"a": 10, "b": 30}, 2: {"a": 10, "b": 30, "c": 20}}


def _log(text: str) -> list[Logged]:
    """Returns events, a minute apart: `a+` right, `a-` wrong, `a!` given up, `a2` hint 2, `o` opened, `r` restarted."""
    found = []
    for at, word in enumerate(text.split()):
        types: dict[str, EventType] = {"o": "opened", "r": "restarted"}
        mark = word[1:]
        type: EventType = types.get(word, "hint" if mark.isdigit() else "attempt")
        event = Logged(
            NOW + at * MINUTE,
            UUID(int=at + 1),
            type,
            None if word in types else word[0],
            revision=1,
            correct=mark == "+",
            give_up=mark == "!",
            hint=int(mark) if mark.isdigit() else None,
        )
        found.append(event)
    return found


def _state(text: str) -> LessonState:
    return fold_lesson(_log(text), POINTS)


@pytest.mark.parametrize(
    ("text", "status", "score", "best"),
    [
        ("", "open", None, None),
        ("o", "started", None, None),
        ("o a+", "started", 25, None),
        ("a+ b+", "completed", 100, 100),
        ("a- a+ b+", "completed", 88, 88),
        ("a+ b- b- b+", "completed", 44, 44),
        ("a+ b- b- b- b+", "completed", 25, 25),
        ("a+ b- b- b- b!", "completed", 25, 25),
        ("a- a- a- a! b- b- b- b!", "completed", 0, 0),
        # hints cost a part of the points: 10, 25 and 50 percent
        ("a+ b1 b+", "completed", 92, 92),
        ("a+ b1 b2 b+", "completed", 74, 74),
        ("a+ b1 b2 b3 b- b+", "completed", 25, 25),
        # a hint after the answer costs nothing, and practice changes nothing
        ("a+ b+ b3", "completed", 100, 100),
        ("a+ b+ b- a- a+", "completed", 100, 100),
        ("a- a- a- a! a+ b+", "completed", 75, 75),
        # a new run has its own score, and the best one stays
        ("a+ b+ r", "open", None, 100),
        ("a+ b+ r a-", "started", 0, 100),
        ("a- a+ b+ r a+ b+", "completed", 100, 100),
        ("a+ b+ r a- a+ b+", "completed", 88, 100),
    ],
)
def test_a_lesson_has_the_score_of_its_exercises(text: str, status: str, score: int | None, best: int | None) -> None:
    state = _state(text)
    expected = "started" if status == "open" and text else status
    assert (state.status, state.score, state.best) == (expected, score, best)


def test_it_was_perfect_only_without_a_mistake() -> None:
    assert [_state(text).flawless for text in ("a+ b+", "a+", "a- a+ b+", "a+ b1 b+")] == [True, False, False, True]


words = st.sampled_from(["o", "r", *(f"{id}{mark}" for id in "ab" for mark in "+-!123")])


@st.composite
def arrivals(draw: st.DrawFn) -> list[list[Logged]]:
    """Draws hand-ins: when each was received, what of the past it tells of, in any order, and some of it twice."""
    handed_in: list[list[Logged]] = []
    received = NOW
    for texts in draw(st.lists(st.lists(words, min_size=1, max_size=4), max_size=6)):
        received += MINUTE
        together = []
        for event in _log(" ".join(texts)):
            # a new beginning and a hint are noted by us, when they happen
            ours = event.type in ("restarted", "hint")
            at = received if ours else received - draw(st.integers(0, 5)) * MINUTE
            client = UUID(int=draw(st.integers(1, 2**64)))
            together.append(replace(event, at=at, client_id=client, received=received))
        again = draw(st.lists(st.sampled_from([*chain(*handed_in), *together]), max_size=2))
        handed_in.append(draw(st.permutations([*together, *again])))
    return handed_in


def _answered(event: Logged) -> Answered | None:
    if event.exercise_id is None:
        return None
    return Answered(event.at, event.client_id, correct=event.correct, hint=event.hint, revision=event.revision)


def _stored(log: LessonLog) -> tuple[Any, dict[Any, Any]]:
    """Returns the rows of a fold as the database would give them back."""
    row = lesson_row(PERSON, LESSON, log)
    cards = {(LESSON, id): card for id in "ab" if (card := card_row(PERSON, LESSON, id, log.recall(id))) is not None}
    return SimpleNamespace(**{**row, "snapshot": json.loads(json.dumps(row["snapshot"]))}), {
        key: SimpleNamespace(**card) for key, card in cards.items()
    }


@settings(deadline=None)
@given(arrivals())
def test_rows_that_go_on_are_the_fold_of_the_sorted_set(handed_in: list[list[Logged]]) -> None:
    known: dict[UUID, Logged] = {}
    stored: tuple[Any, dict[Any, Any]] | None = None
    for together in handed_in:
        new = sorted({event.client_id: event for event in together if event.client_id not in known}.values())
        if not new:
            continue
        later = all(event.at > max(each.at for each in known.values()) for event in new) if known else False
        if stored is not None and later:
            log = resumed_log(POINTS, *stored)
        else:
            answers: dict[str, list[Answered]] = {}
            for event in known.values():
                if (answered := _answered(event)) is not None:
                    answers.setdefault(event.exercise_id or "", []).append(answered)
            log = LessonLog(POINTS, known.values(), answers)
        for event in new:
            log.add(event, _answered(event))
            known[event.client_id] = event
            assert log.whole() == fold_lesson(known.values(), POINTS)
        for id in "ab":
            answered_all = [_answered(event) for event in known.values() if event.exercise_id == id]
            expected = fold_recall(each for each in answered_all if each is not None)
            found = log.recall(id)
            assert (found.made(), found.wrong, found.hinted) == (expected.made(), expected.wrong, expected.hinted)
        stored = _stored(log)


@given(st.lists(words, max_size=14))
def test_taking_the_next_event_is_folding_all(text: list[str]) -> None:
    state = LessonState()
    for event in _log(" ".join(text)):
        state.take(event, POINTS)
    assert state == _state(" ".join(text))


def fold_card(events: Iterable[Answered]) -> ReviewCard | None:
    return fold_recall(events).made()


def _answers(text: str) -> list[Answered]:
    return [
        Answered(
            NOW + at * timedelta(days=2),
            UUID(int=at + 1),
            correct=word in ("+", "good", "hard", "easy"),
            hint=int(word) if word.isdigit() else None,
            rating=word if len(word) > 1 else None,
        )
        for at, word in enumerate(text.split())
    ]


@pytest.mark.parametrize(
    ("text", "reviews"),
    [("", None), ("+ +", None), ("1 +", None), ("-", 1), ("2", 0), ("2 +", 1), ("+ - +", 2), ("good", 1)],
)
def test_a_card_is_made_by_a_mistake_a_strong_hint_or_a_rating(text: str, reviews: int | None) -> None:
    card = fold_card(_answers(text))
    assert (None if card is None else card.reviews) == reviews


def test_a_card_is_due_later_the_better_it_is_known() -> None:
    dues = {text: fold_card(_answers(text)) for text in ("again again", "hard hard", "good good", "easy easy")}
    moments = [card.due for card in dues.values() if card is not None]
    assert moments == sorted(moments)
    assert len(set(moments)) == 4


@given(st.lists(st.sampled_from(["+", "-", "1", "2", "3"]), max_size=10), st.randoms(use_true_random=False))
def test_a_log_makes_the_same_card_to_the_second(text: list[str], random: Random) -> None:
    answers = _answers(" ".join(text))
    assert fold_card(random.sample(answers, len(answers))) == fold_card(answers)


SENT = NOW - timedelta(days=3650)


@pytest.mark.parametrize(
    ("happened_at", "sent_at", "expected"),
    [
        (None, None, NOW),
        (None, SENT, NOW),
        (NOW - 5 * MINUTE, None, NOW - 5 * MINUTE),
        (NOW + MINUTE, None, NOW),
        # a clock that is ten years late
        (SENT - 5 * MINUTE, SENT, NOW - 5 * MINUTE),
        (SENT + MINUTE, SENT, NOW),
    ],
)
def test_an_event_happened_when_it_did(
    happened_at: datetime | None, sent_at: datetime | None, expected: datetime
) -> None:
    assert happened(happened_at, sent_at, NOW) == expected


def test_once_the_solution_was_shown_an_exercise_earns_nothing_in_whatever_run_and_order() -> None:
    begin = datetime(2026, 11, 29, 12, tzinfo=UTC)

    def at(minutes: int, type: EventType = "attempt", *, happened: int | None = None, **more: bool) -> Logged:
        moment = begin + timedelta(minutes=minutes if happened is None else happened)
        return Logged(moment, uuid4(), type, "a", 1, received=begin + timedelta(minutes=minutes), **more)

    given_up = [at(1), at(2), at(3), at(4, give_up=True)]
    outlines = {1: {"a": 10}}
    assert fold_lesson(given_up, outlines).best == 0
    again = [*given_up, replace(at(5, "restarted"), exercise_id=None), at(6, correct=True)]
    assert (fold_lesson(again, outlines).best, fold_lesson(again, outlines).flawless) == (0, False)
    backdated = [*given_up, at(5, happened=0, correct=True)]
    assert fold_lesson(backdated, outlines).best == 0


def test_a_hint_costs_all_that_is_handed_in_after_it_in_whatever_run_and_order() -> None:
    begin = datetime(2026, 11, 29, 12, tzinfo=UTC)

    def at(minutes: int, type: EventType = "attempt", *, happened: int | None = None, **more: Any) -> Logged:
        moment = begin + timedelta(minutes=minutes if happened is None else happened)
        return Logged(moment, uuid4(), type, "a", 1, received=begin + timedelta(minutes=minutes), **more)

    def best(*events: Logged) -> int | None:
        return fold_lesson(events, {1: {"a": 10}}).best

    hints = [at(1, "hint", hint=1), at(2, "hint", hint=2)]
    assert best(*hints, at(3, correct=True)) == 65
    assert best(*hints, at(3, happened=0, correct=True)) == 65, "it is said to have happened before"
    restarted = replace(at(3, "restarted"), exercise_id=None)
    assert best(*hints, restarted, at(4, correct=True)) == 65, "the hints are known in the new run"
    assert best(at(0, correct=True), *hints) == 100, "a past answer costs nothing"


def test_no_clock_is_so_wrong_that_nothing_can_be_said() -> None:
    now = datetime(2026, 11, 29, tzinfo=UTC)
    first, last = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
    assert now - happened(first, last, now) > TOO_OLD
    assert happened(last, first, now) == now


def test_events_of_one_moment_keep_the_order_in_which_they_were_sent() -> None:
    now = datetime(2026, 11, 29, tzinfo=UTC)
    first, second, last = in_order([now, now, now])
    assert first < second < last == now
    later = now + timedelta(seconds=1)
    assert in_order([later, now]) == [later, now]
    assert in_order([datetime(1, 1, 1, tzinfo=UTC)] * 2) == [datetime(1, 1, 1, tzinfo=UTC)] * 2
