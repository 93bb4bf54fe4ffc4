"""Describes the feedback service: its handlers, parts and settings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from chassis.delivery.person_erasure import rows_about
from chassis.errors import SettingsError
from chassis.privacy.outside import OutsideCalls
from chassis.service import Components, Platform, Service
from chassis.settings import Settings, load
from feedback.export import EXPORT
from feedback.handlers import FeedbackDeps, give_feedback
from feedback.providers import PROVIDERS
from feedback.settings import FeedbackSettings
from feedback.tables import METADATA


def _provider(_: Settings) -> str:
    name = load(FeedbackSettings).feedback_provider
    if name not in PROVIDERS:
        raise SettingsError(f"VOXBUS_FEEDBACK_PROVIDER names no provider; there are: {', '.join(sorted(PROVIDERS))}.")
    return name


@asynccontextmanager
async def open_feedback(platform: Platform) -> AsyncIterator[Components]:
    """Constructs the provider that the settings name."""
    provider = PROVIDERS[_provider(platform.settings)]()
    yield Components(deps=FeedbackDeps(provider=provider, outside=OutsideCalls(platform.consents)))


SERVICE = Service(
    name="feedback",
    metadata=METADATA,
    migrations=Path(__file__).parents[2] / "migrations",
    open=open_feedback,
    judge=_provider,
    handlers=(give_feedback,),
    on_path=True,
    erase=rows_about(METADATA),
    export=EXPORT,
)
