"""Transcribes and assesses recordings."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from chassis.errors import Permanent
from chassis.handler import Backoff, Deps, handles
from chassis.observe import metrics
from chassis.storage.media import Media
from chassis.worker_process import WorkerCrashed, WorkerPool
from contracts.base import Problem
from contracts.gateway import AssessAttempt
from speech import store
from speech.assess import Assessment
from speech.audio import RATE, RecordingTooLong, RecordingUndecodable
from speech.caf import lacks_table
from speech.container import lacks_index
from speech.decoder import Decoded
from speech.report import report
from speech.worker import Assess, Request, Result, Transcribe, Transcription

#: bytes of a sample of a decoded recording
SAMPLE_BYTES = 2
#: recordings that one process assesses at a time: each slot is a child process with its own models
SLOTS = 2

TOO_LONG = Problem(
    type="/problems/recording-too-long",
    title="The recording is too long",
    status=422,
    detail="A recording may last 30 seconds at most.",
)
UNDECODABLE = Problem(
    type="/problems/recording-undecodable",
    title="The recording cannot be decoded",
    status=422,
    detail="It is damaged, or in a format we do not know.",
)
WITHOUT_INDEX = UNDECODABLE.model_copy(
    update={
        "detail": "It ends before its index, without which nothing of it can be played: it was cut on the way, or its"
        " recorder was ended too early. Send it again, or record it again."
    }
)


@dataclass(frozen=True, kw_only=True)
class SpeechDeps(Deps):
    """Holds what the handlers of speech use. `decoders` and `workers` may crash: they work in child processes."""

    media: Media
    decoders: WorkerPool[bytes, Decoded]
    workers: WorkerPool[Request, Result]


@handles(AssessAttempt, slots=SLOTS, timeout=90, retry=Backoff(attempts=5, first=2, cap=300))
async def assess_attempt(cmd: AssessAttempt, deps: SpeechDeps) -> None:
    """Transcribes one recorded attempt and assesses it against its text."""
    audio = await deps.media.read(cmd.recording)
    with metrics.SPEECH_SECONDS.labels("decode").time():
        recording = await decode(audio, deps.decoders)
    metrics.SPEECH_AUDIO_SECONDS.inc(len(recording.samples) / (SAMPLE_BYTES * RATE))
    with metrics.SPEECH_SECONDS.labels("hear").time():
        transcription = await deps.workers.call(Transcribe(recording, cmd.text))
    assert isinstance(transcription, Transcription)
    if transcription.transcript is not None:
        await deps.progress({"transcript": transcription.transcript})
    with metrics.SPEECH_SECONDS.labels("assess").time():
        assessment = await deps.workers.call(Assess(cmd.text, transcription))
    assert isinstance(assessment, Assessment)
    async with deps.unit() as unit:
        assessed = report(cmd, transcription, assessment)
        await store.save(unit, assessed)
        unit.emit(assessed)
    metrics.SPEECH_OUTCOMES.labels("assessed" if assessed.refusal is None else assessed.refusal.reason).inc()


async def decode(audio: bytes, decoders: WorkerPool[bytes, Decoded]) -> Decoded:
    """Decodes a recording. One that is too long, undecodable or breaks a limit of its child is a permanent error.

    So is one that crashes it: a decoder reads nothing else. Only a child that was killed from outside says nothing
    about its recording, so that another try follows.
    """
    try:
        return await decoders.call(audio)
    except RecordingTooLong:
        metrics.SPEECH_OUTCOMES.labels("too_long").inc()
        raise Permanent(TOO_LONG) from None
    except RecordingUndecodable:
        metrics.SPEECH_OUTCOMES.labels("undecodable").inc()
        cut = lacks_index(audio) or lacks_table(audio)
        raise Permanent(WITHOUT_INDEX if cut else UNDECODABLE) from None
    except WorkerCrashed as crash:
        if crash.exitcode in (-signal.SIGKILL, -signal.SIGTERM):
            raise
        metrics.SPEECH_OUTCOMES.labels("undecodable").inc()
        raise Permanent(UNDECODABLE) from crash
