"""Tests which level of hint comes next, and that no text of an author that tells the answer is given."""

from __future__ import annotations

import pytest

from content.exercises.exercise import FreeText
from content.hints.ladder import PASSED, AlreadySolved, Authored, LevelLocked, authored, level_of


def router(*hints: str) -> FreeText:
    first, second, third = hints
    return FreeText(id="a", prompt="What is it?", accepted=("router",), hints=(first, second, third), explanation="")


@pytest.mark.parametrize(("seen", "level"), [(set(), 1), ({1}, 2), ({1, 2}, 3), ({1, 2, 3}, 3), ({1, 3}, 2)])
def test_the_next_level_is_the_first_that_was_not_seen(seen: set[int], level: int) -> None:
    assert level_of(None, seen, attempts=1, done=False) == level


def test_what_was_seen_is_there_for_ever() -> None:
    assert [level_of(level, {1, 2}, attempts=0, done=True) for level in (1, 2)] == [1, 2]


@pytest.mark.parametrize(("asked", "seen", "attempts"), [(2, set(), 1), (3, {1}, 1), (3, {1, 2}, 0), (None, {1, 2}, 0)])
def test_a_level_waits_for_the_one_below_and_the_last_for_a_try(
    asked: int | None, seen: set[int], attempts: int
) -> None:
    with pytest.raises(LevelLocked):
        level_of(asked, seen, attempts=attempts, done=False)


@pytest.mark.parametrize("asked", [None, 1, 2, 3])
def test_who_is_done_gets_no_new_hint(asked: int | None) -> None:
    with pytest.raises(AlreadySolved):
        level_of(asked, set(), attempts=1, done=True)


def test_the_authors_hint_of_the_level_is_given() -> None:
    hints = ("Look at the box.", "It joins two networks.", "A door between two halls does alike.")
    found = [authored(router(*hints), level) for level in (1, 2, 3)]
    assert [each.text for each in found] == [*hints]
    assert {each.verdicts for each in found} == {(PASSED,)}


def test_a_hint_that_tells_the_answer_gives_way_to_one_below() -> None:
    found = authored(router("Look at the box.", "It is the r-o-u-t-e-r.", "Say router."), 3)
    assert found == Authored("Look at the box.", ("answer", "answer", PASSED), 1)


def test_where_each_tells_the_answer_none_is_given() -> None:
    found = authored(router("The router.", "A router.", "Routers."), 2)
    assert "router" not in found.text.lower()
    assert found.verdicts == ("answer", "answer", PASSED)
