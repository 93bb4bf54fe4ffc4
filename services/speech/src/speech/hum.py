"""Takes the hum of the mains out of a recording: steady tones at multiples of 50 or 60 Hz."""

import numpy as np
from numpy.typing import NDArray

from speech.audio import RATE

#: Frequencies of mains, and how far a recorder's clock and the mains may be from them, in Hz.
MAINS = (50.0, 60.0)
TOLERANCE, STEP = 0.5, 0.005
#: Overtones that are taken out, and those by which the exact frequency is found.
OVERTONES = 16
LOUD_OVERTONES = 6

#: So many times the length of the recording, a spectrum is fine enough to find a frequency between two lines.
PADDED = 4

#: Decibels by which the quietest moments must become quieter: what speech has at such a frequency stops between words.
QUIETER_DB = 3.0
QUIET_SHARE = 0.2
MOMENT = RATE // 20
#: Seconds below which a tone and a voice cannot be told apart.
SHORTEST = 1.0


def without_hum(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the signal without hum, and the same signal if it has none."""
    if signal.size < SHORTEST * RATE:
        return signal
    window, padded = np.hanning(signal.size), 2 ** (PADDED * signal.size - 1).bit_length()
    spectrum = np.abs(np.fft.rfft(signal * window, padded)) ** 2
    cleared = [signal - _tones(signal, window, _fundamental(spectrum, padded, mains)) for mains in MAINS]
    quietest = min(cleared, key=_quiet)
    return quietest if _quiet(quietest) < _quiet(signal) * 10 ** (-QUIETER_DB / 10) else signal


def _fundamental(spectrum: NDArray[np.float64], padded: int, mains: float) -> float:
    """Returns the exact frequency of the mains: that whose overtones stand out most from what lies beside them."""
    possible = mains + np.arange(-TOLERANCE, TOLERANCE, STEP)
    standing_out = np.zeros(possible.size)
    for overtone in range(1, LOUD_OVERTONES + 1):
        places = np.round(overtone * possible / RATE * padded).astype(int)
        beside = spectrum[places[0] : places[-1] + 1].mean() + 1e-9
        standing_out += np.log1p(spectrum[places] / beside)
    return float(possible[np.argmax(standing_out)])


def _tones(signal: NDArray[np.float64], window: NDArray[np.float64], fundamental: float) -> NDArray[np.float64]:
    """Returns the steady part of the signal at the overtones of a frequency."""
    turning = np.exp(2j * np.pi * fundamental * np.arange(signal.size) / RATE)
    weighted, tones, wave = signal * window / window.sum(), np.zeros(signal.size), np.ones(signal.size, np.complex128)
    for _ in range(OVERTONES):
        wave *= turning
        tones += 2 * (wave * np.vdot(wave, weighted)).real
    return tones


def _quiet(signal: NDArray[np.float64]) -> float:
    """Returns the power of the quietest moments."""
    moments = (signal[: signal.size // MOMENT * MOMENT].reshape(-1, MOMENT) ** 2).mean(axis=1)
    return float(np.sort(moments)[: max(1, round(QUIET_SHARE * moments.size))].mean())
