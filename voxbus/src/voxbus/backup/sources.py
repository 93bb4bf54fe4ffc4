"""Finds what a restore reads: the backup, the keys that fit it, and everyone who was erased."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from chassis.errors import SettingsError
from chassis.settings import Settings
from chassis.storage.erasure_ledger import open_ledger
from chassis.storage.key_copy import copy_out, is_file, path_of
from chassis.storage.media import open_place
from chassis.storage.place import Place
from voxbus.backup.errors import NoBackup
from voxbus.backup.manifest import Manifest, complete, read_keys_manifest, read_manifest
from voxbus.backup.places import beside, erased_beside, read_erased, split
from voxbus.backup.verify import good_keys

_SERVERS = ("postgresql://", "postgres://")
_BUCKETS = ("s3", "s3+http")


@dataclass(frozen=True, slots=True)
class Erased:
    """Holds who was erased. `known`: by the target's own ledger or one that was named, so that nobody is missing."""

    people: dict[UUID, datetime]
    known: bool


async def find_backup(name: str) -> tuple[Place, Manifest, str]:
    """Returns the place, the manifest of the backup that is named or of its newest one, and the place's name.

    Raises `NoBackup`, `SettingsError` and `BackupDamaged`.
    """
    place_name, backup = split(name)
    place = open_place(place_name)
    if backup is None:
        whole = await complete(place)
        if not whole:
            raise NoBackup(f"There is no complete backup at {name}.")
        backup = whole[-1]
    return place, await read_manifest(place, backup), place_name


def key_store_of(name: str | None) -> str | None:
    """Returns the address of a key store, if that is what was named: a file or a server; None for a place."""
    if name is None:
        return None
    if name.startswith(_SERVERS):
        return name
    file = file_of(name)
    return None if file is None else f"file://{file}"


def file_of(name: str) -> Path | None:
    """Returns the file that is named by its path or `file:///…`; None for whatever is no file."""
    path = Path(urlsplit(name).path if name.startswith("file://") else name).absolute()
    return path if path.is_file() else None


def is_same_store(one: str | None, other: str) -> bool:
    """Tells whether two addresses are of the same key store."""
    if one is None or one == other:
        return one == other
    paths = [path_of(each) for each in (one, other) if is_file(each)]
    return len(paths) == 2 and all(path.exists() for path in paths) and paths[0].samefile(paths[1])


@asynccontextmanager
async def keys_from(name: str | None, backups: str) -> AsyncIterator[Path]:
    """Provides a copy of the keys as a file: of the store that is named, else the newest copy at a place.

    The newest one fits an older backup, too: it has every key that was not destroyed since. Raises `NoBackup`,
    `SettingsError`, `NoKeyStore` and `BackupDamaged`.
    """
    store = key_store_of(name)
    if store is not None:
        with tempfile.TemporaryDirectory(prefix="voxbus-") as scratch:
            path = Path(scratch) / "keys"
            await copy_out(store, path)
            yield path
        return
    where = name or beside(backups)
    try:
        place = open_place(where)
        whole = await complete(place)
    except SettingsError:
        if name is not None:
            raise
        whole = []
    if not whole:
        raise NoBackup(
            f"There is no copy of the keys at {where}, where they stay 7 days: give --keys-from another place, a key"
            " file (keys.sqlite) or the address of the key store."
        )
    async with good_keys(place, await read_keys_manifest(place, whole[-1])) as path:
        yield path


async def erased_people(settings: Settings, backups: str, name: str | None) -> Erased:
    """Returns everyone who was erased: by the target's ledger, one that is named, and the list beside the backups.

    That list is only an addition: whoever was erased since the last backup is not in it. Raises `SettingsError` for a
    list that is damaged, or named and not there.
    """
    ledger = open_ledger(settings)
    people = await _beside(backups) | await ledger.read()
    if name is not None:
        people |= await _named(settings, name)
    return Erased(people, name is not None or await ledger.exists())


async def _beside(backups: str) -> dict[UUID, datetime]:
    try:
        place = open_place(erased_beside(backups))
    except SettingsError:  # kept elsewhere
        return {}
    return await read_erased(place) or {}


async def _named(settings: Settings, name: str) -> dict[UUID, datetime]:
    """Reads a ledger: its file, a folder with it, or a bucket with the file or with one object an erasure."""
    if urlsplit(name).scheme in _BUCKETS:
        listed = await read_erased(open_place(name))
        return (listed or {}) | await open_ledger(settings.model_copy(update={"erased_url": name})).read()
    if (file := file_of(name)) is not None:
        return await open_ledger(settings.model_copy(update={"erased_url": f"file://{file}"})).read()
    listed = await read_erased(open_place(name))
    if listed is None:
        raise SettingsError(f"There is no erasures.jsonl in {name}.")
    return listed
