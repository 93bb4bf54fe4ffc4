"""Cuts a recording down to what was said in it, at one level, so that nothing around the words changes their scores.

Transcriber and aligner subtract a mean over all that they are given. What lies around the speech, and long pauses in
it, would shift that mean and with it the fit of every sound.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from speech.audio import RATE, Samples
from speech.detector import CHUNK

#: Probability with which speech begins, and below which it ends.
BEGINS, ENDS = 0.5, 0.35

#: Seconds kept around speech: the detector finds a soft consonant late, and a closing one hardly.
MARGIN = 0.25

#: RMS level of the speech in an excerpt, in decibels relative to a full-scale square wave.
LEVEL_DBFS = -23.0
HIGHEST_PEAK = 32_000

#: Level of the noise that is added, so that digital silence and a quiet room are the same to the aligner.
FLOOR_DBFS = -63.0

#: From and to, in samples.
Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True)
class Excerpt:
    """Holds the parts of a recording in which somebody speaks, one after the other.

    `spans` are their places in the recording, in samples.
    """

    samples: Samples
    spans: tuple[Span, ...]

    def time(self, seconds: float, *, ends: bool = False) -> float:
        """Returns the moment of the recording that is so many seconds from the excerpt's start.

        At a cut, what begins there begins the next part, and what `ends` there ends the part before.
        """
        rest = round(seconds * RATE)
        for start, end in self.spans:
            if rest < end - start or (ends and rest == end - start):
                return (start + rest) / RATE
            rest -= end - start
        return self.spans[-1][1] / RATE


def spans(probabilities: NDArray[np.float64], size: int) -> tuple[Span, ...]:
    """Returns the parts of `size` samples in which there is speech, each with its margins, in order and apart."""
    margin = round(MARGIN * RATE)
    speaking, found = False, list[Span]()
    for number, probability in enumerate(probabilities):
        speaking = probability > (ENDS if speaking else BEGINS)
        if speaking:
            start, end = max(number * CHUNK - margin, 0), min((number + 1) * CHUNK + margin, size)
            if found and start <= found[-1][1]:
                found[-1] = (found[-1][0], end)
            else:
                found.append((start, end))
    return tuple(found)


def excerpt(samples: NDArray[np.float64], parts: Sequence[Span], level: float) -> Excerpt:
    """Cuts these parts out and brings them from this level of speech to the usual one."""
    cut = np.concatenate([samples[start:end] for start, end in parts])
    gain = min(10 ** ((LEVEL_DBFS - level) / 20), HIGHEST_PEAK / max(np.abs(cut).max(), 1.0))
    floor = np.random.default_rng(0).normal(size=cut.size) * 10 ** (FLOOR_DBFS / 20) * 32_768
    even: Samples = np.clip(np.round(cut * gain + floor), -32_768, 32_767).astype(np.int16)
    return Excerpt(even, tuple(parts))
