"""Decides where the parts of a backup lie: database and media, keys, and who was erased; and how long each stays.

Who was erased stands in one file for all backups, so that restoring an older one finds the newest list, and at a third
place, so that whoever loses, deletes or rolls back one of the others does not lose it with that.
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

#: who was erased, at the place that is apart
ERASED = "erasures.jsonl"
_KEYS, _ERASED = "-keys", "-erased"
#: an interrupted backup may still be under way for this long
_INTERRUPTED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Places:
    """Holds the place of backups, that of copies of the keys and that of who was erased, and their names."""

    name: str
    keys_name: str
    erased_name: str
    backups: Place
    keys: Place
    erased: Place

    @classmethod
    def open(cls, name: str, keys_name: str | None, erased_name: str | None, settings: Settings) -> Places:
        """Makes the three. Raises `SettingsError` where they are not apart, or in the media's folder."""
        keys_name, erased_name = keys_name or beside(name), erased_name or erased_beside(name)
        if not _apart(name, keys_name):
            raise SettingsError("The copy of the keys must lie apart from the backup: give --keys-to another place.")
        if not (_apart(name, erased_name) and _apart(keys_name, erased_name)):
            raise SettingsError("Who was erased must be kept apart from both: give --erased-to another place.")
        media = open_media(settings.media_url, settings.data_dir).folder
        for each in (name, keys_name, erased_name):
            if media is not None and _within(each, str(media)):
                raise SettingsError(f"{each} is among the media: give a place outside.")
        places = [open_place(each, makes=True) for each in (name, keys_name, erased_name)]
        return cls(name, keys_name, erased_name, *places)


def beside(name: str) -> str:
    """Returns where the copies of the keys lie unless something else was said: beside the backups."""
    return f"{name.rstrip('/')}{_KEYS}"


def erased_beside(name: str) -> str:
    """Returns where it is kept who was erased unless something else was said: beside the backups, not among them."""
    return f"{name.rstrip('/')}{_ERASED}"


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


def _apart(one: str, other: str) -> bool:
    return not _within(one, other) and not _within(other, one)


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
