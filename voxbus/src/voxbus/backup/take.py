"""Takes a backup of an installation while it runs; ADR 91 says why the copies are made in this order.

Media, the database, then the keys, then who was erased: nothing that the database refers to is missing, and nobody who
was erased before the backup ended is unknown to it. The manifest is written last.
"""

from __future__ import annotations

import asyncio
import secrets
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

from chassis.delivery.statements import KEEP_MEDIA
from chassis.errors import SettingsError
from chassis.privacy.retention import ERASURE_LEDGER, retention_of
from chassis.settings import Settings
from chassis.storage.database import Database, Transaction
from chassis.storage.erasure_ledger import as_lines, open_ledger
from chassis.storage.key_copy import copy_out, count
from chassis.storage.keys import keys_url, open_keys
from chassis.storage.media import open_media
from chassis.storage.place import Content, Place, pieces_of
from chassis.storage.schemas import count_rows, major_of, open_as_owner, schemas_of
from gateway.jobs.erasures import KEY_BACKUPS
from gateway.jobs.operator_acts import OperatorAct
from voxbus.backup import archive
from voxbus.backup.errors import BackupDamaged
from voxbus.backup.late_events import Open, open_jobs, since
from voxbus.backup.manifest import DUMP, KEYS, LATE, KeysManifest, Manifest, begun_at, write_manifest
from voxbus.backup.media_copy import MediaCopy
from voxbus.backup.places import ERASED, Places, read_erased, tidy
from voxbus.backup.programs import Programs, find_programs
from voxbus.backup.verify import good_dump, good_keys, good_late_events, wrong_media
from voxbus.local.reach import reach_database
from voxbus.operator import at_the_command_line, note
from voxbus.services import SERVICES

_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


@dataclass(frozen=True, slots=True)
class Taken:
    """Reports a backup that was taken and verified. `deleted`: older backups and copies of keys that were due."""

    manifest: Manifest
    keys: KeysManifest
    place: str
    keys_place: str
    erased_place: str
    erased: int
    deleted: list[str]


async def take(
    settings: Settings,
    to: str,
    keys_to: str | None,
    tell: Callable[[str], None],
    *,
    erased_to: str | None = None,
    reason: str | None = None,
) -> Taken:
    """Takes a backup and verifies what it wrote. Leaves nothing at its places where it fails, but a row of that.

    Raises `SettingsError` for places that cannot be, `VoxbusError` for whatever fails.
    """
    if settings.database_url is None and not (settings.data_dir / "postgres").exists():
        raise SettingsError(
            f"There is no database in {settings.data_dir}: name its VOXBUS_DATA_DIR, or a server's VOXBUS_DATABASE_URL."
        )
    places = Places.open(to, keys_to, erased_to, settings)
    begun = datetime.now(UTC)
    backup = f"{begun_at(begun)}-{secrets.token_hex(3)}"
    try:
        async with reach_database(settings) as reached:
            url = settings.direct_database_url or reached
            act = OperatorAct(act="backup_made", by=at_the_command_line(), object=backup, reason=reason)
            try:
                taken = await _take(settings, url, places, backup, tell)
            except Exception:
                with suppress(Exception):  # what made the backup fail is what is told
                    await note(url, act, "failed")
                raise
            await note(url, act)
    except BaseException:
        for place in (places.backups, places.keys):
            with suppress(Exception):
                await place.delete_below(backup)
        raise
    deleted = await tidy(places, begun, settings.backups_kept, KEY_BACKUPS)
    return replace(taken, deleted=deleted)


