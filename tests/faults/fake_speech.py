"""Stands in for speech without its models in most fault tests: same name, handler, queue, table, child process.

It runs no engine. It reports every text as read well, except texts that ask for a fault. `run` is its process, as
`python -m speech` is that of speech.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from chassis.bus.rabbit import RabbitBus
from chassis.errors import Permanent
from chassis.handler import Backoff, Deps, handles
from chassis.observe.logs import configure_logs
from chassis.run import Process
from chassis.service import Components, Platform
from chassis.settings import Settings, load
from chassis.signals import stop_on_signals
from chassis.storage.keys import keys_url, open_keys
from chassis.storage.media import Media, open_media
from chassis.worker_process import WorkerPool
from contracts.base import Problem
from contracts.gateway import AssessAttempt
from contracts.speech import AttemptAssessed, EngineUsed, Scores, SoundScore, Word
from speech import store
from speech.handlers import SLOTS
from speech.service import SERVICE as SPEECH
from tests.faults.fake_engine import setup

#: texts that make the work fail every time: by an exception, and with its whole process; `workers.CRASHES` is the third
RAISES, KILLS = "This text raises.", "This text kills its process."
#: what a text begins with whose work waits for what never comes, in the process itself
WAITS = "This text waits for ever:"
#: what a text begins with that becomes a dead letter at once
REFUSES = "This text is refused:"


@dataclass(frozen=True, kw_only=True)
class FakeSpeechDeps(Deps):
    """Holds what the handlers use, as in speech."""

    media: Media
    workers: WorkerPool[str, None]


@handles(AssessAttempt, slots=SLOTS, timeout=90, retry=Backoff(attempts=5, first=2, cap=300))
async def assess_attempt(cmd: AssessAttempt, deps: FakeSpeechDeps) -> None:
    """Assesses an attempt without an engine."""
    await deps.media.read(cmd.recording)
    if cmd.text == RAISES:
        raise RuntimeError("asked for")
    if cmd.text == KILLS:
        os.kill(os.getpid(), signal.SIGKILL)
    if cmd.text.startswith(WAITS):
        await asyncio.Event().wait()
    if cmd.text.startswith(REFUSES):
        raise Permanent(Problem(type="/problems/refused", title="Asked for"))
    await deps.progress({"transcript": cmd.text})
    await deps.workers.call(cmd.text)
    assessed = AttemptAssessed(
        attempt_id=cmd.attempt_id,
        person_id=cmd.person_id,
        twister_id=cmd.twister_id,
        text=cmd.text,
        transcript=cmd.text,
        words=tuple(Word(word=word, verdict="correct", heard=word, score=95) for word in cmd.text.split()),
        scores=Scores(overall=95, accuracy=95, fluency=95, completeness=100),
        sounds=(SoundScore(sound="R", score=95, words=2),),
        engine=EngineUsed(name="stand-in", version="0", scorer="0"),
    )
    async with deps.unit() as unit:
        await store.save(unit, assessed)
        unit.emit(assessed)


@asynccontextmanager
async def open_fake_speech(platform: Platform) -> AsyncIterator[Components]:
    """Provides one child per slot, as speech has."""
    children: WorkerPool[str, None] = WorkerPool(setup, "ears", SLOTS)
    await children.start()
    try:
        yield Components(deps=FakeSpeechDeps(media=platform.media, workers=children))
    finally:
        await children.close()


def run() -> int:
    """Runs until a signal; the exit code. VOXBUS_TEST_STAND_IN_TIMEOUT, in seconds, replaces the real timeout."""
    configure_logs("text")
    return 0 if asyncio.run(_run(load(Settings))) else 1


async def _run(settings: Settings) -> bool:
    assert settings.database_url is not None
    timeout = float(os.environ.get("VOXBUS_TEST_STAND_IN_TIMEOUT", assess_attempt.timeout))
    handler = replace(assess_attempt, timeout=timeout)
    bus = await RabbitBus.connect(settings.bus_url, "stand-in for speech")
    try:
        process = Process(
            [replace(SPEECH, open=open_fake_speech, handlers=(handler,))],
            settings,
            bus=bus,
            database_url=settings.database_url,
            media=open_media(settings.media_url, settings.data_dir),
            keys=open_keys(keys_url(settings)),
        )
        stop_on_signals(process.stop)
        return await process.run(lambda address: print(f"ready at {address}", flush=True))
    finally:
        await bus.close()


if __name__ == "__main__":
    sys.exit(run())
