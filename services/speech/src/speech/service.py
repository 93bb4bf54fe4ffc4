"""Describes the speech service: its handlers, parts and settings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from chassis.delivery.person_erasure import rows_about
from chassis.errors import SettingsError
from chassis.service import Components, Platform, Service
from chassis.settings import Settings, load
from chassis.worker_process import WorkerPool
from speech.decoder import Decoded
from speech.decoder import setup as setup_decoder
from speech.engines import ENGINES
from speech.export import EXPORT
from speech.handlers import SLOTS, TOO_LONG, UNDECODABLE, SpeechDeps, assess_attempt
from speech.settings import SpeechSettings
from speech.tables import METADATA
from speech.worker import Request, Result, setup_confined


def _engine(_: Settings) -> str:
    engine = load(SpeechSettings).speech_engine
    if engine not in ENGINES:
        raise SettingsError(f"VOXBUS_SPEECH_ENGINE names no engine; there are: {', '.join(sorted(ENGINES))}.")
    return engine


@asynccontextmanager
async def open_speech(platform: Platform) -> AsyncIterator[Components]:
    """Starts two child processes per slot that is to be warm: a decoder, and one with the models loaded.

    So the first recording waits for nothing.
    """
    engine, warm = _engine(platform.settings), load(SpeechSettings).speech_warm
    workers: WorkerPool[Request, Result] = WorkerPool(partial(setup_confined, engine), "ears", SLOTS)
    decoders: WorkerPool[bytes, Decoded] = WorkerPool(setup_decoder, "decoder", SLOTS)
    try:
        await decoders.start(warm)
        await workers.start(warm)
        yield Components(deps=SpeechDeps(media=platform.media, decoders=decoders, workers=workers))
    finally:
        await decoders.close()
        await workers.close()


SERVICE = Service(
    name="speech",
    metadata=METADATA,
    migrations=Path(__file__).parents[2] / "migrations",
    open=open_speech,
    judge=_engine,
    handlers=(assess_attempt,),
    on_path=True,
    erase=rows_about(METADATA),
    export=EXPORT,
    problems=(TOO_LONG, UNDECODABLE),
)