async def _take(settings: Settings, url: str, places: Places, backup: str, tell: Callable[[str], None]) -> Taken:
    media = MediaCopy(open_media(settings.media_url, settings.data_dir).place, places.backups, backup)
    tell("copying media")
    await media.round()
    database = open_as_owner(url, size=2)
    try:
        server = await major_of(database)
        programs = await find_programs(server)
        copy = await _copy_database(database, partial(archive.dumped, programs, url), media, places, backup, tell)
        tell("copying the keys")
        keys = await _copy_keys(settings, places.keys, backup)
        late = await places.backups.write(f"{backup}/{LATE}", since(database, copy.jobs))
    finally:
        await database.close()
    erased = await _copy_erased(settings, places)
    manifest = Manifest(
        id=backup,
        snapshot_at=_time(copy.at),
        finished_at=_time(datetime.now(UTC)),
        product=version("voxbus"),
        server=server,
        programs=programs.major,
        dump=copy.dump,
        tables=copy.tables,
        media_list=await media.write_list(),
        objects=len(media.objects),
        media_bytes=sum(each.size for each in media.objects.values()),
        late_events=late,
    )
    tell("verifying what was written")
    await _verify(places, manifest, keys, programs)
    await write_manifest(places.keys, keys)
    await write_manifest(places.backups, manifest)
    return Taken(manifest, keys, places.name, places.keys_name, places.erased_name, erased, [])


@dataclass(frozen=True, slots=True)
class _Copy:
    """Holds what was copied of the database, all of one moment."""

    at: datetime
    dump: Content
    tables: dict[str, int]
    jobs: Open


async def _copy_database(
    database: Database,
    dumped: Callable[[str, Sequence[str]], AsyncIterator[bytes]],
    media: MediaCopy,
    places: Places,
    backup: str,
    tell: Callable[[str], None],
) -> _Copy:
    """Copies database and media as they are at one moment."""
    schemas = schemas_of(SERVICES)
    async with _frozen(database) as (tx, let_go):
        [row] = await tx.fetch("SELECT pg_export_snapshot() AS name, now() AS at")
        tell("copying the media that came meanwhile")
        await media.round()
        await let_go()
        tell("dumping the database")
        dump = await places.backups.write(f"{backup}/{DUMP}", dumped(row.name, schemas))
        return _Copy(row.at, dump, await count_rows(tx, schemas), await open_jobs(tx))


@asynccontextmanager
async def _frozen(database: Database) -> AsyncIterator[tuple[Transaction, Callable[[], Awaitable[None]]]]:
    """Provides a transaction that sees one moment, and what lets services delete media again.

    An object is deleted only after the commit that ended its use. Deletions that were read before the lock was taken
    are of such commits, and the moment is after them: so what the database refers to at that moment is still there.
    """
    async with AsyncExitStack() as held:
        holding = await held.enter_async_context(database.transaction())
        await holding.fetch(f"SELECT pg_advisory_xact_lock({KEEP_MEDIA})")
        async with database.transaction(lambda: _SNAPSHOT) as tx:
            yield tx, held.aclose


async def _copy_keys(settings: Settings, place: Place, backup: str) -> KeysManifest:
    """Copies the key store once the database is copied: each key that it needs was there before it."""
    copied_at = _time(datetime.now(UTC))
    with tempfile.TemporaryDirectory(prefix="voxbus-") as scratch:
        path = Path(scratch) / KEYS
        await copy_out(keys_url(settings), path)
        people = await asyncio.to_thread(count, path)
        content = await place.write(f"{backup}/{KEYS}", pieces_of(path))
    return KeysManifest(backup, copied_at, content, people.with_key, people.erased)


async def _copy_erased(settings: Settings, places: Places) -> int:
    """Adds who was erased to the list that all backups share, at its own place; returns how many are in it."""
    keys = open_keys(keys_url(settings), erases=True)
    try:
        in_store = await keys.erased()
    finally:
        await keys.close()
    now = datetime.now(UTC)
    forgotten = now - retention_of(settings).classes[ERASURE_LEDGER].keep
    listed = {person: at for person, at in (await read_erased(places.erased) or {}).items() if at > forgotten}
    listed |= dict.fromkeys(in_store - listed.keys(), now) | await open_ledger(settings).read()
    await places.erased.write_bytes(ERASED, as_lines(listed))
    return len(listed)


async def _verify(places: Places, manifest: Manifest, keys: KeysManifest, programs: Programs) -> None:
    """Raises `BackupDamaged` unless what stands at the places is what was read."""
    if wrong := await wrong_media(places.backups, manifest):
        raise BackupDamaged(f"{len(wrong)} objects of the backup are missing or damaged, such as {wrong[0]}.")
    await good_late_events(places.backups, manifest)
    async with good_dump(places.backups, manifest, programs), good_keys(places.keys, keys):
        pass


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
