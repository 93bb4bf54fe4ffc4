"""Tests the quality gate: speech passes at any ordinary level; everything else is refused with its reason."""

from collections.abc import Callable

import numpy as np
import pytest

from speech.audio import RATE, Samples
from speech.detector import Detector
from speech.gate import MESSAGES, Refusal, find_speech

from .sounds import at_level, bark, decoded, flute, hum, noise, played, sample, siren, whisper

SPEECH = decoded(sample("peter-piper.webm")).astype(np.float64)
DETECTOR = Detector()


def reason(samples: Samples) -> str | None:
    found = find_speech(samples, DETECTOR)
    return found.reason if isinstance(found, Refusal) else None


@pytest.mark.parametrize("dbfs", [-40, -30, -20])
def test_speech_passes_at_ordinary_levels(dbfs: float) -> None:
    assert reason(at_level(SPEECH, dbfs)) is None


def test_speech_passes_in_noise_and_amid_silence() -> None:
    assert reason(at_level(SPEECH, -30) + noise(SPEECH.size / RATE, -42)) is None
    assert reason(np.concatenate([np.zeros(12 * RATE, np.int16), at_level(SPEECH, -25), noise(12, -65)])) is None


@pytest.mark.parametrize("kind", [noise, hum])
def test_a_quiet_noise_or_hum_is_silent(kind: Callable[[float, float], Samples]) -> None:
    assert reason(kind(4, -60)) == "silent"


@pytest.mark.parametrize(
    "kind", [noise, siren, *(pytest.param(kind, marks=pytest.mark.in_full) for kind in (hum, flute, bark))]
)
def test_sounds_in_which_nobody_speaks_are_no_speech(kind: Callable[[float, float], Samples]) -> None:
    assert reason(kind(4, -20)) == "no_speech"


def test_speech_passes_below_a_louder_hum() -> None:
    assert reason(at_level(SPEECH, -30) + hum(SPEECH.size / RATE, -22)) is None


@pytest.mark.parametrize("dbfs", [-30, -40])
def test_a_whisper_is_not_silent(dbfs: float) -> None:
    assert reason(at_level(whisper(SPEECH), dbfs)) is None


def test_a_whisper_far_away_is_called_a_whisper() -> None:
    assert reason(at_level(whisper(SPEECH), -52)) == "whispered"


def test_speech_three_times_too_slow_is_unintelligible() -> None:
    assert reason(at_level(played(SPEECH, 3), -25)) == "unintelligible"


def test_silence_is_silent() -> None:
    assert reason(np.zeros(3 * RATE, np.int16)) == "silent"
    assert reason(decoded(sample("silence.webm"))) == "silent"


def test_far_away_speech_is_too_quiet() -> None:
    assert reason(at_level(SPEECH, -58)) == "too_quiet"


def test_overdriven_speech_is_clipped() -> None:
    assert reason(np.clip(SPEECH * 30, -32_768, 32_767).astype(np.int16)) == "clipped"


def test_under_two_fifths_of_a_second_is_too_short() -> None:
    assert reason(SPEECH[: int(0.39 * RATE)].astype(np.int16)) == "too_short"
    assert reason(np.zeros(0, np.int16)) == "too_short"


def test_a_refusal_speaks_kindly() -> None:
    assert find_speech(np.zeros(RATE, np.int16), DETECTOR) == Refusal("silent", MESSAGES["silent"])
