"""Keeps who was erased, and when, apart from database and key store: what a restore of both has forgotten stands here.

The file has one line an erasure, `{"person_id", "at"}`; a bucket has an object with that line for each. The line is on
disk before anybody is told that the erasure was taken.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit
from uuid import UUID

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from chassis.errors import DependencyDown, SettingsError
from chassis.observe.logs import logger
from chassis.settings import PREFIX, Settings
from chassis.storage.media import open_s3

#: the file's name in the data directory, or in a folder that the setting names
FILE_NAME = "erasures.jsonl"
#: the ledger's name as a dependency
LEDGER = "the erasure ledger"
_SETTING = f"{PREFIX}ERASED_URL"
#: of an object in a bucket: when, and who
_TIME = "%Y%m%dT%H%M%SZ"
_KEY = re.compile(r"(?P<at>\d{8}T\d{6}Z)_(?P<person>[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12})\.jsonl$")

_log = logger(__name__)


class ErasureLedger(Protocol):
    """Describes the ledger. Writing to it is repeatable: a person has one line, until it is removed."""

    async def check(self) -> None:
        """Raises `SettingsError` when nothing can be read or written at its place."""

    async def exists(self) -> bool:
        """Tells whether there is a ledger at its place: a file, also an empty one; a bucket with an erasure in it."""

    async def append(self, persons: Collection[UUID]) -> None:
        """Writes persons durably, those that are missing. Raises `DependencyDown` when the place takes nothing."""

    async def remove(self, persons: Collection[UUID]) -> None:
        """Removes persons whom no backup can bring back any more. Raises as `append` and `read` do."""

    async def read(self) -> dict[UUID, datetime]:
        """Returns everyone in it, and when they were erased. Raises `SettingsError` when it is damaged."""


class LedgerFile:
    """Keeps the ledger in a file, to which several processes may append at once."""

    def __init__(self, path: Path, *, makes_folder: bool = False) -> None:
        """Takes whether the folder is made where there is none: one that an operator names may not be mounted."""
        self._path = path
        self._makes_folder = makes_folder

    async def check(self) -> None:
        """Raises `SettingsError` when the file cannot be appended to; makes it where there is none.

        A folder that is not there is a volume that is not mounted, and a new ledger in its place would know nobody.
        """
        if not self._makes_folder:
            await self.read()
        try:
            await asyncio.to_thread(self._append, ())
        except OSError as error:
            raise SettingsError(f"The erasure ledger ({_SETTING}) cannot be used: {error.strerror}.") from None

    async def exists(self) -> bool:
        """Tells whether there is a file. A gateway's first start makes it."""
        return await asyncio.to_thread(self._path.is_file)

    async def append(self, persons: Collection[UUID]) -> None:
        """Appends the missing persons and waits until their lines are on disk."""
        try:
            await asyncio.to_thread(self._append, persons)
        except OSError as error:
            _log.error("the erasure ledger takes nothing", error=error.strerror)
            raise DependencyDown(LEDGER) from error

    async def remove(self, persons: Collection[UUID]) -> None:
        """Writes the file anew without these persons, beside it, and puts it in its place."""
        try:
            await asyncio.to_thread(self._remove, frozenset(persons))
        except OSError as error:
            _log.error("the erasure ledger cannot be shortened", error=error.strerror)
            raise DependencyDown(LEDGER) from error

    async def read(self) -> dict[UUID, datetime]:
        """Returns everyone in the file. A last line that was not finished counts for nothing: it was never answered.

        Without a file nobody was erased; without its folder it is not known, as where a volume is not mounted.
        """
        try:
            content = await asyncio.to_thread(self._path.read_bytes)
        except FileNotFoundError:
            if not self._path.parent.is_dir():
                raise SettingsError(
                    f"The erasure ledger ({_SETTING}) cannot be read: there is no folder {self._path.parent}."
                ) from None
            return {}
        except OSError as error:
            raise SettingsError(f"The erasure ledger ({_SETTING}) cannot be read: {error.strerror}.") from None
        return _parsed(content)[0]

    def _append(self, persons: Collection[UUID]) -> None:
        if self._makes_folder:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _locked(self._path) as file:
            content = os.pread(file, os.fstat(file).st_size, 0)
            known, good = _parsed(content)
            if good < len(content):  # a crash has torn the last line
                os.ftruncate(file, good)
            lines = b"".join(_line(person) for person in sorted(set(persons) - known.keys()))
            if lines and good and content[good - 1 : good] != b"\n":
                lines = b"\n" + lines
            try:
                if os.write(file, lines) != len(lines):
                    raise OSError(28, os.strerror(28))
                os.fsync(file)
            except OSError:
                os.ftruncate(file, good)
                raise

    def _remove(self, persons: Collection[UUID]) -> None:
        with _locked(self._path) as file:
            content = os.pread(file, os.fstat(file).st_size, 0)
            known, _ = _parsed(content)
            beside = self._path.with_name(f"{self._path.name}.new")
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as new:
                new.writelines(_line(person, at) for person, at in known.items() if person not in persons)
                new.flush()
                os.fsync(new.fileno())
            beside.replace(self._path)  # whoever waits for the lock of the old file finds that it is no more
            _make_durable(self._path.parent)


