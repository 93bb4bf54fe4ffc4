"""Runs in a child process with models: transcribes a decoded recording, then assesses it.

Two steps, so that the transcript can be shown before the assessment is ready. Nothing is kept between them: the second
is given what the first returned, and may run in another child.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from chassis.confinement import confine
from speech.acoustic import Dictionary
from speech.assess import Assessment, Lexicon, assess, refused
from speech.audio import RATE, Gap
from speech.decoder import Decoded
from speech.engines import DEFAULT, Engine, choose
from speech.gate import Refusal, refusal

log = logging.getLogger(__name__)

#: Bytes that the work may use beside the models.
MEMORY = 1024 * 1024 * 1024


@dataclass(frozen=True)
class Transcribe:
    """Asks to check and transcribe a decoded recording."""

    recording: Decoded


@dataclass(frozen=True)
class Transcription:
    """Holds the result of transcribing: a refusal, or a transcript (empty when the engine recognized no word).

    `samples` and `gaps` are those of the recording, `engine` and `version` name the transcriber.
    """

    samples: bytes
    gaps: tuple[Gap, ...]
    transcript: str | None
    refusal: Refusal | None
    engine: str
    version: str

    @property
    def seconds(self) -> float:
        return len(self.samples) / 2 / RATE


@dataclass(frozen=True)
class Assess:
    """Asks to assess a transcribed recording against this text."""

    text: str
    transcription: Transcription


Request: TypeAlias = Transcribe | Assess
Result: TypeAlias = Transcription | Assessment


def setup(engine: str = DEFAULT) -> Callable[[Request], Result]:
    """Loads engine and dictionary once (up to a second, 350 MB) and returns the function that answers requests.

    A warning says when another engine stands in for the requested one. Raises `EngineUnavailable`.
    """
    chosen = choose(engine)
    if chosen.notice:
        log.warning(chosen.notice)
    lexicon = Lexicon(Dictionary().lookup)

    def handle(request: Request) -> Result:
        if isinstance(request, Transcribe):
            return transcribe(request, chosen.engine)
        if request.transcription.refusal is not None:
            return refused(request.transcription.refusal)
        samples = np.frombuffer(request.transcription.samples, np.int16)
        return assess(request.text, request.transcription.transcript or "", samples, lexicon)

    return handle


def setup_confined(engine: str) -> Callable[[Request], Result]:
    """Does what `setup` does, and confines the process for good.

    It may still read files, which the aligner does for each recording.
    """
    handle = setup(engine)
    denied = confine(memory=MEMORY, files=True)
    if denied:
        log.warning("recordings are assessed without %s: this system does not permit it", ", ".join(denied))
    return handle


def transcribe(request: Transcribe, engine: Engine) -> Transcription:
    """Transcribes a recording unless the gate refuses it: engines invent words for silence."""
    samples = np.frombuffer(request.recording.samples, np.int16)
    refuse = refusal(samples)
    transcript = None if refuse else engine.transcribe(samples)
    return Transcription(
        request.recording.samples, request.recording.gaps, transcript, refuse, engine.name, engine.version
    )
