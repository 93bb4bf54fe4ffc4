"""Describes the content service: its handlers, parts and settings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from chassis.delivery.person_erasure import rows_about
from chassis.handler import Deps
from chassis.service import Components, Platform, Service
from content.tables import METADATA
from content.twisters import seed, store
from content.twisters.handlers import project_progress


@asynccontextmanager
async def open_content(platform: Platform) -> AsyncIterator[Components]:
    """Adds twisters that this release brings."""
    async with platform.database.transaction() as tx:
        await store.seed(tx, seed.load())
    yield Components(deps=Deps())


SERVICE = Service(
    name="content",
    metadata=METADATA,
    migrations=Path(__file__).parents[2] / "migrations",
    open=open_content,
    handlers=(project_progress,),
    erase=rows_about(METADATA),
)