class LedgerBucket:
    """Keeps the ledger in a bucket: the key of each object says all, so that reading it is one listing."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def check(self) -> None:
        """Raises `SettingsError` when the bucket cannot be listed; whether it can be written to shows at an erasure."""
        await self.read()

    async def exists(self) -> bool:
        """Tells whether anybody is in it: an empty bucket may as well be another one."""
        return bool(await self.read())

    async def append(self, persons: Collection[UUID]) -> None:
        """Writes an object for each missing person."""
        try:
            for person in sorted(set(persons) - (await self._listed()).keys()):
                await obstore.put_async(self._store, f"{_now():{_TIME}}_{person}.jsonl", _line(person))
        except (BaseError, OSError) as error:
            _log.error("the erasure ledger takes nothing", error=type(error).__name__)
            raise DependencyDown(LEDGER) from error

    async def remove(self, persons: Collection[UUID]) -> None:
        """Deletes the objects of these persons."""
        try:
            gone = [path for path, person, _ in await self._objects() if person in persons]
            if gone:
                await obstore.delete_async(self._store, gone)
        except (BaseError, OSError) as error:
            _log.error("the erasure ledger cannot be shortened", error=type(error).__name__)
            raise DependencyDown(LEDGER) from error

    async def read(self) -> dict[UUID, datetime]:
        """Returns everyone who has an object there."""
        try:
            return await self._listed()
        except (BaseError, OSError) as error:
            raise SettingsError(f"The erasure ledger ({_SETTING}) cannot be read: {type(error).__name__}.") from None

    async def _listed(self) -> dict[UUID, datetime]:
        found: dict[UUID, datetime] = {}
        for _, person, at in await self._objects():
            found.setdefault(person, at)
        return found

    async def _objects(self) -> list[tuple[str, UUID, datetime]]:
        return [
            (entry["path"], UUID(match["person"]), datetime.strptime(match["at"], _TIME).replace(tzinfo=UTC))
            async for page in obstore.list(self._store)
            for entry in page
            if (match := _KEY.search(entry["path"])) is not None
        ]


def read_lines(content: bytes) -> dict[UUID, datetime]:
    """Returns everyone in the lines of a ledger, or of a copy. Raises `SettingsError` for a damaged line."""
    return _parsed(content)[0]


def as_lines(people: Mapping[UUID, datetime]) -> bytes:
    """Returns the lines of a ledger with these people."""
    return b"".join(_line(person, at) for person, at in sorted(people.items(), key=lambda each: (each[1], each[0])))


def open_ledger(settings: Settings) -> ErasureLedger:
    """Opens the ledger at `file:///…` or `s3://bucket/prefix`; unset: a file in the data directory."""
    if settings.erased_url is None:
        return LedgerFile(settings.data_dir.absolute() / FILE_NAME, makes_folder=True)
    if settings.erased_url.startswith("file:"):
        path = Path(urlsplit(settings.erased_url).path)
        return LedgerFile(path / FILE_NAME if path.is_dir() else path)
    return LedgerBucket(open_s3(settings.erased_url))


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """Opens a file for appending, locked against other processes; makes it durable with its folder's entry."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if _is_at(path, file):
                _make_durable(path.parent)
                yield file
                return
        finally:
            os.close(file)  # which also unlocks it


def _is_at(path: Path, file: int) -> bool:
    """Tells whether an open file is still the one at a path, and was not replaced while its lock was waited for."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except FileNotFoundError:
        return False


def _make_durable(folder: Path) -> None:
    entries = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(entries)
    finally:
        os.close(entries)


def _parsed(content: bytes) -> tuple[dict[UUID, datetime], int]:
    """Returns everyone in a ledger, and the number of bytes that make sense: all but a torn last line."""
    found: dict[UUID, datetime] = {}
    good = 0
    for number, line in enumerate(content.splitlines(keepends=True), 1):
        if line.strip():
            try:
                read = json.loads(line)
                person, at = UUID(read["person_id"]), datetime.fromisoformat(read["at"])
            except (ValueError, KeyError, TypeError, AttributeError):
                if line.endswith(b"\n"):
                    raise SettingsError(f"Line {number} of the erasure ledger ({_SETTING}) is damaged.") from None
                return found, good
            found.setdefault(person, at)
        good += len(line)
    return found, good


def _line(person: UUID, at: datetime | None = None) -> bytes:
    moment = (at or _now()).isoformat().replace("+00:00", "Z")
    return json.dumps({"person_id": str(person), "at": moment}).encode() + b"\n"


def _now() -> datetime:
    return datetime.now(UTC)
