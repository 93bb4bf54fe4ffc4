"""Tests what a transcriber writes for poor sound: an "uh", or few words for much speech, do not tell what was said."""

import numpy as np
import pytest

from speech.assess import Support, support
from speech.audio import Samples

from .lexicons import lexicon
from .sounds import at_level, decoded, played, sample

PETER = "Peter Piper picked a peck of pickled peppers."
SPEECH = decoded(sample("peter-piper.webm"))
#: as a wrong sample rate plays it
SLOW = at_level(played(SPEECH.astype(np.float64), 3), -25)


@pytest.mark.parametrize(
    ("heard", "samples", "supported"),
    [
        ("Uh, uh, uh", SLOW, Support.NOTHING),
        ("A pen.", SPEECH, Support.TEXT),
        ("", SPEECH, Support.TEXT),
    ],
)
def test_too_little_for_the_speech_is_an_invention(heard: str, samples: Samples, supported: Support) -> None:
    assert support(PETER, heard, samples, lexicon()) is supported


def test_words_that_fill_the_speech_are_what_was_said() -> None:
    other = decoded(sample("she-sells.webm"))
    assert support(PETER, "She sells sea shells by the sea shore.", other, lexicon()) is Support.TRANSCRIPT
    assert support("Uh, mm-hmm.", "Uh, mm-hmm.", SPEECH, lexicon()) is Support.TRANSCRIPT
