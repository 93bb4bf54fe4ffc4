"""Tests when a word counts as said twice though the transcript has it once."""

import pytest

from speech.acoustic import Sound
from speech.assess.compare import match
from speech.assess.doubt import CERTAIN, Doubt
from speech.assess.evidence import Evidence, Spot
from speech.assess.lexicon import Lexicon
from speech.assess.text import words
from speech.assess.verdict import Reading, judge

TEXT = "we saw rabbit"
SAID = {"we": ("W", "IY"), "saw": ("S", "AO"), "rabbit": ("R", "AE", "B", "AH", "T")}
LEXICON = Lexicon(lambda word: (SAID[word],) if word in SAID else ())


def spot(word: str, start: float, seconds: float) -> Spot:
    """Returns a place where a word was said well."""
    return Spot(start, start + seconds, -35.0, tuple(Sound(name, 0, 1, -35.0) for name in SAID[word]))


def verdicts(
    transcript: str, first: float, last: float, *, again: bool = False, doubt: Doubt = CERTAIN
) -> list[tuple[str, str]]:
    """Judges a reading with 0.1 s for each sound, and two tries at "rabbit"; at "saw" too where `again` is set."""
    text, heard = (LEXICON.text([word.ways for word in words(spoken)]) for spoken in (TEXT, transcript))
    said = {0: spot("we", 0, 0.2), 1: spot("saw", 0.2, 0.2), 2: spot("rabbit", 2.0, last)}
    evidence = Evidence(said, [(2, spot("rabbit", 1.0, first))])
    if again:
        evidence.tries.append((1, spot("saw", 0.6, 0.2)))
    reading = Reading(TEXT.split(), text, transcript.split(), heard, match(text, heard), evidence, doubt)
    return [(one.result.word, one.result.verdict) for one in judge(reading)]


WHOLE = [("we", "correct"), ("saw", "correct"), ("rabbit", "correct")]
TWICE = [*WHOLE[:2], ("rabbit", "repeated"), WHOLE[2]]


@pytest.mark.parametrize(("first", "last"), [(0.5, 0.2), (0.2, 0.5), (0.1, 0.1)])
def test_the_burst_of_a_sound_is_no_word(first: float, last: float) -> None:
    assert verdicts(TEXT, first, last) == WHOLE


def test_two_words_that_took_their_time_were_said() -> None:
    assert verdicts(TEXT, 0.45, 0.5) == TWICE


def test_what_the_transcript_has_twice_may_be_hurried() -> None:
    assert verdicts("we saw rabbit rabbit", 0.2, 0.3) == TWICE


def test_words_that_were_said_again_together_may_be_hurried() -> None:
    again = verdicts(TEXT, 0.2, 0.3, again=True)
    assert [word for word, verdict in again if verdict == "repeated"] == ["saw", "rabbit"]


def test_in_poor_sound_only_the_transcript_tells_that_a_word_was_said_again() -> None:
    poor = Doubt(absent=True)
    assert verdicts(TEXT, 0.45, 0.5, again=True, doubt=poor) == WHOLE
    assert verdicts("we saw rabbit rabbit", 0.2, 0.3, doubt=poor) == TWICE
