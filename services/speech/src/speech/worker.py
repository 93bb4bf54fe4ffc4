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
from chassis.observe.child_steps import step
from speech.acoustic import Dictionary
from speech.assess import Assessment, Hearing, Lexicon, Support, assess, refused, support
from speech.audio import Gap
from speech.decoder import Decoded
from speech.detector import Detector
from speech.engines import DEFAULT, Engine, choose
from speech.excerpt import Excerpt, Span
from speech.gate import Refusal, find_speech, hopeless
from speech.quality import Quality

log = logging.getLogger(__name__)

#: Bytes that the work may use beside the models.
MEMORY = 1024 * 1024 * 1024


@dataclass(frozen=True)
class Transcribe:
    """Asks to check and transcribe a decoded recording of this text.

    The transcriber is not told the text, which it would then hear.
    """

    recording: Decoded
    text: str


@dataclass(frozen=True)
class Transcription:
    """Holds the result of transcribing: a refusal, or a transcript (empty when the engine recognized no word).

    `samples` are the int16 samples at 16 kHz of what was said, `spans` its places in the recording; both are empty when
    it was refused. `quality` is that of the sound. `gaps` are those of the recording, `engine` and
    `version` name the transcriber.
    """

    samples: bytes
    spans: tuple[Span, ...]
    quality: Quality
    gaps: tuple[Gap, ...]
    transcript: str | None
    refusal: Refusal | None
    engine: str
    version: str

    @property
    def excerpt(self) -> Excerpt:
        return Excerpt(np.frombuffer(self.samples, np.int16), self.spans)


@dataclass(frozen=True)
class Assess:
    """Asks to assess a transcribed recording against this text."""

    text: str
    transcription: Transcription


Request: TypeAlias = Transcribe | Assess
Result: TypeAlias = Transcription | Assessment


def setup(engine: str = DEFAULT) -> Callable[[Request], Result]:
    """Loads the models once (up to a second, 350 MB) and returns the function that answers requests.

    A warning says when another engine stands in for the requested one. Raises `EngineUnavailable`.
    """
    chosen = choose(engine)
    if chosen.notice:
        log.warning(chosen.notice)
    detector = Detector()
    lexicon = Lexicon(Dictionary().lookup)

    def handle(request: Request) -> Result:
        if isinstance(request, Transcribe):
            return transcribe(request, chosen.engine, detector, lexicon)
        if request.transcription.refusal is not None:
            return refused(request.transcription.refusal)
        transcription = request.transcription
        heard = transcription.transcript or ""
        hearing = Hearing(heard, transcription.quality, chosen.engine.transcribe)
        with step("assess"):
            return assess(request.text, hearing, transcription.excerpt, lexicon, transcription.gaps)

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


def transcribe(request: Transcribe, engine: Engine, detector: Detector, lexicon: Lexicon) -> Transcription:
    """Transcribes what was said in a recording, unless it is refused. No transcript is returned that does not fit."""
    samples, gaps = np.frombuffer(request.recording.samples, np.int16), request.recording.gaps
    with step("find_speech"):
        found = find_speech(samples, detector)
    if isinstance(found, Refusal):
        return Transcription(b"", (), Quality(), gaps, None, found, engine.name, engine.version)
    said = found.excerpt
    with step("hear"):
        transcript = engine.transcribe(said.samples)
    with step("support"):
        supported = support(request.text, transcript, said.samples, lexicon)
    if supported is Support.NOTHING:
        refusal = hopeless(samples, found, detector)
        return Transcription(b"", (), Quality(), gaps, None, refusal, engine.name, engine.version)
    shown = transcript if supported is Support.TRANSCRIPT else ""
    return Transcription(
        said.samples.tobytes(), said.spans, found.quality, gaps, shown, None, engine.name, engine.version
    )
