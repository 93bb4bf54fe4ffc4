"""Describes the content service: its handlers, routes and parts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from chassis.errors import SettingsError
from chassis.observe.logs import logger
from chassis.owners import key_of, owner_of
from chassis.privacy.outside import OutsideCalls
from chassis.privacy.recipients import Recipients
from chassis.service import Components, Platform, Service
from chassis.settings import PREFIX, Settings, load
from chassis.storage.database import Database
from chassis.storage.media import Media
from content.deps import ContentDeps
from content.erasure import Erasure
from content.export import EXPORT
from content.gamification import routes as gamification_routes
from content.gamification.explain_routes import explain_routes
from content.gamification.handlers import draw_leagues, note_time_zone, plan_draw, tell_leagues
from content.gamification.leaderboard_routes import leaderboard_routes
from content.gamification.league_timer import set_week_timer
from content.gamification.rewards import StoredEarnings
from content.hints import routes as hint_routes
from content.hints.handlers import EXERCISE_GONE, give_instead, keep_hint, note_roles
from content.lessons import admin_routes, article_routes, exchange_routes, preview_routes, report_routes
from content.lessons import routes as lesson_routes
from content.lessons import seed as lesson_seed
from content.lessons.picture_sweep import PictureSweep
from content.lessons.places import StoredLessons
from content.links import PreviewLinks
from content.outside import tell_outside
from content.progress import routes as lesson_progress_routes
from content.progress.handlers import announce_day, tell_regraded
from content.progress.hint_log import StoredHintLog
from content.progress.push import PushDeps, push_statements
from content.progress.record_store import Access, RecordStore
from content.progress.statements import StatementQueue
from content.settings import ContentSettings
from content.tables import METADATA
from content.twisters import progress_routes, seed, store
from content.twisters import routes as twister_routes
from content.twisters.handlers import project_progress

ROUTES = (
    admin_routes.routes,
    article_routes.routes,
    exchange_routes.routes,
    explain_routes,
    gamification_routes.routes,
    leaderboard_routes,
    hint_routes.routes,
    lesson_progress_routes.routes,
    lesson_routes.routes,
    preview_routes.routes,
    progress_routes.routes,
    report_routes.routes,
    twister_routes.routes,
)
_log = logger(__name__)


@dataclass(frozen=True, kw_only=True)
class AllDeps(ContentDeps, PushDeps):
    """Holds the dependencies of all verticals."""


def _judge(_: Settings) -> None:
    own = load(ContentSettings)
    if own.lessons_dir is not None and not own.lessons_dir.is_dir():
        raise SettingsError(f"{PREFIX}LESSONS_DIR names no folder.")
    if own.xapi_url is not None and own.xapi_auth is None:
        raise SettingsError(f"{PREFIX}XAPI_AUTH is required when {PREFIX}XAPI_URL is set.")


@asynccontextmanager
async def open_content(platform: Platform) -> AsyncIterator[Components]:
    """Adds the lessons of a folder of one's own, if there is one, then serves what is there."""
    own = load(ContentSettings)
    async with platform.database.transaction() as tx:
        await set_week_timer(tx, "voxbus/content")
    if own.lessons_dir is not None:
        files = await asyncio.to_thread(lesson_seed.of_folder, own.lessons_dir)
        await _take_lessons(platform.database, platform.media, files)
    lessons, earnings = StoredLessons(), StoredEarnings()
    record_store = _record_store(own)
    deps = AllDeps(
        lessons=lessons,
        earnings=earnings,
        media=platform.media,
        hint_log=StoredHintLog(lessons, earnings),
        previews=PreviewLinks(key_of("content", platform)),
        pushes=record_store is not None,
        store=record_store,
        queue=StatementQueue(platform.database),
        outside=OutsideCalls(platform.consents, recipients=Recipients(platform.database)),
    )
    sweep = PictureSweep(platform.database, platform.media)
    try:
        yield Components(
            deps=deps,
            app=owner_of("content", ROUTES, platform, deps),
            loops={"pictures": partial(sweep.run, platform.watchdog.pulse("content.pictures"))},
            tell_outside=tell_outside,
        )
    finally:
        if record_store is not None:
            await record_store.aclose()


def _record_store(own: ContentSettings) -> RecordStore | None:
    if own.xapi_url is None or own.xapi_auth is None:
        return None
    name, _, password = own.xapi_auth.partition(":")
    return RecordStore(Access(own.xapi_url, name, password))


async def fill(database: Database, media: Media) -> None:
    """Adds the new twisters and lessons of this release."""
    async with database.transaction() as tx:
        await store.seed(tx, seed.load())
    await _take_lessons(database, media, await asyncio.to_thread(lesson_seed.packaged))


async def _take_lessons(database: Database, media: Media, files: lesson_seed.Seed) -> None:
    async with database.transaction() as tx:
        for path, finding in await lesson_seed.seed(tx, media, files):
            _log.error("a lesson is not taken", file=path, line=finding.line, rule=finding.rule, why=finding.message)


SERVICE = Service(
    name="content",
    metadata=METADATA,
    migrations=Path(__file__).parents[2] / "migrations",
    fill=fill,
    open=open_content,
    judge=_judge,
    handlers=(
        announce_day,
        draw_leagues,
        give_instead,
        keep_hint,
        note_roles,
        note_time_zone,
        plan_draw,
        project_progress,
        push_statements,
        tell_leagues,
        tell_regraded,
    ),
    on_path=True,
    problems=(EXERCISE_GONE,),
    erase=Erasure(),
    export=EXPORT,
    pools=("routes",),
    routes=ROUTES,
)
