"""Tests which sounds are found repeated, held or blocked, and that they cost nothing."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from contracts.speech import SOUND_BLOCKED, SOUND_HELD, SOUND_REPEATED
from speech.acoustic import Sound
from speech.assess.allowance import allowed, scored
from speech.assess.evidence import Spot
from speech.assess.result import Scores, Verdict, WordResult
from speech.assess.scores import whole
from speech.assess.stutter import Stutter, stutters
from speech.assess.verdict import Judged
from speech.audio import RATE
from speech.excerpt import Excerpt

FRAME = RATE // 100
#: names of sounds, and frames of each; a number is a silence, and a name in brackets is sound that is not aligned
Part = tuple[str, int]
SAID: list[Part] = [("M", 8), ("IY", 14), ("S", 10), ("AE", 14), ("N", 8), ("W", 8), ("IY", 14), ("L", 8), ("AA", 14)]
WORDS = (2, 3, 2, 2)


def tone(name: str, frames: int) -> NDArray[np.float64]:
    """Makes a steady sound with a spectrum of its own for each name."""
    time = np.arange(frames * FRAME) / RATE
    pitches = [150.0 + 100 * (sum(name.encode()) * factor % 40) for factor in (1, 7, 13)]
    return 3_000 * sum((np.sin(2 * np.pi * pitch * time) for pitch in pitches), np.zeros(time.size))


def found(parts: list[Part], pauses: tuple[int, ...] = (), gaps: tuple[tuple[float, float], ...] = ()) -> list[Stutter]:
    """Returns what is found in four words that were said as these parts; marks follow the words in `pauses`."""
    at, signal = 10, [np.zeros(10 * FRAME)]
    sounds: list[Sound] = []
    for name, frames in parts:
        silent = name == ""
        signal.append(np.zeros(frames * FRAME) if silent else tone(name.strip("()"), frames))
        if not silent and name[0] != "(":
            sounds.append(Sound(name, at, at + frames, -30.0))
        at += frames
    said, first = {}, 0
    for number, length in enumerate(WORDS):
        of_word = tuple(sounds[first : first + length])
        said[number] = Spot(of_word[0].start / 100, of_word[-1].end / 100, -30.0, of_word)
        first += length
    samples = np.concatenate([*signal, np.zeros(10 * FRAME)])
    noisy = (samples + np.random.default_rng(0).normal(size=samples.size) * 10).astype(np.int16)
    marks = [number in pauses for number in range(len(WORDS))]
    return stutters(said, marks, Excerpt(noisy, ((0, noisy.size),)), gaps)


def with_parts(place: int, *parts: Part) -> list[Part]:
    return [*SAID[:place], *parts, *SAID[place:]]


@pytest.mark.parametrize("times", [2, 4])
@pytest.mark.parametrize(("place", "word"), [(0, 0), (2, 1), (7, 3)])
def test_a_sound_said_several_times_before_its_word_is_repeated(place: int, word: int, times: int) -> None:
    name = SAID[place][0]
    pieces: list[Part] = [("", 8), *[(f"({name})", 7), ("", 9)] * times]
    assert [(one.kind, one.word) for one in found(with_parts(place, *pieces))] == [(SOUND_REPEATED, word)]


def test_a_sound_that_is_far_longer_than_others_is_held() -> None:
    held = [("S", 40) if part == ("S", 10) else part for part in SAID]
    [one] = found(held)
    assert (one.kind, one.word) == (SOUND_HELD, 1)
    assert one.end - one.start == pytest.approx(0.4, abs=0.03)


@pytest.mark.parametrize(("place", "word"), [(4, 1), (5, 2), (7, 3)])
def test_a_long_stop_within_a_word_or_before_it_is_a_block(place: int, word: int) -> None:
    [one] = found(with_parts(place, ("", 45)))
    assert (one.kind, one.word) == (SOUND_BLOCKED, word)
    assert one.end - one.start == pytest.approx(0.45, abs=0.05)


@pytest.mark.parametrize(
    ("parts", "pauses"),
    [
        (SAID, ()),
        ([(name, frames * 7 // 5) for name, frames in SAID], ()),  # slow
        ([(name, frames * 2) for name, frames in SAID], ()),  # very slow
        (with_parts(5, ("", 80)), (1,)),  # at a mark
        ([*SAID[:2], ("", 30), *SAID[2:5], ("", 35), *SAID[5:7], ("", 28), *SAID[7:]], ()),  # word by word
        (with_parts(5, ("", 12), ("(T)", 9), ("", 12)), ()),  # something else between two words
        (with_parts(5, ("", 12), ("(T)", 9), ("", 9), ("(K)", 9), ("", 12)), ()),
    ],
    ids=["plain", "slow", "very slow", "mark", "word by word", "noise", "two noises"],
)
def test_ordinary_readings_have_none(parts: list[Part], pauses: tuple[int, ...]) -> None:
    assert found(parts, pauses) == []


def test_lost_sound_is_no_silence() -> None:
    blocked = with_parts(5, ("", 45))
    [one] = found(blocked)
    assert found(blocked, gaps=((one.start + 0.1, one.end),)) == []
    assert found(blocked, gaps=((one.end + 0.5, math.inf),)) == [one]


def test_in_loud_noise_and_in_nothing_nothing_is_found() -> None:
    noise = np.random.default_rng(0).normal(size=RATE) * 1_000
    spot = Spot(0.1, 0.5, -30.0, (Sound("S", 10, 50, -30.0), Sound("IY", 50, 60, -30.0)))
    assert stutters({0: spot}, [False], Excerpt(noise.astype(np.int16), ((0, RATE),))) == []
    assert stutters({}, [], Excerpt(np.zeros(0, np.int16), ())) == []


def judged(number: int | None, verdict: Verdict, start: float, end: float, score: float | None = 90.0) -> Judged:
    return Judged(number, WordResult("word", verdict, start=start, end=end, score=score))


READ = [judged(0, "correct", 0.0, 0.5), judged(1, "correct", 0.5, 1.0), judged(2, "correct", 1.0, 1.5)]
STUTTERED = [judged(0, "correct", 0.0, 0.5), judged(1, "correct", 1.2, 1.7, 40.0), judged(2, "correct", 1.7, 2.2)]


def score(words: list[Judged], stutter: list[Stutter]) -> Scores:
    return scored(words, stutter, lambda results: whole(results, 6, [False] * len(results)))


@pytest.mark.parametrize("kind", [SOUND_REPEATED, SOUND_HELD, SOUND_BLOCKED])
def test_no_score_is_lower_for_a_stutter(kind: str) -> None:
    assert score(STUTTERED, [Stutter(kind, 1, 0.5, 1.2)]) == score(READ, [])
    assert score(STUTTERED, []).overall < score(READ, []).overall


def test_a_stuttered_word_is_at_worst_unsure_and_its_pieces_are_no_words() -> None:
    words = [
        judged(0, "mispronounced", 0.0, 0.5),
        judged(None, "inserted", 0.6, 0.7),
        judged(1, "repeated", 0.8, 0.9),
        judged(1, "mispronounced", 1.2, 1.7),
        judged(None, "inserted", 1.7, 1.9),
    ]
    result = allowed(words, [Stutter(SOUND_REPEATED, 1, 0.55, 1.2)])
    assert [one.result.verdict for one in result] == ["mispronounced", "unsure", "inserted"]
    assert [one.result.findings for one in result] == [(), (SOUND_REPEATED,), ()]
    assert allowed(words, []) == words
