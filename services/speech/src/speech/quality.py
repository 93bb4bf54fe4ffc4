"""Measures what a recording can carry: each estimate tells one way in which sound is too poor to tell words apart."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from speech.audio import RATE, Samples

#: A clipped peak is flat: at least so many equal samples within this share of the largest of its sign. What is quieter
#: than this share of full scale is flat for want of bits.
FLAT_RUN, FLAT_TOP, QUIETEST_FLAT = 3, 0.98, 0.1

#: A clipped peak that was resampled or coded afterwards is flat no longer, but many samples stay near the top: the top
#: is what this share of samples is below, near it is what has this part of it. Voices that were
#: neither clipped nor compressed have at most 5.2 % of their samples there, whatever the noise beside them.
TOP, NEAR_TOP = 99.8, 0.75

#: Frames in which the fall of the level is measured, and frames from the one to the other (50 ms).
FALL_FRAME = RATE // 100
FALL_FRAMES = 5
#: Decibels below the loudest at which a fall is measured, and the part of the falls that are slower than the one taken.
FALL_FROM_DB, FALL_PART = 15.0, 95


@dataclass(frozen=True)
class Quality:
    """Holds estimates of a recording of speech; the defaults are those of clear sound.

    `treble_db`: level above 4.8 kHz beside that from 0.5 to 3.5 kHz. `middle_db`: level from 1.5 to 3.5 kHz beside that
    from 0.2 to 1 kHz. `noise_db`: how far what is heard beside the
    speech lies below it; None where nearly all is speech. `clipped`: share of samples in flat peaks. `crowded`: share
    of samples near the top. `fall`: how fast sound dies away at its fastest, in decibels a second; the echo of a room
    is slower than the ends of words. `voiced`: share of the speech that has a pitch.
    """

    treble_db: float = -20.0
    middle_db: float = -20.0
    noise_db: float | None = None
    clipped: float = 0.0
    fall: float = 600.0
    crowded: float = 0.0
    voiced: float = 1.0


CLEAR = Quality()


def clipped_share(samples: Samples) -> float:
    """Returns the share of samples in peaks that were cut off flat, at whatever level."""
    signal = samples.astype(np.int32)
    equal = np.ones(max(signal.size - FLAT_RUN + 1, 0), np.bool_)
    for shift in range(1, FLAT_RUN):
        equal &= signal[shift : shift + equal.size] == signal[: equal.size]
    flat = np.zeros(signal.size, np.bool_)
    for shift in range(FLAT_RUN):
        flat[shift : shift + equal.size] |= equal
    count = 0
    for one_side in (signal, -signal):
        top = int(one_side.max(initial=0))
        if top >= QUIETEST_FLAT * 32_768:
            count += int((flat & (one_side >= FLAT_TOP * top)).sum())
    return count / max(signal.size, 1)


def crowded_share(signal: NDArray[np.float64]) -> float:
    """Returns the share of samples near the top of their side, as clipping leaves them also behind a codec."""
    share = 0.0
    for one_side in (signal, -signal):
        above = one_side[one_side > 0]
        if above.size:
            share += float((one_side >= NEAR_TOP * np.percentile(above, TOP)).mean())
    return share


def treble_and_middle_db(chunks: NDArray[np.float64]) -> tuple[float, float]:
    """Returns the level of what makes consonants differ, and of what makes vowels differ, beside that of the voice.

    Chunks are rows.
    """
    size = chunks.shape[1]
    power = (np.abs(np.fft.rfft(chunks * np.hanning(size), axis=1)) ** 2).mean(axis=0)
    frequency = np.fft.rfftfreq(size, 1 / RATE)

    def level(low: int, high: int) -> float:
        return float(power[(frequency > low) & (frequency < high)].mean())

    treble, middle = level(4_800, 7_500) / level(500, 3_500), level(1_500, 3_500) / level(200, 1_000)
    return 10 * float(np.log10(treble + 1e-12)), 10 * float(np.log10(middle + 1e-12))


def noise_db(levels: NDArray[np.float64], probabilities: NDArray[np.float64], level: float) -> float | None:
    """Returns how far what is heard beside speech of this level lies below it; levels are those of chunks."""
    quiet = levels[probabilities < 0.1]
    return level - float(10 * np.log10((10 ** (quiet / 10)).mean())) if quiet.size >= 3 else None


def fall(signal: NDArray[np.float64]) -> float:
    """Returns how fast loud sound dies away at its fastest, in decibels a second; at most that of clear sound."""
    frames = signal[: signal.size // FALL_FRAME * FALL_FRAME].reshape(-1, FALL_FRAME)
    levels = 10 * np.log10((frames**2).mean(axis=1) + 1)
    falls = levels[:-FALL_FRAMES] - levels[FALL_FRAMES:]
    loud = falls[levels[:-FALL_FRAMES] > np.percentile(levels, 95) - FALL_FROM_DB] if falls.size else falls
    if not loud.size:
        return Quality.fall
    return float(np.percentile(loud, FALL_PART)) * RATE / FALL_FRAME / FALL_FRAMES
