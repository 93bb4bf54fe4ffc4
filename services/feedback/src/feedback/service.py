"""Describes the feedback service: its handlers, routes, parts and settings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from chassis.errors import SettingsError
from chassis.owners import owner_of
from chassis.privacy.outside import OutsideCalls
from chassis.service import Components, Platform, Service
from chassis.settings import Settings, load
from feedback.conversation import session_routes as sessions
from feedback.export import EXPORT
from feedback.handlers import FeedbackDeps, give_feedback
from feedback.models import routes as models
from feedback.models import usage
from feedback.models.budgets import Caps
from feedback.models.catalogue import Catalogue
from feedback.models.erasure import Erasure
from feedback.models.ledger import Ledger
from feedback.models.settings import ModelSettings
from feedback.providers import PROVIDERS
from feedback.settings import FeedbackSettings
from feedback.tables import METADATA

ROUTES = (models.routes, sessions.routes, usage.routes)


@dataclass(frozen=True, kw_only=True)
class AllDeps(FeedbackDeps, models.ModelDeps, sessions.SessionDeps, usage.MoneyDeps):
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
    """Constructs the provider that the settings name, the catalogue of models, and the ledger of what they cost."""
    own = load(ModelSettings)
    known = Catalogue(own)
    known.warn()
    caps = Caps(person=own.ai_person_day_usd, installation=own.ai_day_usd, roles=own.ai_role_day_usd)
    ledger = Ledger(platform.database, caps)
    deps = AllDeps(
        provider=PROVIDERS[_provider()](),
        outside=OutsideCalls(platform.consents),
        catalogue=known,
        askable=own.askable(),
        caps=caps,
    )
    yield Components(
        deps=deps,
        app=owner_of("feedback", ROUTES, platform, deps),
        loops={
            "models": partial(known.run, platform.watchdog.pulse("feedback.models")),
            "ledger": partial(ledger.run, platform.watchdog.pulse("feedback.ledger")),
        },
    )


SERVICE = Service(
    name="feedback",
    metadata=METADATA,
    migrations=Path(__file__).parents[2] / "migrations",
    open=open_feedback,
    judge=_judge,
    handlers=(give_feedback,),
    on_path=True,
    erase=Erasure(),
    export=EXPORT,
    pools=("routes",),
    routes=ROUTES,
)
