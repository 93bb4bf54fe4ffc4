"""Tests what is measured of the quality of a recording: clipping, echo, treble, and hum that is taken out."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from speech.assess.doubt import doubt
from speech.audio import RATE
from speech.detector import Detector
from speech.gate import Refusal, find_speech
from speech.hum import without_hum
from speech.quality import Quality, clipped_share, crowded_share, fall

from .sounds import at_level, decoded, hum, noise, played, sample

SPEECH = decoded(sample("peter-piper.webm")).astype(np.float64)
LOUD = at_level(SPEECH, -20).astype(np.float64)


def quality(signal: NDArray[np.float64]) -> Quality:
    found = find_speech(np.clip(signal, -32_768, 32_767).astype(np.int16), Detector())
    assert not isinstance(found, Refusal)
    return found.quality


@pytest.mark.parametrize("top", [3_500, 9_000, 32_000])
def test_flat_peaks_are_clipped_at_whatever_level(top: int) -> None:
    clipped = np.clip(LOUD * top / 3_000, -top, top).astype(np.int16)
    assert clipped_share(clipped) > 0.01
    found = find_speech(clipped, Detector())
    assert isinstance(found, Refusal)
    assert found.reason == "clipped"


def clipped_before_resampling(louder: float) -> NDArray[np.float64]:
    """Clips at 48 kHz, and goes to 16 kHz as a decoder does: no peak is flat any more."""
    fast = np.clip(played(LOUD, 3) * 3 * louder, -12_000, 12_000)
    return np.fft.irfft(np.fft.rfft(fast)[: LOUD.size // 2 + 1], LOUD.size) / 3


def test_peaks_that_were_cut_off_before_resampling_are_clipped_too() -> None:
    clipped = clipped_before_resampling(4)
    assert clipped_share(clipped.astype(np.int16)) < 0.01
    found = find_speech(clipped.astype(np.int16), Detector())
    assert isinstance(found, Refusal)
    assert found.reason == "clipped"


def test_peaks_that_were_cut_off_a_little_leave_doubt() -> None:
    assert quality(LOUD).crowded < 0.04
    assert doubt(quality(clipped_before_resampling(1.4))).absent
    assert crowded_share(np.zeros(0)) == 0


@pytest.mark.parametrize("part", [clipped_before_resampling(2), clipped_before_resampling(4)[: RATE * 9 // 10]])
def test_a_compressed_voice_and_one_short_word_are_not_refused_but_leave_doubt(part: NDArray[np.float64]) -> None:
    crowded = quality(part).crowded
    assert crowded > 0.09  # a limiter leaves as much, and so does the vowel of a word said alone ("No.")
    assert doubt(Quality(crowded=crowded)).absent


@pytest.mark.parametrize(
    "signal",
    [LOUD, LOUD / 50, np.round(LOUD / 3_000) * 3_000, noise(1, -10), hum(2, -10), np.zeros(RATE), np.zeros(0)],
    ids=["loud", "soft", "few bits", "noise", "hum", "silence", "nothing"],
)
def test_what_is_not_clipped_is_not_called_so(signal: NDArray[np.float64]) -> None:
    assert clipped_share(signal.astype(np.int16)) < 0.01


def test_the_echo_of_a_room_dies_away_more_slowly_than_words_end() -> None:
    time = np.arange(RATE // 2) / RATE
    echo = np.random.default_rng(3).normal(size=time.size) * 10 ** (-3 * time / 0.5)
    echo *= 0.8 / np.linalg.norm(echo)
    echo[0] = 1.0
    size = LOUD.size + echo.size
    echoing = np.fft.irfft(np.fft.rfft(LOUD, size) * np.fft.rfft(echo, size), size)
    assert fall(echoing) < 300 < fall(LOUD)
    assert fall(np.zeros(0)) == Quality.fall


def test_sound_without_its_upper_half_has_no_treble() -> None:
    spectrum = np.fft.rfft(LOUD)
    spectrum[round(4_000 / (RATE / 2) * spectrum.size) :] = 0
    assert quality(np.fft.irfft(spectrum, LOUD.size)).treble_db < -47 < quality(LOUD).treble_db


def test_a_hand_on_the_microphone_takes_the_middle_and_clear_or_narrow_sound_has_it() -> None:
    spectrum = np.fft.rfft(LOUD)
    frequency = np.fft.rfftfreq(LOUD.size, 1 / RATE)
    muffled, narrow = spectrum * 10 ** (-np.maximum(np.log2(frequency / 900 + 1e-9), 0) * 18 / 20), spectrum.copy()
    narrow[(frequency < 300) | (frequency > 3_400)] = 0
    middles = [quality(np.fft.irfft(each, LOUD.size)).middle_db for each in (muffled, narrow, spectrum)]
    assert [doubt(Quality(middle_db=middle)).missing for middle in middles] == [True, False, False]


@pytest.mark.parametrize("mains", [50.0, 49.95, 60.0, 60.07])
def test_hum_is_taken_out_and_the_voice_stays(mains: float) -> None:
    time = np.arange(LOUD.size) / RATE
    humming = at_level(
        sum((np.sin(2 * np.pi * mains * n * time + n) / n for n in range(1, 8)), np.zeros(time.size)), -14
    )
    left = without_hum(LOUD + humming) - LOUD
    assert np.sqrt((left**2).mean()) < 0.25 * np.sqrt((humming.astype(float) ** 2).mean())


@pytest.mark.parametrize("make", [lambda: LOUD, lambda: noise(3, -30).astype(float), lambda: LOUD[: RATE // 2]])
def test_what_has_no_hum_stays_as_it_is(make: Callable[[], NDArray[np.float64]]) -> None:
    signal = make()
    assert without_hum(signal) is signal
