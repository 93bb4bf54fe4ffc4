"""What a transcription engine is."""

from typing import Protocol

from speech.audio import Samples


class EngineUnavailable(Exception):
    """The engine cannot run here; the message is one sentence that says why."""


class Engine(Protocol):
    """Turns samples into words. Built once per process and used by one thread at a time.

    The same samples give the same words, whatever was transcribed before.
    """

    name: str
    version: str

    def transcribe(self, samples: Samples) -> str:
        """The words heard in 16 kHz mono samples; an empty string when there were none."""
