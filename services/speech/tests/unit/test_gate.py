"""Tests the quality gate: speech passes at any ordinary level; everything else is refused with its reason."""

import numpy as np
import pytest

from speech.audio import RATE, Samples
from speech.gate import MESSAGES, refusal

from .sounds import at_level, decoded, hum, noise, sample

SPEECH = decoded(sample("peter-piper.webm")).astype(np.float64)


def reason(samples: Samples) -> str | None:
    refused = refusal(samples)
    return refused.reason if refused else None


@pytest.mark.parametrize("dbfs", [-40, -30, -20])
def test_speech_passes_at_ordinary_levels(dbfs: float) -> None:
    assert reason(at_level(SPEECH, dbfs)) is None


def test_speech_passes_in_noise_and_amid_silence() -> None:
    assert reason(at_level(SPEECH, -30) + noise(SPEECH.size / RATE, -42)) is None
    assert reason(np.concatenate([np.zeros(12 * RATE, np.int16), at_level(SPEECH, -25), noise(12, -65)])) is None


@pytest.mark.parametrize("dbfs", [-60, -40, -20])
@pytest.mark.parametrize("kind", [noise, hum])
def test_noise_and_hum_are_silent_however_loud(kind: object, dbfs: float) -> None:
    assert callable(kind)
    assert reason(kind(4, dbfs)) == "silent"


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
    refused = refusal(np.zeros(RATE, np.int16))
    assert refused is not None
    assert refused.message == MESSAGES["silent"]
