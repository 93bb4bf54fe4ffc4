"""Reaches the database of an installation for an operator's command, whether or not Voxbus runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from chassis.console import notify_operator
from chassis.errors import SettingsError
from chassis.settings import Settings
from chassis.storage.answers import await_answer
from voxbus.local.postgres import InUse, start_postgres
from voxbus.local.postgres_process import ready_process

_STARTS_WITHIN = 60.0  # seconds
_POLL = 0.05


def has_database(settings: Settings) -> bool:
    """Tells whether the settings name a database, or the data directory has an embedded one."""
    return settings.database_url is not None or (settings.data_dir / "postgres" / "cluster" / "PG_VERSION").exists()


@asynccontextmanager
async def reach_database(settings: Settings, *, makes: bool = False) -> AsyncIterator[str]:
    """Yields the address of the database that the settings name, or of the embedded one if they name none.

    `makes`: an embedded database that is not there is made. Raises `SettingsError` where there is none, and one that
    names host and port where no server answers.
    """
    if settings.database_url is not None:
        await await_answer(settings.database_url)
        yield settings.database_url
        return
    if not makes and not has_database(settings):
        raise SettingsError(
            f"There is no database in {settings.data_dir.absolute()}: is VOXBUS_DATA_DIR right? voxbus run makes one."
        )
    async with reach_postgres(settings.data_dir, notify_operator) as dsn:
        yield dsn


@asynccontextmanager
async def reach_postgres(data_dir: Path, notify_operator: Callable[[str], None]) -> AsyncIterator[str]:
    """Yields the address of the database of `data_dir`, from the running server or from one started for the block."""
    async with AsyncExitStack() as stack:
        try:
            server = await stack.enter_async_context(await start_postgres(data_dir, notify_operator))
            dsn = server.dsn
        except InUse as running:
            await _await_ready(running)
            dsn = running.dsn
        yield dsn


async def _await_ready(running: InUse) -> None:
    """Waits while the process that has the data directory still starts its server. Raises `running` after a minute."""
    end = asyncio.get_running_loop().time() + _STARTS_WITHIN
    while ready_process(running.place) is None:
        if asyncio.get_running_loop().time() > end:
            raise running
        await asyncio.sleep(_POLL)
