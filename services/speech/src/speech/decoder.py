"""Runs in the child process that decodes: it reads bytes of strangers, so it is given nothing but them.

It has no models, so it is small, and a recording that breaks a limit ends a child that starts again in no time.
"""

import io
import logging
import wave
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chassis.confinement import OWN_UID, confine, limit_processor
from chassis.observe.child_steps import step
from speech.audio import RATE, Gap, RecordingUndecodable
from speech.decoding import decode

log = logging.getLogger(__name__)

#: Bytes that a decoder may use beside its libraries. A recording of 10 MB with eight channels takes 80 MB.
MEMORY = 256 * 1024 * 1024

#: Seconds of processor time after which the kernel ends a decoder. `decode` itself gives up earlier where it can.
PROCESSOR_S = 10


@dataclass(frozen=True)
class Decoded:
    """Holds what `speech.audio.Recording` holds, as bytes (int16 at 16 kHz)."""

    samples: bytes
    gaps: tuple[Gap, ...]


def setup() -> Callable[[bytes], Decoded]:
    """Loads the libraries and confines the process; returns the function that decodes one recording."""
    decode_one(_silence())  # what the libraries load late is loaded now
    denied = confine(memory=MEMORY, files=False, uid=OWN_UID)
    if denied:
        log.warning("recordings are decoded without %s: this system does not permit it", ", ".join(denied))
    return _decode_in_time


def _decode_in_time(data: bytes) -> Decoded:
    limit_processor(PROCESSOR_S)
    return decode_one(data)


def decode_one(data: bytes) -> Decoded:
    """Decodes one recording. Raises what `decode` raises."""
    try:
        with step("decode"):
            recording = decode(data)
        return Decoded(recording.samples.tobytes(), recording.gaps)
    except MemoryError:
        raise RecordingUndecodable("the recording takes too much memory") from None


def _silence() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((2, 2, 3 * RATE, 0, "NONE", ""))
        sound.writeframes(np.zeros((RATE, 2), np.int16).tobytes())
    return file.getvalue()
