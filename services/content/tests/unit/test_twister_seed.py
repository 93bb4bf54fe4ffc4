"""Tests the packaged catalogue: its promises are checked against the CMU dictionary that pocketsphinx brings."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pocketsphinx
import pytest

from content.twisters import seed

VOWELS = frozenset(["AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"])
CATALOGUE = seed.load()


@pytest.fixture(scope="module")
def pronunciations() -> dict[str, list[str]]:
    lines = Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict")).read_text(encoding="utf-8").splitlines()
    # the first pronunciation listed is the usual one; others carry a number and so never match a word
    return {entry[0]: entry[1:] for entry in (line.split() for line in lines)}


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-z]+(?:'[a-z]+)*", text.lower())


def test_is_large_and_spread() -> None:
    assert len(CATALOGUE) >= 60
    difficulties = Counter(twister.difficulty for twister in CATALOGUE)
    assert set(difficulties) == {1, 2, 3, 4, 5}
    assert min(difficulties.values()) >= 12
    sounds = Counter(sound for twister in CATALOGUE for sound in twister.sounds)
    # every English consonant but NG, which begins no word, and the rare ZH
    assert len(sounds) == 22
    assert not sounds.keys() & VOWELS
    assert min(sounds.values()) >= 3


def test_nothing_stands_twice() -> None:
    assert len({twister.id for twister in CATALOGUE}) == len(CATALOGUE)
    assert len({" ".join(words_of(twister.text)) for twister in CATALOGUE}) == len(CATALOGUE)
    assert all(len(set(twister.sounds)) == len(twister.sounds) for twister in CATALOGUE)


def test_ids_are_uuid7_in_order_of_difficulty() -> None:
    assert {twister.id.version for twister in CATALOGUE} == {7}
    assert [twister.id for twister in CATALOGUE] == sorted(twister.id for twister in CATALOGUE)
    assert [twister.difficulty for twister in CATALOGUE] == sorted(twister.difficulty for twister in CATALOGUE)


@pytest.mark.parametrize("twister", CATALOGUE, ids=lambda twister: twister.text[:30])
def test_tags_are_true(twister: seed.Twister, pronunciations: dict[str, list[str]]) -> None:
    """Tests that every word can be aligned and target sounds are frequent.

    A target sound is in at least two different words and among the five leading ones (words that hold it, those that
    begin with it counted twice).
    """
    words = words_of(twister.text)
    assert [word for word in words if word not in pronunciations] == []
    holders: dict[str, set[str]] = {}
    weight: Counter[str] = Counter()
    for word in words:
        phones = pronunciations[word]
        for sound in set(phones) - VOWELS:
            holders.setdefault(sound, set()).add(word)
            weight[sound] += 2 if phones[0] == sound else 1
    leading = [sound for sound, _ in weight.most_common(5)]
    assert twister.sounds
    for sound in twister.sounds:
        assert len(holders.get(sound, ())) >= 2, sound
        assert weight[sound] >= weight[leading[-1]], sound


def test_attempt_accepts_every_text() -> None:
    assert all(1 <= len(twister.text) <= 300 and twister.language == "en" for twister in CATALOGUE)
