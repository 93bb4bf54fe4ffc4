"""Lists what a place of backups holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chassis.errors import SettingsError
from chassis.storage.media import open_place
from voxbus.backup.errors import BackupDamaged, NoBackup
from voxbus.backup.manifest import begun, read_keys_manifest, read_manifest, time_of


async def listed(name: str) -> list[Mapping[str, Any]]:
    """Returns the backups and the copies of keys at a place, the newest first. Raises `SettingsError`, `NoBackup`.

    `state`: complete, interrupted (or still under way), or damaged. `what`: database or keys.
    """
    try:
        place = open_place(name)
    except SettingsError as error:
        if "://" in name:
            raise
        raise NoBackup(str(error)) from None  # there is no such folder
    found: list[Mapping[str, Any]] = []
    for backup in reversed(await begun(place)):
        row: dict[str, Any] = {"id": backup, "begun_at": time_of(backup).isoformat().replace("+00:00", "Z")}
        try:
            of_keys = await read_keys_manifest(place, backup)
            row |= {"what": "keys", "state": "complete", "finished_at": of_keys.copied_at, "keys": of_keys.with_key}
        except NoBackup:
            row |= {"what": None, "state": "interrupted"}
        except BackupDamaged:
            try:
                whole = await read_manifest(place, backup)
                row |= {
                    "what": "database",
                    "state": "complete",
                    "finished_at": whole.finished_at,
                    "rows": sum(whole.tables.values()),
                    "objects": whole.objects,
                    "bytes": whole.dump.size + whole.media_bytes,
                    "product": whole.product,
                }
            except BackupDamaged:
                row |= {"what": None, "state": "damaged"}
        found.append(row)
    if not found:
        raise NoBackup(f"There is no backup at {name}.")
    return found
