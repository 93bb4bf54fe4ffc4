"""Keeps files at a place, a folder or a bucket: where backups lie, and what media are copied from and to.

A file is complete or absent: both kinds put it in its place only once all of it was written.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import ObjectStore

from chassis.errors import VoxbusError

#: bytes that are read at a time
CHUNK = 1024 * 1024


class PlaceError(VoxbusError):
    """Says that a place takes, gives or lists nothing."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Describes a file at a place. `mark` is another one once the file was written again."""

    key: str
    size: int
    mark: str


@dataclass(frozen=True, slots=True)
class Content:
    """Describes what is in a file: its size in bytes and its SHA-256 as hexadecimal digits."""

    size: int
    sha256: str


class Place:
    """Reads and writes files by key. Each method raises `PlaceError`."""

    def __init__(self, store: ObjectStore, folder: Path | None) -> None:
        """Takes the `folder` that the store keeps its files in; None for a bucket."""
        self._store = store
        self._folder = folder

    @property
    def folder(self) -> Path | None:
        """Returns the folder that holds the files; None for a bucket."""
        return self._folder

    async def entries(self, prefix: str = "") -> AsyncIterator[Entry]:
        """Yields all files below a prefix, in no order."""
        try:
            async for page in obstore.list(self._store, prefix or None):
                for each in page:
                    mark = f"{each['last_modified'].isoformat()} {each['e_tag']}"
                    yield Entry(each["path"], each["size"], mark)
        except (BaseError, OSError) as error:
            raise PlaceError(f"A listing of {prefix or 'the place'} failed: {_reason(error)}.") from error

    async def folders(self) -> list[str]:
        """Returns the names of the folders at the top."""
        try:
            found = await obstore.list_with_delimiter_async(self._store)
        except (BaseError, OSError) as error:
            raise PlaceError(f"The place could not be listed: {_reason(error)}.") from error
        return sorted(found["common_prefixes"])

    async def write(self, key: str, content: AsyncIterable[bytes]) -> Content:
        """Writes a file durably, in place of what stands there; nothing, if reading the content fails.

        A folder and its files are closed to other users.
        """
        counted = _Counted(content)
        if self._folder is not None:
            await asyncio.to_thread(_make_closed, self._folder, self._folder / key)
        try:
            await obstore.put_async(self._store, key, counted.chunks())
            if self._folder is not None:
                await asyncio.to_thread(_settle, self._folder / key)
        except FileNotFoundError:  # of what is copied
            raise
        except (BaseError, OSError) as error:
            raise PlaceError(f"{key} could not be written: {_reason(error)}.") from error
        return counted.content()

    async def write_bytes(self, key: str, content: bytes) -> Content:
        """Writes a small file as `write` does."""

        async def once() -> AsyncIterator[bytes]:
            yield content

        return await self.write(key, once())

    async def read(self, key: str) -> AsyncIterator[bytes]:
        """Yields a file in pieces. Raises `FileNotFoundError` when there is none."""
        try:
            async for piece in (await obstore.get_async(self._store, key)).stream(min_chunk_size=CHUNK):
                yield bytes(piece)
        except (NotFoundError, FileNotFoundError):
            raise FileNotFoundError(key) from None
        except (BaseError, OSError) as error:
            raise PlaceError(f"{key} could not be read: {_reason(error)}.") from error

    async def read_bytes(self, key: str) -> bytes:
        """Returns a small file as `read` does."""
        return b"".join([piece async for piece in self.read(key)])

    async def look(self, key: str) -> Content | None:
        """Reads a file to its end, and returns what is in it; None when there is none."""
        counted = _Counted(self.read(key))
        try:
            async for _ in counted.chunks():
                pass
        except FileNotFoundError:
            return None
        return counted.content()

    @asynccontextmanager
    async def as_file(self, key: str) -> AsyncIterator[Path]:
        """Provides the path of a file; one of a bucket is fetched for as long."""
        if self._folder is not None:
            yield self._folder / key
            return
        with tempfile.TemporaryDirectory(prefix="voxbus-") as scratch:
            path = Path(scratch) / "file"
            with path.open("wb") as file:
                async for piece in self.read(key):
                    await asyncio.to_thread(file.write, piece)
            yield path

    async def delete(self, keys: Sequence[str]) -> None:
        """Deletes files; one that is not there counts as deleted."""
        for key in keys:
            try:
                await obstore.delete_async(self._store, key)
            except (NotFoundError, FileNotFoundError):
                continue
            except (BaseError, OSError) as error:
                raise PlaceError(f"{key} could not be deleted: {_reason(error)}.") from error

    async def delete_below(self, folder: str) -> None:
        """Deletes a folder with all that is in it, also what was never completed."""
        if self._folder is not None:
            await asyncio.to_thread(shutil.rmtree, self._folder / folder, ignore_errors=True)
            return
        await self.delete([entry.key async for entry in self.entries(f"{folder}/")])


async def pieces_of(path: Path) -> AsyncIterator[bytes]:
    """Yields a file of this machine in pieces."""
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, CHUNK):
            yield piece


async def content_of(path: Path) -> Content:
    """Returns what is in a file of this machine."""
    counted = _Counted(pieces_of(path))
    async for _ in counted.chunks():
        pass
    return counted.content()


class _Counted:
    """Passes chunks on, and knows afterwards what they were."""

    def __init__(self, content: AsyncIterable[bytes]) -> None:
        self._given = content
        self._size = 0
        self._hash = hashlib.sha256()

    async def chunks(self) -> AsyncIterator[bytes]:
        async for chunk in self._given:
            self._size += len(chunk)
            self._hash.update(chunk)
            yield chunk

    def content(self) -> Content:
        return Content(self._size, self._hash.hexdigest())


def _make_closed(top: Path, path: Path) -> None:
    """Makes the folders of a file, from the top one down."""
    for folder in [top, *(top / each for each in reversed(path.relative_to(top).parents) if each != Path())]:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise PlaceError(f"The folder {folder} cannot be made: {error.strerror}.") from error


def _settle(path: Path) -> None:
    """Closes a file to others, and waits until it is on disk with its name."""
    path.chmod(0o600)
    for target in (path, path.parent):
        descriptor = os.open(target, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _reason(error: Exception) -> str:
    """Returns the kind of an error; that of a bucket may hold addresses and more."""
    return (error.strerror or type(error).__name__) if isinstance(error, OSError) else type(error).__name__
