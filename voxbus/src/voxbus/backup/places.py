"""Decides where the parts of a backup lie: database and media at one place, keys at another, and how long each stays.

Who was erased stands in one file beside all backups of a place, so that restoring an older one finds the newest list.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from uuid import UUID

from chassis.errors import SettingsError
from chassis.settings import Settings
from chassis.storage.erasure_ledger import read_lines
from chassis.storage.media import open_media, open_place
from chassis.storage.place import Place
from voxbus.backup.manifest import ID, begun, complete, time_of

#: who was erased, at the place of the backups
ERASED = "erasures.jsonl"
_KEYS = "-keys"
#: an interrupted backup may still be under way for this long
_INTERRUPTED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Places:
    """Holds the place of backups and that of copies of the keys, and their names."""

    name: str
    keys_name: str
    backups: Place
    keys: Place

    @classmethod
    def open(cls, name: str, keys_name: str | None, settings: Settings) -> Places:
        """Makes both. Raises `SettingsError` where they are not apart, or in the media's folder."""
        keys_name = keys_name or beside(name)
        if _within(name, keys_name) or _within(keys_name, name):
            raise SettingsError("The copy of the keys must lie apart from the backup: give --keys-to another place.")
        media = open_media(settings.media_url, settings.data_dir).folder
        for each in (name, keys_name):
            if media is not None and _within(each, str(media)):
                raise SettingsError(f"{each} is among the media: give a place outside.")
        return cls(name, keys_name, open_place(name, makes=True), open_place(keys_name, makes=True))


def beside(name: str) -> str:
    """Returns where the copies of the keys lie unless something else was said: beside the backups."""
    return f"{name.rstrip('/')}{_KEYS}"


def split(name: str) -> tuple[str, str | None]:
    """Returns a place, and the backup there that its name goes on to name, if it does."""
    parent, _, last = name.rstrip("/").rpartition("/")
    return (parent or "/", last) if ID.fullmatch(last) and parent else (name, None)


async def read_erased(place: Place) -> dict[UUID, datetime] | None:
    """Returns who was erased, as a place has it; None where it has no such list. Raises `SettingsError`."""
    try:
        return read_lines(await place.read_bytes(ERASED))
    except FileNotFoundError:
        return None


async def tidy(places: Places, now: datetime, kept: timedelta, keys_kept: timedelta) -> list[str]:
    """Deletes what is older than it may get, and what was interrupted long ago; returns what it deleted."""
    deleted = []
    for place, keep, name in ((places.backups, kept, places.name), (places.keys, keys_kept, places.keys_name)):
        whole = set(await complete(place))
        for backup in await begun(place):
            if now - time_of(backup) > (keep if backup in whole else _INTERRUPTED):
                await place.delete_below(backup)
                deleted.append(f"{name.rstrip('/')}/{backup}")
    return deleted


def _within(inner: str, outer: str) -> bool:
    """Tells whether a place is another one, or lies in it."""
    places = [PurePosixPath(_path(each)) for each in (inner, outer)]
    return places[0].is_relative_to(places[1])


def _path(name: str) -> str:
    """Returns a path to compare: of a folder where it really is, of a bucket with its name."""
    scheme, found, rest = name.partition("://")
    if found and scheme != "file":
        return f"s3:/{rest}"
    return str(Path(rest if found else name).absolute().resolve())
