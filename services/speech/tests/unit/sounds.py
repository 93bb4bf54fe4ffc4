"""Provides recordings for the tests: the bundled samples, and noises made by formula."""

import io
import wave
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
