"""Scores of a reading as a whole."""

from speech.assess.result import WordResult
from speech.assess.scores import whole


def said(word: str, start: float, verdict: str = "correct", score: float = 90.0) -> WordResult:
    return WordResult(word, verdict, word, start, start + 0.3, score, 0.9)  # type: ignore[arg-type]


def test_who_stutters_is_not_marked_down() -> None:
    smooth = [said("red", 0.0), said("lorry", 0.3)]
    stuttered = [said("red", 0.0, "repeated"), said("red", 0.9, "repeated"), said("red", 2.4), said("lorry", 2.7)]
    one = whole(smooth, 3, [False] * 2)
    other = whole(stuttered, 3, [False] * 4)
    assert (other.overall, other.accuracy, other.completeness) == (one.overall, one.accuracy, one.completeness)
    assert other.fluency < one.fluency  # reported apart


def test_the_lower_of_accuracy_and_completeness_weighs_most() -> None:
    half = [said("red", 0.0, score=90.0), WordResult("lorry", "omitted")]
    assert whole(half, 1, [False] * 2).overall == 0.6 * 50 + 0.4 * 90
