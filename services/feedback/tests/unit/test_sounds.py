from __future__ import annotations

from pathlib import Path

import pocketsphinx
import pytest

from feedback.sounds import MOUTH, name, onset


@pytest.mark.parametrize(
    ("word", "sound"),
    [
        ("Red", "R"),
        ("“wrist", "R"),
        ("knife", "N"),
        ("thin", "TH"),
        ("There's", "DH"),
        ("shells", "SH"),
        ("Sugar", "SH"),
        ("who", "HH"),
        ("which", "W"),
        ("city", "S"),
        ("yellow", "Y"),
        ("ear", None),
        ("gem", None),
        ("hour", None),
        ("école", None),
        ("", None),
    ],
)
def test_onset(word: str, sound: str | None) -> None:
    assert onset(word) == sound


def test_onsets_agree_with_the_dictionary() -> None:
    """Compares first sounds with the CMU dictionary, which has names and foreign words too: 98 % must agree."""
    text = Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict")).read_text(encoding="utf-8")
    entries = [line.split()[:2] for line in text.splitlines() if line[0].isalpha() and "(" not in line]
    told = [(sound, first) for word, first in entries if (sound := onset(word)) is not None]
    assert len(told) > 90_000
    assert sum(sound == first for sound, first in told) / len(told) > 0.98


def test_every_sound_has_a_way_to_make_it_and_a_name() -> None:
    letters = [onset(spelling) for spelling in ["ch", "j", "th", "the", "sh", "ya", "h", *"bcdfgklmnpqrstvwz"]]
    assert set(letters) == set(MOUTH)
    assert all(name(sound) in tip for sound, tip in MOUTH.items())
