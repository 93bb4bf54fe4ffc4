"""Says what a backup holds: the manifest, which is written last, and the list of its media, one line an object."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from chassis.storage.place import Content, Place
from voxbus.backup.errors import BackupDamaged, NoBackup

MANIFEST = "manifest.json"
DUMP = "database.dump"
MEDIA, MEDIA_LIST = "media", "media.jsonl"
LATE = "late_events.jsonl"
KEYS = "keys.sqlite"
#: a backup's name begins with when it began
ID = re.compile(r"(\d{8}T\d{6}Z)-[\da-f]{6}")
_TIME = "%Y%m%dT%H%M%SZ"
_FORMAT = "voxbus_backup"


@dataclass(frozen=True, slots=True)
class Manifest:
    """Describes one backup. Times are RFC 3339; `server` and `programs` are major versions of Postgres."""

    id: str
    #: when the database was as the backup has it
    snapshot_at: str
    finished_at: str
    product: str
    server: int
    programs: int
    dump: Content
    #: rows of each table, counted in the same snapshot
    tables: Mapping[str, int]
    media_list: Content
    objects: int
    media_bytes: int
    late_events: Content


@dataclass(frozen=True, slots=True)
class KeysManifest:
    """Describes the copy of the key store that was made with a backup."""

    id: str
    copied_at: str
    file: Content
    with_key: int
    erased: int


def time_of(backup: str) -> datetime:
    """Returns when a backup began, from its name."""
    match = ID.fullmatch(backup)
    if match is None:
        raise ValueError(backup)
    return datetime.strptime(match[1], _TIME).replace(tzinfo=UTC)


def begun_at(moment: datetime) -> str:
    """Returns the beginning of the name of a backup that begins now."""
    return moment.strftime(_TIME)


async def write_manifest(place: Place, manifest: Manifest | KeysManifest) -> None:
    """Writes a manifest with a hash of its own: whoever can read it has a complete backup."""
    body = asdict(manifest)
    stated = {_FORMAT: 1, "sha256": _hash(body), **body}
    await place.write_bytes(f"{manifest.id}/{MANIFEST}", json.dumps(stated, indent=1).encode() + b"\n")


async def read_manifest(place: Place, backup: str) -> Manifest:
    """Reads the manifest of a backup. Raises `NoBackup` when it is not complete, `BackupDamaged`."""
    body = await _read(place, backup)
    try:
        return Manifest(**body | {name: Content(**body[name]) for name in ("dump", "media_list", "late_events")})
    except (KeyError, TypeError):
        raise BackupDamaged(f"The manifest of {backup} is of another release.") from None


async def read_keys_manifest(place: Place, backup: str) -> KeysManifest:
    """Reads the manifest of a key store's copy. Raises as `read_manifest` does."""
    body = await _read(place, backup)
    try:
        return KeysManifest(**body | {"file": Content(**body["file"])})
    except (KeyError, TypeError):
        raise BackupDamaged(f"The manifest of the keys {backup} is of another release.") from None


async def complete(place: Place) -> list[str]:
    """Returns the names of the complete backups at a place, the oldest first."""
    found = []
    for name in await begun(place):
        try:
            await place.read_bytes(f"{name}/{MANIFEST}")
        except FileNotFoundError:
            continue
        found.append(name)
    return found


async def begun(place: Place) -> list[str]:
    """Returns the names of all backups at a place, also of those that were interrupted, the oldest first."""
    return [name for name in await place.folders() if ID.fullmatch(name)]


async def read_media_list(place: Place, manifest: Manifest) -> AsyncIterator[tuple[str, Content]]:
    """Yields each object's key and content. Raises `BackupDamaged`, at the end for a list that was changed."""
    hashed, rest, size = hashlib.sha256(), b"", 0
    try:
        async for piece in place.read(f"{manifest.id}/{MEDIA_LIST}"):
            hashed.update(piece)
            size += len(piece)
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                read = json.loads(line)
                yield read["key"], Content(read["size"], read["sha256"])
    except FileNotFoundError:
        raise BackupDamaged(f"{MEDIA_LIST} is missing.") from None
    except (ValueError, KeyError, TypeError):
        raise BackupDamaged(f"{MEDIA_LIST} is damaged.") from None
    if rest or Content(size, hashed.hexdigest()) != manifest.media_list:
        raise BackupDamaged(f"{MEDIA_LIST} is damaged.")


def media_line(key: str, content: Content) -> bytes:
    """Returns the line of an object in the list of media."""
    return json.dumps({"key": key, **asdict(content)}).encode() + b"\n"


async def _read(place: Place, backup: str) -> dict[str, Any]:
    try:
        content = await place.read_bytes(f"{backup}/{MANIFEST}")
    except FileNotFoundError:
        raise NoBackup(f"{backup} was not completed, or is no backup.") from None
    try:
        body: dict[str, Any] = json.loads(content)
        version, stated = body.pop(_FORMAT), body.pop("sha256")
    except (ValueError, KeyError, AttributeError, TypeError):
        raise BackupDamaged(f"The manifest of {backup} is damaged.") from None
    if version != 1:
        raise BackupDamaged(f"The manifest of {backup} is of a newer release.")
    if stated != _hash(body):
        raise BackupDamaged(f"The manifest of {backup} is damaged.")
    return body


def _hash(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
