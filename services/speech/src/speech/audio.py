"""Defines a decoded recording, and why one cannot be decoded."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

#: Samples per second of everything behind `decode`: what both engines and the aligner were trained on.
RATE = 16_000

#: Mono samples at `RATE`.
Samples: TypeAlias = NDArray[np.int16]

#: Seconds from and to, on the time line of a recording. The end is infinite where the recording was cut off.
Gap: TypeAlias = tuple[float, float]


class RecordingTooLong(Exception):
    """Says that the recording is longer than permitted."""


class RecordingUndecodable(Exception):
    """Says that the bytes are no recording that can be decoded."""


@dataclass(frozen=True)
class Recording:
    """Holds decoded samples, and the gaps in which sound is missing: lost, damaged or never recorded.

    A gap that has a length holds silence. The gaps are in order; words may be missing there that the person said.
    """

    samples: Samples
    gaps: tuple[Gap, ...] = ()
