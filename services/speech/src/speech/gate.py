"""Decides whether a recording may be assessed; a refused one gets a kind sentence and never a score."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from speech.acoustic import FRAME, voice_activity
from speech.audio import RATE, Samples

Reason: TypeAlias = Literal["silent", "too_quiet", "clipped", "too_short"]

MIN_SECONDS = 0.4
MIN_SPEECH_DBFS = -45.0
MAX_CLIPPED_SHARE = 0.01

# Measured: speech 14 dB, speech in loud noise 4 dB, hum, tones and stationary noise at most 2 dB.
MIN_MODULATION_DB = 3.0
MIN_VOICED_FRAMES = 3  # in a row (90 ms, a short vowel): clicks are shorter
MIN_PERIODICITY = 0.6
# Below this level speech and noise cannot be told apart, and "come closer" would be a guess.
AUDIBLE_DBFS = -70.0

MESSAGES: dict[Reason, str] = {
    "silent": "I could not hear any words this time. Check that the microphone is on, then have another go!",
    "too_quiet": "That was very quiet. Come a little closer to the microphone and say it again!",
    "clipped": "That was so loud that it crackled. Move back a little from the microphone and try again!",
    "too_short": "That was over before I could listen. Press record, say the whole line, and then stop.",
}


@dataclass(frozen=True)
class Refusal:
    """Holds the reason why a recording was not assessed, and a message for the person who made it."""

    reason: Reason
    message: str


def refusal(samples: Samples) -> Refusal | None:
    """Returns the reason not to assess these samples, or None if they hold speech.

    Levels are decibels relative to a full-scale square wave (RMS 1.0 = 0 dBFS).
    """
    reason = _reason(samples)
    return Refusal(reason, MESSAGES[reason]) if reason else None


def _reason(samples: Samples) -> Reason | None:
    if samples.size < MIN_SECONDS * RATE:
        return "too_short"
    frames = samples[: samples.size // FRAME * FRAME].reshape(-1, FRAME)
    levels = _dbfs(frames)
    if levels.max() < AUDIBLE_DBFS:
        return "silent"
    active = voice_activity(frames)
    if not active.any() or not _is_speech(frames[active]):
        # The voice detector finds a distant whisper only when it is made louder.
        louder = _louder(frames)
        active = voice_activity(louder)
        heard = active.any() and _is_speech(louder[active])
        return "too_quiet" if heard and _mean_dbfs(frames[active]) < MIN_SPEECH_DBFS else "silent"
    if _mean_dbfs(frames[active]) < MIN_SPEECH_DBFS:
        return "too_quiet"
    clipped = np.abs(frames[active].astype(np.int32)) >= 32_700
    return "clipped" if clipped.mean() > MAX_CLIPPED_SHARE else None


def _louder(frames: Samples) -> Samples:
    """Returns the frames brought to a speech level of about -25 dBFS, peaks limited."""
    gain = 10 ** ((-25.0 - _mean_dbfs(frames)) / 20)
    louder: Samples = np.clip(frames * gain, -32_767, 32_767).astype(np.int16)
    return louder


def _dbfs(frames: Samples) -> NDArray[np.float64]:
    power = (frames.astype(np.float64) / 32_768) ** 2
    levels: NDArray[np.float64] = 10 * np.log10(power.mean(axis=-1) + 1e-12)
    return levels


def _mean_dbfs(frames: Samples) -> float:
    return float(_dbfs(frames.reshape(1, -1))[0])


def _is_speech(frames: Samples) -> bool:
    """Tells whether frames the detector took for speech are voiced and change like syllables.

    The detector alone accepts steady hum, tones and loud noise: those have no periodicity or no change over time.
    Periodicity is the largest autocorrelation between 67 and 500 Hz, corrected for the window (Boersma 1993);
    change is the standard deviation of the level in eight bands from 100 Hz to 6 kHz.
    """
    window = np.hanning(FRAME)
    signal = frames / 32_768
    signal = (signal - signal.mean(axis=1, keepdims=True)) * window
    power = np.abs(np.fft.rfft(signal, 1024)) ** 2
    correlation = np.fft.irfft(power, axis=1)
    shape = np.fft.irfft(np.abs(np.fft.rfft(window, 1024)) ** 2)
    lags = slice(RATE // 500, RATE // 67)
    energy = np.maximum(correlation[:, :1] / shape[0], 1e-12)
    voiced = (correlation[:, lags] / shape[lags] / energy).max(axis=1) > MIN_PERIODICITY
    if np.convolve(voiced, np.ones(MIN_VOICED_FRAMES), "valid").max(initial=0) < MIN_VOICED_FRAMES:
        return False
    edges = (np.geomspace(100, 6000, 9) * 1024 / RATE).astype(int)
    bands = np.stack([power[voiced, low:high].sum(axis=1) for low, high in pairwise(edges)])
    change = (10 * np.log10(bands + 1e-7)).std(axis=1)
    return bool(change.mean() >= MIN_MODULATION_DB)
