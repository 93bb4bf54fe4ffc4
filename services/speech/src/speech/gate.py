"""Decides whether a recording may be assessed; a refused one gets a kind sentence and never a score.

A network trained on speech decides whether there is any: sirens, instruments and barks are as voiced and as changing as
speech, and whispers are neither. `Detector` finds it, this module measures it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from speech.audio import RATE, Samples
from speech.detector import CHUNK, Detector
from speech.excerpt import BEGINS, Excerpt, excerpt, spans
from speech.hum import without_hum
from speech.quality import Quality, clipped_share, crowded_share, fall, noise_db, treble_and_middle_db

Reason: TypeAlias = Literal[
    "silent", "too_quiet", "clipped", "too_short", "no_speech", "whispered", "noisy", "unintelligible"
]

MIN_SECONDS = 0.4
MIN_SPEECH_SECONDS = 0.2
MIN_SPEECH_DBFS = -45.0
MAX_CLIPPED_SHARE, MAX_CROWDED_SHARE = 0.01, 0.12
#: Seconds of speech below which crowded peaks are those of one vowel, which is nearly a tone ("No.").
CROWDED_SECONDS = 1.0

# Below this level speech and noise cannot be told apart, and "come closer" would be a guess.
AUDIBLE_DBFS = -70.0
#: Loudest moment below which a recording without speech is silent rather than full of something else.
SOUND_DBFS = -45.0
#: Level at which the detector hears best.
DETECTOR_DBFS = -25.0

#: Frequency below which nothing is kept: the aligner hears from 133 Hz on, and mains hum lies below.
LOWEST_HZ = 100.0

#: Share of frames of speech with a pitch below which speech is whispered: whispers had at most 14 %, voices 25 % and
#: more (16 % in noise 15 dB below).
WHISPERED_SHARE = 0.15
MIN_PERIODICITY = 0.85

#: Mean probability of what the detector takes for speech: 0.77 and more for voices and whispers, 0.65 and less for
#: knocks and sliding tones.
LIKELY = 0.7

#: Speeds at which speech was never spoken; recordings sound so when their sample rate is named wrongly.
WRONG_SPEEDS = (2.0, 3.0, 0.5)
#: The speed at which speech that was played at its own is no longer found.
SLOW = (3.0,)
#: Found at another speed: mean probability, and share of the time. Other sounds have at most 0.8 and mostly no share.
SURE, SURE_SHARE = 0.9, 0.3

#: Decibels between speech and what is heard beside it, below which the surroundings are to blame.
NOISY_DB = 8.0

MESSAGES: dict[Reason, str] = {
    "silent": "I could not hear any words this time. Check that the microphone is on, then have another go!",
    "too_quiet": "That was very quiet. Come a little closer to the microphone and say it again!",
    "clipped": "That was so loud that it crackled. Move back a little from the microphone and try again!",
    "too_short": "That was over before I could listen. Press record, say the whole line, and then stop.",
    "no_speech": "I heard sounds, but nobody speaking. Press record and read the line out loud!",
    "whispered": "I heard you whisper, but I could not make out the words. Say it again with your voice!",
    "noisy": "There was so much noise around you that I lost the words. Find a quiet spot and try again!",
    "unintelligible": "The sound came out so strangely that I could not make out words. Let's record it once more!",
}


@dataclass(frozen=True)
class Refusal:
    """Holds the reason why a recording was not assessed, and a message for the person who made it."""

    reason: Reason
    message: str


@dataclass(frozen=True)
class Speech:
    """Holds what was said, cut out of its recording, and how it sounds.

    `likely` tells that the detector was sure of it.
    """

    excerpt: Excerpt
    quality: Quality
    whispered: bool
    likely: bool


def refuse(reason: Reason) -> Refusal:
    """Returns a refusal with its kind sentence."""
    return Refusal(reason, MESSAGES[reason])


def find_speech(samples: Samples, detector: Detector) -> Speech | Refusal:
    """Returns the speech in a recording, or the reason not to assess it.

    Levels are decibels relative to a full-scale square wave (RMS 1.0 = 0 dBFS).
    """
    if samples.size < MIN_SECONDS * RATE:
        return refuse("too_short")
    filtered = _filtered(samples)
    loudest = _dbfs(_chunks(filtered)).max()
    if loudest < AUDIBLE_DBFS:
        return refuse("silent")
    cleared = without_hum(filtered)
    chunks = _chunks(cleared)
    levels = _dbfs(chunks)
    probabilities = detector.probabilities(_at(cleared, DETECTOR_DBFS))[: len(chunks)]
    spoken = probabilities > BEGINS
    if spoken.sum() * CHUNK < MIN_SPEECH_SECONDS * RATE:
        return refuse("silent") if loudest < SOUND_DBFS else _without_speech(cleared, detector)
    level, voiced = _mean_dbfs(chunks[spoken]), _voiced_share(chunks[spoken])
    whispered = voiced < WHISPERED_SHARE
    if level < MIN_SPEECH_DBFS:
        return refuse("whispered" if whispered else "too_quiet")
    original = samples[: chunks.size].reshape(-1, CHUNK)[spoken].ravel()
    clipped = max(clipped_share(original), float((np.abs(original.astype(np.int32)) >= 32_700).mean()))
    crowded = crowded_share(chunks[spoken].ravel())
    long_enough = spoken.sum() * CHUNK >= CROWDED_SECONDS * RATE
    if clipped > MAX_CLIPPED_SHARE or (long_enough and crowded > MAX_CROWDED_SHARE):
        return refuse("clipped")
    parts = spans(probabilities, samples.size)
    likely = bool(probabilities[spoken].mean() >= LIKELY)
    noise = noise_db(levels, probabilities, level)
    quality = Quality(*treble_and_middle_db(chunks[spoken]), noise, clipped, fall(cleared), crowded, voiced)
    return Speech(excerpt(cleared, parts, level), quality, whispered, likely)


def hopeless(samples: Samples, speech: Speech, detector: Detector) -> Refusal:
    """Returns the refusal of speech whose words cannot be made out, with what is most likely to blame."""
    if not speech.likely:
        return _without_speech(_cleared(samples), detector)
    if speech.whispered:
        # Slow speech has no pitch in the range of voices either.
        slow = _without_speech(_cleared(samples), detector, SLOW)
        return slow if slow.reason == "unintelligible" else refuse("whispered")
    noise = speech.quality.noise_db
    return refuse("noisy" if noise is not None and noise < NOISY_DB else "unintelligible")


def _without_speech(
    cleared: NDArray[np.float64], detector: Detector, speeds: Sequence[float] = WRONG_SPEEDS
) -> Refusal:
    """Returns the refusal of sound that is no speech: unless it is speech at another speed, nobody spoke."""
    for speed in speeds:
        probabilities = detector.probabilities(_at(_played(cleared, speed), DETECTOR_DBFS))
        sure = probabilities[probabilities > BEGINS]
        if sure.size > SURE_SHARE * probabilities.size and sure.mean() > SURE:
            return refuse("unintelligible")
    return refuse("no_speech")


def _played(signal: NDArray[np.float64], speed: float) -> NDArray[np.float64]:
    """Returns the signal so many times as fast, and as high."""
    size = round(signal.size / speed)
    spectrum = np.zeros(size // 2 + 1, np.complex128)
    kept = np.fft.rfft(signal)[: spectrum.size]
    spectrum[: kept.size] = kept
    played: NDArray[np.float64] = np.fft.irfft(spectrum, size)
    return played


def _cleared(samples: Samples) -> NDArray[np.float64]:
    """Removes the hum of the mains, and what lies below speech, such as wind: 24 dB an octave."""
    return without_hum(_filtered(samples))


def _filtered(samples: Samples) -> NDArray[np.float64]:
    spectrum = np.fft.rfft(samples)
    frequency = np.maximum(np.fft.rfftfreq(samples.size, 1 / RATE), 1.0)
    filtered: NDArray[np.float64] = np.fft.irfft(spectrum * np.minimum((frequency / LOWEST_HZ) ** 4, 1.0), samples.size)
    return filtered


def _chunks(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    return signal[: signal.size // CHUNK * CHUNK].reshape(-1, CHUNK)


def _at(signal: NDArray[np.float64], dbfs: float) -> NDArray[np.float64]:
    gain = 10 ** ((dbfs - _mean_dbfs(signal)) / 20)
    louder: NDArray[np.float64] = np.clip(signal * gain, -32_767, 32_767)
    return louder


def _dbfs(chunks: NDArray[np.float64]) -> NDArray[np.float64]:
    levels: NDArray[np.float64] = 10 * np.log10(((chunks / 32_768) ** 2).mean(axis=-1) + 1e-12)
    return levels


def _mean_dbfs(signal: NDArray[np.float64]) -> float:
    return float(_dbfs(signal.reshape(1, -1))[0])


def _voiced_share(chunks: NDArray[np.float64]) -> float:
    """Returns the share of chunks that have a pitch.

    It is the largest autocorrelation between 67 and 500 Hz, corrected for the window (Boersma 1993).
    """
    window = np.hanning(CHUNK)
    signal = (chunks - chunks.mean(axis=1, keepdims=True)) * window
    correlation = np.fft.irfft(np.abs(np.fft.rfft(signal, 2 * CHUNK)) ** 2, axis=1)
    shape = np.fft.irfft(np.abs(np.fft.rfft(window, 2 * CHUNK)) ** 2)
    lags = slice(RATE // 500, RATE // 67)
    energy = np.maximum(correlation[:, :1] / shape[0], 1e-12)
    return float(((correlation[:, lags] / shape[lags] / energy).max(axis=1) > MIN_PERIODICITY).mean())
