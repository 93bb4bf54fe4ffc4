"""Tests that a word which the aligner finds and no transcript has is not missed in a reading that is too fast."""

from collections.abc import Sequence

import numpy as np
import pytest

from speech.acoustic import Sound
from speech.assess import Hearing, Lexicon, assess
from speech.assess.compare import Match
from speech.assess.doubt import CERTAIN, Doubt, doubt
from speech.assess.evidence import Evidence, Spot
from speech.assess.lexicon import Pronunciation
from speech.excerpt import Excerpt
from speech.quality import CLEAR, Quality

TEXT = "We saw a rabbit"
SAID = {"we": ("W", "IY"), "saw": ("S", "AO"), "a": ("AH",), "rabbit": ("R", "AE", "B", "AH", "T")}
LEXICON = Lexicon(lambda word: (SAID[word],) if word in SAID else ())
SAMPLES = np.zeros(16_000, np.int16)


def evidence(frames: int) -> Evidence:
    """Returns a reading in which each sound takes so many frames, and no sound of “rabbit” fits."""
    said, at = dict[int, Spot](), 0
    for number, (word, names) in enumerate(SAID.items()):
        fit = -90.0 if word == "rabbit" else -30.0
        sounds = tuple(Sound(name, at + frames * n, at + frames * (n + 1), fit) for n, name in enumerate(names))
        said[number] = Spot(at / 100, sounds[-1].end / 100, fit, sounds)
        at = sounds[-1].end
    return Evidence(said)


@pytest.mark.parametrize(("frames", "verdict"), [(9, "omitted"), (5, "unsure")])
def test_a_word_that_no_transcript_has_is_not_missed_in_a_fast_reading(
    frames: int, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gather(_: object, __: Sequence[Pronunciation], ___: object, ____: Sequence[Match]) -> Evidence:
        return evidence(frames)

    monkeypatch.setattr("speech.assess.reading.gather", gather)
    said = Excerpt(SAMPLES, ((0, SAMPLES.size),))
    hearing = Hearing("We saw a.", CLEAR, lambda _: "We saw a.")
    found = assess(TEXT, hearing, said, LEXICON)
    assert [word.verdict for word in found.words] == ["correct", "correct", "correct", verdict]


def test_a_reading_of_usual_speed_leaves_no_doubt_and_a_fast_one_that_of_its_sound_too() -> None:
    assert doubt(CLEAR, evidence(9).usual_sound) == CERTAIN == doubt(CLEAR, Evidence().usual_sound)
    assert doubt(CLEAR, evidence(5).usual_sound) == Doubt(absent=True)
    assert doubt(Quality(voiced=0.05), 0.05) == Doubt(absent=True, missing=True)
