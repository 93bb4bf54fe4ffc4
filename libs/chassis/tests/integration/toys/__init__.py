"""A small service that serves routes, to hold the web layer to its word."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from chassis.delivery.person_erasure import rows_about
from chassis.handler import Deps
from chassis.service import Components, Platform, Service
from libs.chassis.tests.integration.toys import notes, routes
from libs.chassis.tests.integration.toys.tables import METADATA

ROUTES = (routes.routes, notes.routes)


@asynccontextmanager
async def open_toys(_kit: Platform) -> AsyncIterator[Components]:
    """Has nothing of its own."""
    yield Components(deps=Deps())


TOYS = Service(
    name="toys",
    metadata=METADATA,
    migrations=Path(__file__).parent / "migrations",
    open=open_toys,
    erase=rows_about(METADATA),
    routes=ROUTES,
)
