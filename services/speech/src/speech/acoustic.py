"""pocketsphinx behind typed functions (its only importer): voice activity now, decoding and alignment below.

Two uses of it end the whole process (a word without pronunciation in an alignment, a kept alignment iterator), so what
is here checks first, reads alignments in one pass, and is meant to run in a child process.
"""

from __future__ import annotations

import numpy as np
import pocketsphinx
from numpy.typing import NDArray

from speech.audio import RATE, Samples

FRAME = RATE * 30 // 1000
"""Samples in one frame of voice activity (30 ms)."""


def voice_activity(frames: Samples) -> NDArray[np.bool_]:
    """Which of the frames (rows of `FRAME` samples) the WebRTC detector takes for speech, in its strictest mode."""
    detector = pocketsphinx.Vad(mode=3, sample_rate=RATE, frame_length=FRAME / RATE)
    return np.array([detector.is_speech(frame.tobytes()) for frame in frames], dtype=np.bool_)
