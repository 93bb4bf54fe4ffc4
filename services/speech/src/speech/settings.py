"""Defines speech's own settings."""

from __future__ import annotations

from pydantic_settings import BaseSettings

from chassis.settings import SETTINGS
from speech.engines import DEFAULT


class SpeechSettings(BaseSettings):
    """Names the engine that transcribes: a name in `speech.engines.ENGINES`."""

    model_config = SETTINGS

    speech_engine: str = DEFAULT
