"""Defines feedback's own settings."""

from __future__ import annotations

from pydantic_settings import BaseSettings

from chassis.settings import SETTINGS


class FeedbackSettings(BaseSettings):
    """Names the provider that writes feedback: a name in `feedback.providers.PROVIDERS`."""

    model_config = SETTINGS

    feedback_provider: str = "coach"
