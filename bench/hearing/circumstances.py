"""Lists the circumstances in which a reading is recorded: each makes a file of a clean reading."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bench.hearing.signals import (
    Change,
    Signal,
    at_level,
    at_tempo,
    band,
    decoded,
    encoded,
    noise,
    stretched,
    to_wav,
)
from speech.audio import RATE

SPEECH_DBFS = -25.0


def _quiet_room(reading: Signal) -> bytes:
    """Leaves the recorder on for five seconds before and after, in a room at -60 dBFS."""
    whole = np.concatenate([np.zeros(5 * RATE), reading, np.zeros(5 * RATE)])
    return to_wav(whole + noise(whole.size, -60, 1, tilt=-1))


def _noisy_room(below: float) -> Change:
    """Adds pink noise so many decibels below the voice, all through and for a second around it."""

    def change(reading: Signal) -> bytes:
        whole = np.concatenate([np.zeros(RATE), reading, np.zeros(RATE)])
        return to_wav(whole + noise(whole.size, SPEECH_DBFS - below, 2, tilt=-1))

    return change


def _reverberant(reading: Signal) -> bytes:
    """Puts the reader two steps from the microphone in a bare room: half a second of reverberation."""
    time = np.arange(RATE // 2) / RATE
    echoes = np.random.default_rng(3).normal(size=time.size) * 10 ** (-3 * time / 0.5)
    echoes *= 0.8 / np.sqrt((echoes**2).sum())
    echoes[0] = 1.0
    size = reading.size + echoes.size
    return to_wav(at_level(np.fft.irfft(np.fft.rfft(reading, size) * np.fft.rfft(echoes, size), size), SPEECH_DBFS))


def _hum(reading: Signal) -> bytes:
    """Adds mains hum 6 dB louder than the voice, with overtones up to 250 Hz."""
    time = np.arange(reading.size) / RATE
    waves = [np.sin(2 * np.pi * 50 * n * time) / n for n in range(1, 6)]
    return to_wav(reading + at_level(np.sum(waves, axis=0), SPEECH_DBFS + 6))


def _headset(reading: Signal) -> bytes:
    """Sends the voice through an old wireless headset: telephone band, eight bits, a gate that cuts quiet ends."""
    narrow = band(reading, 300, 3_400, slope=60)
    level = np.sqrt(np.convolve(narrow**2, np.ones(320) / 320, "same"))
    gated = np.where(level > 10 ** ((SPEECH_DBFS - 30) / 20), narrow, 0.0)
    return to_wav(decoded(encoded(gated, "wav", "pcm_mulaw", 8_000)))


def _telephone(reading: Signal) -> bytes:
    """Sends the voice through a mobile telephone: AMR at its lowest rate, which is a little worse than GSM."""
    narrow = band(reading, 150, 3_400, slope=60)
    return to_wav(decoded(encoded(narrow, "amr", "libopencore_amrnb", 8_000, bits=4_750)))


CIRCUMSTANCES: Mapping[str, Change] = {
    "clean": to_wav,
    "quiet room 5 s around": _quiet_room,
    "room noise 25 dB below": _noisy_room(25),
    "room noise 15 dB below": _noisy_room(15),
    "tempo 0.7": lambda reading: to_wav(at_tempo(reading, 0.7)),
    "tempo 1.6": lambda reading: to_wav(at_tempo(reading, 1.6)),
    "8 kHz": lambda reading: to_wav(decoded(encoded(reading, "wav", "pcm_s16le", 8_000))),
    "mobile telephone": _telephone,
    "hand on the microphone": lambda reading: to_wav(band(reading, 50, 900, slope=18)),
    "clipped": lambda reading: to_wav(np.clip(at_level(reading, -4), -0.98, 0.98)),
    "low level": lambda reading: to_wav(at_level(reading, -42)),
    "reverberation": _reverberant,
    "hum 6 dB above": _hum,
    "headset": _headset,
    "mp3 at 16 kbit/s": lambda reading: encoded(reading, "mp3", "libmp3lame", 16_000, bits=16_000),
    "three times too slow": lambda reading: to_wav(stretched(reading, 3.0)),
}
