"""Restores an installation from a backup: all of it is verified first, and nothing of it serves before it is whole."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from chassis.errors import SettingsError
from chassis.privacy.retention import ERASURE_LEDGER, retention, retention_of
from chassis.settings import Settings
from chassis.storage.erasure_ledger import open_ledger
from chassis.storage.key_copy import copy_in
from chassis.storage.keys import keys_url
from chassis.storage.media import open_media
from chassis.storage.migrations import migrate
from chassis.storage.place import Place
from chassis.storage.schemas import count_rows, empty, major_of, open_as_owner, schemas_of
from gateway.jobs.half_restored import marked
from gateway.jobs.operator_acts import OperatorAct
from voxbus.backup import archive
from voxbus.backup.errors import BackupDamaged, RestoreRefused
from voxbus.backup.late_events import put_back
from voxbus.backup.manifest import MEDIA, Manifest, read_media_list, time_of
from voxbus.backup.programs import Programs, find_programs
from voxbus.backup.resume import Resumed, resume
from voxbus.backup.sources import erased_people, find_backup, is_same_store, key_store_of, keys_from
from voxbus.backup.target import erased_there, target_database, what_is_there
from voxbus.backup.verify import good_dump, good_late_events, wrong_media
from voxbus.keystore import prepare_keys
from voxbus.logins import own_logins
from voxbus.operator import at_the_command_line, note
from voxbus.services import SERVICES


@dataclass(frozen=True, slots=True)
class Restored:
    """Reports a restore. `differs`: tables that hold another number of rows than was counted in the backup."""

    backup: str
    snapshot_at: str
    tables: Mapping[str, int]
    differs: Mapping[str, int]
    media_found: int
    media_missing: list[str]
    resumed: Resumed


@dataclass(frozen=True, slots=True)
class Asked:
    """Holds what an operator has asked for."""

    source: str
    keys_from: str | None
    erased_from: str | None
    force: bool
    reason: str | None = None


def _agree(_: str) -> None:
    """Agrees with whatever is asked."""


async def restore(
    settings: Settings, asked: Asked, tell: Callable[[str], None], ask: Callable[[str], None] = _agree
) -> Restored:
    """Restores a backup. Raises `RestoreRefused`, `NoBackup`, `BackupDamaged`, `SettingsError` and `VoxbusError`.

    Until all of it is verified, the target is left as it is; from then on until it is whole nothing starts on it.
    `force` overwrites, unless `ask`, told of what, raises.
    """
    place, manifest, place_name = await find_backup(asked.source)
    erased = await erased_people(settings, place_name, asked.erased_from)
    risks = _risks(settings, manifest, asked, known=erased.known)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(target_database(settings))
        programs = await _programs(url, manifest)
        tell("verifying the backup")
        dump = await stack.enter_async_context(good_dump(place, manifest, programs))
        missing = await wrong_media(place, manifest)
        if missing and not asked.force:
            raise BackupDamaged(
                f"{len(missing)} objects of the backup are missing or damaged, such as {missing[0]}: --force restores"
                " the rest."
            )
        late = await good_late_events(place, manifest)
        keys = await stack.enter_async_context(keys_from(asked.keys_from, place_name))
        keys_stay = is_same_store(key_store_of(asked.keys_from), keys_url(settings))
        _judge(await what_is_there(settings, url, keys_stay=keys_stay), len(missing), risks, asked, ask)
        await stack.enter_async_context(_not_whole(url))
        await open_ledger(settings).append(erased.people.keys() | await erased_there(settings, url))
        tell("restoring media")
        found = await _restore_media(settings, place, manifest, set(missing))
        if not keys_stay:
            tell("restoring the keys")
            await copy_in(keys, keys_url(settings))
        tell("restoring the database")
        tables = await _restore_database(url, programs, dump)
        await migrate(url, SERVICES, logins=own_logins(SERVICES))
        await prepare_keys(keys_url(settings))
        tell("resuming what was under way")
        await put_back(url, late)
        resumed = await resume(settings, url, manifest)
        differs = {name: tables.get(name, 0) for name, rows in manifest.tables.items() if tables.get(name) != rows}
        report = Restored(manifest.id, manifest.snapshot_at, tables, differs, found, missing, resumed)
        await _note(url, report, asked)
    return report


@asynccontextmanager
async def _not_whole(url: str) -> AsyncIterator[None]:
    """Has nothing serve the database until the restore has ended well."""
    owner = open_as_owner(url)
    try:
        async with marked(owner):
            yield
    finally:
        await owner.close()


async def _note(url: str, report: Restored, asked: Asked) -> None:
    """Writes the act into what was restored: the audit of before is that of the backup."""
    detail = {
        "forced": asked.force,
        "jobs": report.resumed.jobs,
        "erased_again": report.resumed.erased_again,
        "media_missing": len(report.media_missing),
        "tables_that_differ": len(report.differs),
    }
    act = OperatorAct(
        act="backup_restored", by=at_the_command_line(), object=report.backup, reason=asked.reason, detail=detail
    )
    await note(url, act, "failed" if report.differs else "done")


def _risks(settings: Settings, manifest: Manifest, asked: Asked, *, known: bool) -> list[str]:
    """Refuses what could bring erased people back; returns it, if it is forced."""
    risks = []
    if not known:
        risks.append("may bring people back who were erased since the last backup, as no ledger says who")
        if not asked.force:
            raise RestoreRefused(
                "The target has no erasure ledger of its own: give --erased-from that of the installation"
                " (erasures.jsonl, VOXBUS_ERASED_URL), or if that is lost the copy of the last backup (--erased-to),"
                " in which nobody is who was erased since. --force brings them back."
            )
    if datetime.now(UTC) - time_of(manifest.id) > retention_of(settings).classes[ERASURE_LEDGER].keep:
        risks.append("may bring people back who were erased so long ago that nothing remembers them")
        if not asked.force:
            raise RestoreRefused(
                f"{manifest.id} is older than people who were erased are remembered (VOXBUS_BACKUPS_KEPT and 30 days):"
                " --force restores it all the same."
            )
    return risks


def _judge(there: list[str], missing: int, risks: list[str], asked: Asked, ask: Callable[[str], None]) -> None:
    """Refuses a target that is not empty; where that is forced, asks with all that it touches."""
    if not asked.force:
        if there:
            raise RestoreRefused(f"The target is not empty: there is {' and '.join(there)}. --force overwrites it.")
        return
    touched = [f"overwrites {' and '.join(there)}"] if there else []
    touched += [f"leaves out {missing} objects that are missing or damaged"] if missing else []
    if touched := touched + risks:
        ask(f"This restore {', '.join(touched)}. Go on?")


async def _programs(url: str, manifest: Manifest) -> Programs:
    database = open_as_owner(url)
    try:
        server = await major_of(database)
    finally:
        await database.close()
    if server < manifest.server:
        raise SettingsError(f"The backup is of Postgres {manifest.server}, and this server is older: {server}.")
    return await find_programs(server, manifest.programs)


async def _restore_media(settings: Settings, place: Place, manifest: Manifest, missing: set[str]) -> int:
    """Makes the media store what the backup has of it; returns how many objects that are."""
    media = open_media(settings.media_url, settings.data_dir).place
    old = {entry.key async for entry in media.entries() if entry.key.partition("/")[0] in retention().prefixes()}
    found = 0
    async for key, content in read_media_list(place, manifest):
        if key in missing:
            continue
        if await media.write(key, place.read(f"{manifest.id}/{MEDIA}/{key}")) != content:
            raise BackupDamaged(f"{key} has changed while it was read.")
        old.discard(key)
        found += 1
    await media.delete(sorted(old))
    return found


async def _restore_database(url: str, programs: Programs, dump: Path) -> dict[str, int]:
    """Replaces the database by the dump; returns the rows of each table."""
    await empty(url, SERVICES)
    await archive.restore(programs, url, dump)
    database = open_as_owner(url)
    try:
        async with database.transaction() as tx:
            return await count_rows(tx, schemas_of(SERVICES))
    finally:
        await database.close()
