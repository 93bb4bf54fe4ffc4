"""Tests that a word is called wrong only where several hearings of the same sound agree."""

import pytest

from speech.assess.compare import match
from speech.assess.confirm import confirmed, wrong
from speech.assess.doubt import CERTAIN, Doubt, doubt
from speech.assess.evidence import Evidence, Spot
from speech.assess.lexicon import Lexicon
from speech.assess.result import Verdict, WordResult
from speech.assess.text import words
from speech.assess.verdict import Judged, Reading, judge
from speech.quality import CLEAR, Quality

TEXT = "We saw a rabbit"
SAID = {
    "we": ("W", "IY"),
    "saw": ("S", "AO"),
    "a": ("AH",),
    "rabbit": ("R", "AE", "B", "AH", "T"),
    "wabbit": ("W", "AE", "B", "AH", "T"),
    "habit": ("HH", "AE", "B", "AH", "T"),
    "monkey": ("M", "AH", "NG", "K", "IY"),
    "bottom": ("B", "AA", "T", "AH", "M"),
    "button": ("B", "AH", "T", "AH", "N"),
    "table": ("T", "EY", "B", "AH", "L"),
}
LEXICON = Lexicon(lambda word: (SAID[word],) if word in SAID else ())


def verdict(called: Verdict, first: str, *again: str, fit: float = -30.0, doubt: Doubt = CERTAIN) -> Verdict:
    """Returns the verdict on “rabbit”, which was called so after the first hearing; `fit` is that of its sound."""
    text, heard = (LEXICON.text([word.ways for word in words(spoken)]) for spoken in (TEXT, first))
    written, evidence = TEXT.split(), Evidence({3: Spot(0.5, 1.0, fit)})
    reading = Reading(written, text, first.split(), heard, match(text, heard), evidence, doubt)
    judged = [Judged(n, WordResult(word, called if word == "rabbit" else "correct")) for n, word in enumerate(written)]
    assert wrong(judged)
    results = confirmed(judged, reading, again, LEXICON)
    assert [one.result.verdict for one in results[:3]] == ["correct"] * 3
    return results[3].result.verdict


@pytest.mark.parametrize(
    ("first", "again", "borne_out"),
    [
        ("we saw a wabbit", ["We saw a wabbit."] * 3, True),
        ("we saw a monkey", ["we saw a monkey"] * 3, True),
        ("we saw a wabbit", ["we saw a wabbit", "we saw a rabbit", "we saw a wabbit"], False),
        ("we saw a wabbit", ["we saw a habit", "we saw a wabbit", "we saw a wabbit"], False),
        ("we saw a monkey", ["we saw a table", "we saw a monkey", "we saw a table"], False),
        ("we saw a wabbit", [], True),  # an engine that cannot hear again
    ],
)
def test_a_word_said_otherwise_is_the_same_each_time(first: str, again: list[str], borne_out: bool) -> None:
    assert verdict("mispronounced", first, *again) == ("mispronounced" if borne_out else "unsure")


@pytest.mark.parametrize(
    ("first", "again", "borne_out"),
    [
        ("we saw a", ["we saw a"] * 3, True),
        ("we saw a", ["we saw a", "we saw a monkey", "we saw a"], True),
        ("we saw a monkey", ["we saw a", "we saw a", "we saw a"], True),
        ("we saw a", ["we saw a", "we saw a habit", "we saw a"], False),
        ("we saw a", ["we saw a", "we saw a rabbit", "we saw a"], False),
        ("we saw a", ["we saw a table", "we saw a monkey", "we saw a"], True),  # other words are not that word
        ("", ["", "", ""], True),
    ],
)
def test_a_word_left_out_is_missing_from_all_hearings_but_one(first: str, again: list[str], borne_out: bool) -> None:
    assert verdict("omitted", first, *again) == ("omitted" if borne_out else "unsure")


@pytest.mark.parametrize(
    ("fit", "quality", "expected"),
    [
        (-90.0, CLEAR, "mispronounced"),
        (-30.0, CLEAR, "unsure"),  # the sound of the word fits
        (-90.0, Quality(treble_db=-60), "unsure"),
        (-90.0, Quality(noise_db=15), "unsure"),
        (-90.0, Quality(noise_db=40), "mispronounced"),
        (-90.0, Quality(fall=200), "unsure"),
        (-90.0, Quality(clipped=0.005), "unsure"),
        (-90.0, Quality(crowded=0.06), "unsure"),
    ],
)
def test_other_words_each_time_prove_something_in_clear_sound_that_does_not_fit(
    fit: float, quality: Quality, expected: Verdict
) -> None:
    again = ["we saw a button", "we saw a bottom", "we saw a button"]
    assert verdict("mispronounced", "we saw a bottom", *again, fit=fit, doubt=doubt(quality)) == expected


def test_only_narrow_sound_cannot_prove_that_a_similar_word_was_said() -> None:
    assert doubt(Quality(treble_db=-60)) == Doubt(similar=True, absent=True)
    assert doubt(Quality(noise_db=15)) == Doubt(absent=True)
    assert doubt(Quality(voiced=0.05)) == Doubt(missing=True)
    assert doubt(CLEAR) == CERTAIN


@pytest.mark.parametrize(
    ("quality", "expected"),
    [(CLEAR, "omitted"), (Quality(middle_db=-40), "unsure"), (Quality(voiced=0.05), "unsure")],
)
@pytest.mark.parametrize("heard", ["we saw a", "bottom table monkey"])
def test_sound_that_is_muffled_or_whispered_proves_neither_that_a_word_is_missing_nor_another_text(
    quality: Quality, expected: Verdict, heard: str
) -> None:
    text, spoken = (LEXICON.text([word.ways for word in words(each)]) for each in (TEXT, heard))
    evidence = Evidence({number: Spot(0.2 * number, 0.2 * number + 0.2, -90.0) for number in range(3)})
    reading = Reading(TEXT.split(), text, heard.split(), spoken, match(text, spoken), evidence, doubt(quality))
    rabbit = next(one.result for one in judge(reading) if one.number == 3)
    assert (rabbit.word, rabbit.verdict) == ("rabbit", expected)
    assert reading.of_other_text == (heard != "we saw a" and expected == "omitted")


def test_what_is_taken_back_keeps_little_confidence() -> None:
    text = LEXICON.text([word.ways for word in words("rabbit")])
    reading = Reading(["rabbit"], text, [], [], match(text, []), Evidence())
    judged = [Judged(0, WordResult("rabbit", "omitted", confidence=0.9))]
    assert confirmed(judged, reading, ["rabbit"], LEXICON)[0].result == WordResult("rabbit", "unsure", confidence=0.4)
