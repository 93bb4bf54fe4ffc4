"""Holds what was heard in a recording, and alters the sound so that a transcriber can hear it again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from speech.audio import Samples
from speech.quality import CLEAR, Quality

#: Speeds at which the same recording is heard again, and the level of the noise in which it is, relative to full scale.
#: What a transcriber only guesses it guesses otherwise each time; what was said clearly it hears each time.
SPEEDS = (1.08, 0.92)
NOISE_DBFS = -43.0


@dataclass(frozen=True)
class Hearing:
    """Holds a transcript, the quality of the sound, and how to transcribe samples; None where that is not possible."""

    transcript: str
    quality: Quality = CLEAR
    transcribe: Callable[[Samples], str] | None = None

    def again(self, samples: Samples) -> list[str]:
        """Returns what is heard in the same sound a little faster, a little slower, and in a little noise."""
        return [] if self.transcribe is None else [self.transcribe(altered) for altered in _altered(samples)]


def _altered(samples: Samples) -> Iterator[Samples]:
    for speed in SPEEDS:
        size = round(samples.size / speed)
        spectrum, played = np.fft.rfft(samples), np.zeros(size // 2 + 1, np.complex128)
        kept = min(played.size, spectrum.size)
        played[:kept] = spectrum[:kept]
        yield _whole(np.fft.irfft(played, size) * size / samples.size)
    noise = np.random.default_rng(1).normal(size=samples.size) * 10 ** (NOISE_DBFS / 20) * 32_768
    yield _whole(samples + noise)


def _whole(signal: np.ndarray) -> Samples:
    whole: Samples = np.clip(signal, -32_768, 32_767).astype(np.int16)
    return whole
