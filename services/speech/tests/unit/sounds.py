"""Provides recordings for the tests: the bundled samples, and noises made by formula."""

import io
import wave
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from speech.audio import RATE, Samples
from speech.decoding import decode

FOLDER = Path(__file__).parents[4] / "samples"


def sample(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def decoded(data: bytes) -> Samples:
    return decode(data).samples


def wav(samples: Samples) -> bytes:
    """Writes one channel, or as many as there are rows."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[0])
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.T.tobytes())
    return buffer.getvalue()


def at_level(signal: NDArray[np.float64], dbfs: float) -> Samples:
    """Scales a signal to an RMS level in decibels relative to full scale."""
    scaled = signal / np.sqrt((signal**2).mean()) * 10 ** (dbfs / 20) * 32_768
    clipped: Samples = np.clip(scaled, -32_768, 32_767).astype(np.int16)
    return clipped


def noise(seconds: float, dbfs: float) -> Samples:
    return at_level(np.random.default_rng(7).normal(size=round(seconds * RATE)), dbfs)


def hum(seconds: float, dbfs: float) -> Samples:
    """Makes mains hum with its overtones."""
    time = np.arange(round(seconds * RATE)) / RATE
    return at_level(sum((np.sin(2 * np.pi * 50 * n * time) / n for n in range(1, 12)), np.zeros_like(time)), dbfs)


def _melody(seconds: float, pitch: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> NDArray[np.float64]:
    phase = 2 * np.pi * np.cumsum(pitch(np.arange(round(seconds * RATE)) / RATE)) / RATE
    tone: NDArray[np.float64] = np.sin(phase) + 0.4 * np.sin(2 * phase) + 0.2 * np.sin(3 * phase)
    return tone


def siren(seconds: float, dbfs: float) -> Samples:
    """Makes a wailing siren."""
    return at_level(_melody(seconds, lambda time: 1_000 - 400 * np.cos(2 * np.pi * time / 3)), dbfs)


def flute(seconds: float, dbfs: float) -> Samples:
    """Makes a tune of three notes a second."""
    notes = np.array([523.3, 587.3, 659.3, 523.3])
    tune = _melody(seconds, lambda time: notes[(time * 3).astype(int) % 4])
    return at_level(tune * np.abs(np.sin(np.pi * 3 * np.arange(tune.size) / RATE)), dbfs)


def bark(seconds: float, dbfs: float) -> Samples:
    """Makes two falling bursts a second, rough as a dog's."""
    time = np.arange(round(seconds * RATE)) / RATE % 0.5
    rough = _melody(seconds, lambda _: 420 - 300 * time) + np.random.default_rng(8).normal(size=time.size) * 0.5
    return at_level(rough * np.minimum(time / 0.02, 1) * np.exp(-time / 0.08), dbfs)


def played(signal: NDArray[np.float64], slower: int) -> NDArray[np.float64]:
    """Plays a signal so many times more slowly, and lower."""
    spectrum = np.fft.rfft(signal)
    longer: NDArray[np.float64] = np.fft.irfft(
        np.pad(spectrum, (0, signal.size * slower // 2 + 1 - spectrum.size)), signal.size * slower
    )
    return longer


def whisper(speech: NDArray[np.float64]) -> NDArray[np.float64]:
    """Makes a whisper of speech: noise with the speech's level in each of 24 bands, every 10 ms."""
    size, step = 512, 160
    window = np.hanning(size)
    breath = np.random.default_rng(5).normal(size=speech.size)
    edges = np.geomspace(4, size // 2, 25).astype(int)
    made = np.zeros(speech.size)
    for start in range(0, speech.size - size, step):
        spoken, noisy = (np.fft.rfft(part[start : start + size] * window) for part in (speech, breath))
        shaped = np.zeros_like(noisy)
        for low, high in pairwise(edges):
            part = slice(low, max(high, low + 1))
            shaped[part] = noisy[part] * np.linalg.norm(spoken[part]) / np.linalg.norm(noisy[part])
        made[start : start + size] += np.fft.irfft(shaped, size) * window
    return made
