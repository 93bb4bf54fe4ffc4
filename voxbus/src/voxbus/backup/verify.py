"""Reads a backup, and says what of it is not as it was written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from chassis.storage.key_copy import NoKeyStore, count
from chassis.storage.place import Content, Place, content_of
from voxbus.backup import archive
from voxbus.backup.errors import BackupDamaged
from voxbus.backup.manifest import DUMP, KEYS, LATE, MEDIA, KeysManifest, Manifest, read_media_list
from voxbus.backup.programs import Programs


@asynccontextmanager
async def good_dump(place: Place, manifest: Manifest, programs: Programs) -> AsyncIterator[Path]:
    """Provides the dump of the database as a file. Raises `BackupDamaged`."""
    async with _good(place, f"{manifest.id}/{DUMP}", manifest.dump) as path:
        if not await archive.contents(programs, path):
            raise BackupDamaged("The dump of the database is empty.")
        yield path


@asynccontextmanager
async def good_keys(place: Place, manifest: KeysManifest) -> AsyncIterator[Path]:
    """Provides the copy of the keys as a file. Raises `BackupDamaged`."""
    async with _good(place, f"{manifest.id}/{KEYS}", manifest.file) as path:
        try:
            people = await asyncio.to_thread(count, path)
        except NoKeyStore as error:
            raise BackupDamaged(str(error)) from None
        if (people.with_key, people.erased) != (manifest.with_key, manifest.erased):
            raise BackupDamaged(f"{KEYS} holds other people than were written.")
        yield path


async def good_late_events(place: Place, manifest: Manifest) -> bytes:
    """Returns the lines of the late events. Raises `BackupDamaged`."""
    async with _good(place, f"{manifest.id}/{LATE}", manifest.late_events) as path:
        return await asyncio.to_thread(path.read_bytes)


async def wrong_media(place: Place, manifest: Manifest) -> list[str]:
    """Returns the keys of the objects that are missing or damaged. Raises `BackupDamaged` for the list of them."""
    return [
        key
        async for key, content in read_media_list(place, manifest)
        if await place.look(f"{manifest.id}/{MEDIA}/{key}") != content
    ]


@asynccontextmanager
async def _good(place: Place, key: str, written: Content) -> AsyncIterator[Path]:
    try:
        async with place.as_file(key) as path:
            if await content_of(path) != written:
                raise BackupDamaged(f"{key} is damaged.")
            yield path
    except FileNotFoundError:
        raise BackupDamaged(f"{key} is missing.") from None
