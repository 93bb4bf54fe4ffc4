"""Defines speech's own settings."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings

from chassis.settings import SETTINGS
from speech.engines import DEFAULT


class SpeechSettings(BaseSettings):
    """Names the engine that transcribes, and says how many children load their models before the service is ready."""

    model_config = SETTINGS

    #: a name in `speech.engines.ENGINES`
    speech_engine: str = DEFAULT
    #: the others load theirs when two recordings are there at once
    speech_warm: int = Field(default=2, ge=1, le=2)
