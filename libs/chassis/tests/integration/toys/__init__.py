"""Defines a small service with routes, which tests the web layer, and a verb that costs time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from chassis.delivery.person_erasure import rows_about
from chassis.handler import Deps
from chassis.owners import owner_of
from chassis.service import Components, Platform, Service
from libs.chassis.tests.integration.toys import notes, routes
from libs.chassis.tests.integration.toys.handlers import polish_toy
from libs.chassis.tests.integration.toys.tables import METADATA

ROUTES = (routes.routes, notes.routes)


@asynccontextmanager
async def open_toys(platform: Platform) -> AsyncIterator[Components]:
    """Has nothing but its routes and its handler."""
    deps = Deps()
    yield Components(deps=deps, app=owner_of("toys", ROUTES, platform, deps))


TOYS = Service(
    name="toys",
    metadata=METADATA,
    migrations=Path(__file__).parent / "migrations",
    open=open_toys,
    handlers=(polish_toy,),
    on_path=True,
    erase=rows_about(METADATA),
    pools=("routes",),
    routes=ROUTES,
)
