"""Tests that a line of the notes says what its message says, by pairs of a message and a line."""

from __future__ import annotations

import pytest

from feedback.models.note_truth import holds

SAID = "We decided to drop the tour, but we do not know yet who tells the drivers."
TRUE = [
    (SAID, "We decided to drop the tour.", "decisions"),
    (SAID, "Decided to drop the tour", "decisions"),
    (SAID, "We do not know who tells the drivers.", "open_questions"),
    (SAID, "We don't know yet who tells the drivers", "open_questions"),
    ("Hello there! Let’s use tabs. Maybe a drawer as well?", "Use tabs.", "decisions"),
    ("Maybe a drawer?", "A drawer", "ideas"),
    ("We could use a drawer.", "Use a drawer.", "ideas"),
    ("It can't take longer than 3 seconds.", "It cannot take longer than 3 seconds.", "constraints"),
    ("Who pays for it?", "Who pays for it?", "open_questions"),
    ("I will ask Ana on Monday, because she knows.", "Ask Ana on Monday.", "next_steps"),
    ("If legal agrees we drop the tour.", "If legal agrees, drop the tour.", "decisions"),
    ("Wir lassen die Tour nicht weg.", "Wir lassen die Tour nicht weg", "decisions"),
    ("我们决定不用标签。", "我们决定不用标签", "decisions"),
]
FALSE = [
    (SAID, "We decided to keep the tour.", "decisions"),
    (SAID, "We decided to drop the drivers.", "decisions"),
    (SAID, "We know who tells the drivers.", "open_questions"),
    (SAID, "The drivers decided to drop the tour.", "decisions"),
    ("We decided not to drop the tour.", "We decided to drop the tour.", "decisions"),
    ("We did not decide to drop the tour.", "Decided to drop the tour.", "decisions"),
    ("Nobody wants the tour.", "Wants the tour.", "constraints"),
    ("Should we drop the tour?", "We drop the tour.", "decisions"),
    ("We could drop the tour.", "We drop the tour.", "decisions"),
    ("Unless legal says no, we drop the tour.", "We drop the tour.", "decisions"),
    ("If legal agrees we drop the tour.", "We drop the tour.", "next_steps"),
    ("It has to take 3 seconds.", "It has to take 30 seconds.", "constraints"),
    ("We use tabs. The tour stays.", "We use the tour.", "decisions"),
    ("Wir lassen die Tour nicht weg.", "Wir lassen die Tour weg", "decisions"),
    ("我们决定不用标签。", "我们决定用标签", "decisions"),
    ("We use tabs.", "", "decisions"),
    ("We use tabs.", "…", "decisions"),
]
#: the check lets these through, though they say less than their sentence
MISSED = [("We stopped asking drivers to drop the tour.", "Asking drivers to drop the tour.", "decisions")]


@pytest.mark.parametrize(("message", "line", "section"), TRUE)
def test_what_a_sentence_says_may_be_noted(message: str, line: str, section: str) -> None:
    assert holds(line, message, section)


@pytest.mark.parametrize(("message", "line", "section"), FALSE)
def test_what_no_sentence_says_is_no_note(message: str, line: str, section: str) -> None:
    assert not holds(line, message, section)


@pytest.mark.parametrize(("message", "line", "section"), MISSED)
def test_what_is_missed(message: str, line: str, section: str) -> None:
    assert holds(line, message, section)
