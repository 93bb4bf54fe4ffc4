"""Looks at the installation that a restore is to fill, and refuses what it must not overwrite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from chassis.console import notify_operator
from chassis.settings import Settings
from chassis.storage.key_copy import people_in
from chassis.storage.keys import keys_url, open_keys
from chassis.storage.media import open_media
from chassis.storage.schemas import count_rows, open_as_owner, schemas_of, who_else
from voxbus.backup.errors import RestoreRefused
from voxbus.local.postgres import InUse, start_postgres
from voxbus.services import SERVICES

_ERASED = "SELECT person_id FROM gateway.erased_people"


@asynccontextmanager
async def target_database(settings: Settings) -> AsyncIterator[str]:
    """Provides the owner's address of the database that is to be filled. Raises `RestoreRefused` while it is in use."""
    if settings.database_url is not None:
        url = settings.direct_database_url or settings.database_url
        await _refuse_users(url)
        yield url
        return
    try:
        server = await start_postgres(settings.data_dir, notify_operator)
    except InUse as error:
        raise RestoreRefused(f"{error} A restore wants nobody else there.") from None
    async with server:
        yield server.dsn


async def what_is_there(settings: Settings, url: str, *, keys_stay: bool) -> list[str]:
    """Returns what a restore would overwrite, a phrase each; nothing for an empty target."""
    found = []
    database = open_as_owner(url)
    try:
        async with database.transaction() as tx:
            tables = await count_rows(tx, schemas_of(SERVICES))
    finally:
        await database.close()
    if tables:
        found.append(f"a database with {len(tables)} tables and {sum(tables.values())} rows")
    if not keys_stay and (people := await people_in(keys_url(settings))).with_key + people.erased:
        found.append(f"a key store with {people.with_key} keys")
    async for _ in open_media(settings.media_url, settings.data_dir).place.entries():
        found.append("media")
        break
    return found


async def erased_there(settings: Settings, url: str) -> set[UUID]:
    """Returns everyone whom the target's database or key store knows to be erased, which a restore would forget."""
    found: set[UUID] = set()
    database = open_as_owner(url)
    try:
        if (await database.fetch("SELECT to_regclass('gateway.erased_people') AS found"))[0].found:
            found |= {row.person_id for row in await database.fetch(_ERASED)}
    finally:
        await database.close()
    if (await people_in(keys_url(settings))).erased:
        keys = open_keys(keys_url(settings), erases=True)
        try:
            found |= await keys.erased()
        finally:
            await keys.close()
    return found


async def _refuse_users(url: str) -> None:
    database = open_as_owner(url)
    try:
        users = await who_else(database)
    finally:
        await database.close()
    if users:
        raise RestoreRefused(f"Voxbus runs on this database ({', '.join(users)}): stop it first.")
