"""Hearing what was recorded."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.child import Children
from chassis.errors import Permanent
from chassis.handler import Backoff, Deps, handles
from chassis.storage.media import Media
from contracts.base import Problem
from contracts.gateway import AssessAttempt
from contracts.speech import AttemptAssessed
from speech import store
from speech.audio import RecordingTooLong, RecordingUndecodable
from speech.hear import Assess, Heard, Result, Transcribe
from speech.report import report

#: recordings heard at a time by one process: each slot is a child process with its own models
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


@dataclass(frozen=True, kw_only=True)
class SpeechDeps(Deps):
    """What speech reaches the outside through. `ears` can crash; they do so in processes of their own."""

    media: Media
    ears: Children[Transcribe | Assess, Result]


@handles(AssessAttempt, slots=SLOTS, timeout=90, retry=Backoff(attempts=5, first=2, cap=300))
async def assess_attempt(cmd: AssessAttempt, deps: SpeechDeps) -> None:
    """Hear one recorded attempt and assess it against its text."""
    audio = await deps.media.read(cmd.recording)
    heard = await _hear(audio, deps)
    await deps.progress({"transcript": heard.transcript})
