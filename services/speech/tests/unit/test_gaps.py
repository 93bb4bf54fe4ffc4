"""Tests which words are unsure because their sound is missing from the recording."""

import math

import pytest

from speech.assess.gaps import unsure_at_gaps
from speech.assess.result import Verdict, WordResult
from speech.assess.verdict import Judged
from speech.audio import Gap


def said(number: int | None, verdict: Verdict, start: float | None = None, end: float | None = None) -> Judged:
    return Judged(number, WordResult(f"word{number}", verdict, start=start, end=end, confidence=0.9))


#: five words, of which the second was left out, the fourth was wrong, and the last was left out
READING = [
    said(0, "correct", 0.5, 1.0),
    said(1, "omitted"),
    said(2, "correct", 1.5, 2.0),
    said(3, "mispronounced", 2.5, 3.0),
    said(4, "omitted"),
]


@pytest.mark.parametrize(
    ("gaps", "unsure"),
    [
        ([], []),
        ([(3.2, math.inf)], [4]),  # the recording ends
        ([(2.9, math.inf)], [3, 4]),  # in the middle of a word
        ([(1.1, 1.3)], [1]),
        ([(1.2, 1.2)], [1]),  # a damaged packet
        ([(2.1, 2.45)], [3]),  # just before a word
        ([(0.2, 0.3)], []),
        ([(0.0, 0.1), (3.1, 3.2)], [3, 4]),
    ],
)
def test_a_word_is_unsure_where_its_sound_may_be_missing(gaps: list[Gap], unsure: list[int]) -> None:
    judged = unsure_at_gaps(READING, gaps)
    assert [one.number for one in judged if one.result.reason == "sound_missing"] == unsure
    assert all((one.result.verdict == "unsure") is (one.number in unsure) for one in judged)


def test_what_was_heard_stays_as_it_was() -> None:
    heard = [said(0, "correct", 0.5, 1.0), said(None, "inserted", 1.0, 1.2), said(1, "repeated", 1.2, 1.5)]
    assert unsure_at_gaps(heard, [(0.0, math.inf)]) == heard


def test_of_a_reading_in_which_nothing_was_found_nothing_is_known_where_there_is_a_gap() -> None:
    judged = unsure_at_gaps([said(0, "omitted"), said(1, "omitted")], [(2.0, math.inf)])
    assert [one.result.verdict for one in judged] == ["unsure", "unsure"]
