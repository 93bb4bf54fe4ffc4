"""Defines the interface of a transcription engine."""

from typing import Protocol

from speech.audio import Samples


class EngineUnavailable(Exception):
    """Says that an engine cannot run here; the message is one sentence with the reason."""


class Engine(Protocol):
    """Turns samples into words. Built once per process and used by one thread at a time.

    The same samples give the same words, independent of earlier calls.
    """

    name: str
    version: str

    def transcribe(self, samples: Samples) -> str:
        """Returns the words heard in 16 kHz mono samples; an empty string if there were none."""
