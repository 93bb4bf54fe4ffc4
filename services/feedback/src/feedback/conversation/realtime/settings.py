"""Defines the settings of spoken conversations: the limits of a session."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field
from pydantic_settings import BaseSettings

from chassis.settings import SETTINGS


class RealtimeSettings(BaseSettings):
    """Holds the limits of a session: seconds of ours and of a caller's, tokens and dollars where we pay."""

    model_config = SETTINGS

    realtime_seconds: int = Field(default=600, ge=1, le=3600)
    realtime_caller_seconds: int = Field(default=3300, ge=1, le=3600)
    realtime_tokens: int = Field(default=20_000, ge=1, le=10_000_000)
    realtime_usd: Decimal = Field(default=Decimal("0.50"), gt=0, le=1000)
