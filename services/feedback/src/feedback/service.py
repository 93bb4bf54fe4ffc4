"""Describes the feedback service: its handlers, routes, parts and settings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from chassis.delivery.person_erasure import rows_about
from chassis.errors import SettingsError
from chassis.owners import owner_of
from chassis.privacy.outside import OutsideCalls
from chassis.service import Components, Platform, Service
from chassis.settings import Settings, load
from feedback.export import EXPORT
from feedback.handlers import FeedbackDeps, give_feedback
from feedback.models import routes as models
from feedback.models.catalogue import Catalogue
from feedback.models.settings import ModelSettings
from feedback.providers import PROVIDERS
from feedback.settings import FeedbackSettings
from feedback.tables import METADATA

ROUTES = (models.routes,)


@dataclass(frozen=True, kw_only=True)
class AllDeps(FeedbackDeps, models.ModelDeps):
    """Holds the dependencies of all handlers and routes."""


def _judge(_: Settings) -> None:
    _provider()
    Catalogue(load(ModelSettings))


def _provider() -> str:
    name = load(FeedbackSettings).feedback_provider
    if name not in PROVIDERS:
        raise SettingsError(f"VOXBUS_FEEDBACK_PROVIDER names no provider; there are: {', '.join(sorted(PROVIDERS))}.")
    return name


@asynccontextmanager
async def open_feedback(platform: Platform) -> AsyncIterator[Components]:
    """Constructs the provider that the settings name, and the catalogue of models."""
    own = load(ModelSettings)
    known = Catalogue(own)
    known.warn()
    deps = AllDeps(
        provider=PROVIDERS[_provider()](),
        outside=OutsideCalls(platform.consents),
        catalogue=known,
        askable=own.askable(),
    )

    yield Components(
        deps=deps,
        app=owner_of("feedback", ROUTES, platform, deps),
        loops={"models": partial(known.run, platform.watchdog.pulse("feedback.models"))},
    )


SERVICE = Service(
    name="feedback",
    metadata=METADATA,
    migrations=Path(__file__).parents[2] / "migrations",
    open=open_feedback,
    judge=_judge,
    handlers=(give_feedback,),
    on_path=True,
    erase=rows_about(METADATA),
    export=EXPORT,
    pools=("routes",),
    routes=ROUTES,
)
