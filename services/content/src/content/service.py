"""Describes the content service: its handlers, routes and parts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from chassis.delivery.person_erasure import rows_about
from chassis.owners import owner_of
from chassis.service import Components, Platform, Service
from content.deps import ContentDeps
from content.export import EXPORT
from content.gamification import routes as gamification_routes
from content.lessons.places import StoredLessons
from content.tables import METADATA
from content.twisters import progress_routes, seed, store
from content.twisters import routes as twister_routes
from content.twisters.handlers import project_progress

ROUTES = (twister_routes.routes, progress_routes.routes, gamification_routes.routes)


@asynccontextmanager
async def open_content(platform: Platform) -> AsyncIterator[Components]:
    """Adds the new twisters of this release, then serves them."""
    async with platform.database.transaction() as tx:
        await store.seed(tx, seed.load())
    deps = ContentDeps(lessons=StoredLessons())
    yield Components(deps=deps, app=owner_of("content", ROUTES, platform, deps))


SERVICE = Service(
    name="content",
    metadata=METADATA,
    migrations=Path(__file__).parents[2] / "migrations",
    open=open_content,
    handlers=(project_progress,),
    on_path=True,
    erase=rows_about(METADATA),
    export=EXPORT,
    pools=("routes",),
    routes=ROUTES,
)
