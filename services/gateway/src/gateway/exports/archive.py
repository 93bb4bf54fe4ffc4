"""Makes one ZIP archive of the parts of all services, streamed: a few megabytes of memory for any size.

The same parts give the same bytes: names are in a fixed order, and every file has the same time.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import zipfile
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from chassis.delivery.export_part import index_key
from chassis.message.crypto import Key, Tampered
from chassis.storage.media import Media
from chassis.storage.sealed_stream import SealedWriter, read_sealed, read_whole
from gateway.exports.readme import readme

#: the first files, in this order; the others follow by name
_FIRST = ("account.json", "consents.jsonl", "security.jsonl", "jobs.jsonl", "xapi.jsonl")
#: what an index may call a file: names come from our own declarations, and never from what a person wrote
NAME = re.compile(r"[a-z0-9_-]+(/[a-z0-9_-]+)?\.[a-z0-9]+")
#: the earliest time that a ZIP can hold
_TIME = (1980, 1, 1, 0, 0, 0)
_UNIX, _MODE = 3, 0o600 << 16
_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Made:
    """Holds the size and the hash of an archive."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class _Index:
    place: str
    files: Sequence[Mapping[str, Any]]
    excluded: Sequence[Mapping[str, str]]


async def make_archive(
    media: Media, key: Key, parts: Sequence[str], writer: SealedWriter, *, person: UUID, created_at: datetime
) -> Made:
    """Writes the archive of the parts at these places. Raises `Tampered` for one that is not what its index says."""
    indexes = [await _index(media, key, place) for place in parts]
    files = sorted(
        ((file, index) for index in indexes for file in index.files), key=lambda each: _rank(each[0]["name"])
    )
    excluded = sorted((each for index in indexes for each in index.excluded), key=lambda each: each["table"])
    told = readme([file for file, _ in files], excluded)
    about = {"name": "README.txt", "class": "export", "service": "gateway", "items": 1, "sha256": _sha256(told)}
    manifest = {
        "person_id": str(person),
        "created_at": created_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "files": [about, *(_listed(file) for file, _ in files)],
        "excluded": excluded,
    }
    zipped = _Zip(writer)
    await zipped.add("manifest.json", _once(json.dumps(manifest, indent=1, ensure_ascii=False).encode() + b"\n"))
    await zipped.add("README.txt", _once(told))
    for file, index in files:
        await zipped.add(file["name"], _checked(media, key, index.place, file))
    return await zipped.close()


async def _index(media: Media, key: Key, place: str) -> _Index:
    index = json.loads(await read_whole(media, key, index_key(place)))
    if not all(NAME.fullmatch(file["name"]) for file in index["files"]):
        raise Tampered("a file's name")
    return _Index(place, index["files"], index["excluded"])


async def _checked(media: Media, key: Key, place: str, file: Mapping[str, Any]) -> AsyncIterator[bytes]:
    """Yields the content of a file, and raises at its end unless it is what the index says."""
    digest = hashlib.sha256()
    async for content in read_sealed(media, key, place, file["start"], file["start"] + file["size"]):
        digest.update(content)
        yield content
    if digest.hexdigest() != file["sha256"]:
        raise Tampered("a file's content")


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


class _Sink:
    """Takes what the archive consists of, for an async writer. It cannot seek, so sizes follow the files' content."""

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def write(self, content: bytes) -> int:
        """Takes bytes."""
        self._held.append(bytes(content))
        return len(content)

    def flush(self) -> None:
        """Does nothing: `take` empties it."""

    def take(self) -> bytes:
        """Returns what was written since the last call."""
        content = b"".join(self._held)
        self._held.clear()
        return content


class _Zip:
    """Writes a ZIP file into a sealed stream. What costs time runs in a thread."""

    def __init__(self, writer: SealedWriter) -> None:
        self._writer = writer
        self._sink = _Sink()
        self._file = zipfile.ZipFile(cast(Any, self._sink), "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)
        self._digest = hashlib.sha256()

    async def add(self, name: str, content: AsyncIterator[bytes]) -> None:
        """Adds a file."""
        info = zipfile.ZipInfo(name, _TIME)
        info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, _UNIX, _MODE
        with self._file.open(info, "w", force_zip64=True) as file:
            async for some in content:
                await asyncio.to_thread(file.write, some)
                await self._drain()
        await self._drain()

    async def close(self) -> Made:
        """Writes the directory, and returns what the archive has become."""
        self._file.close()
        await self._drain()
        await self._writer.close()
        return Made(self._writer.size, self._digest.hexdigest())

    async def _drain(self) -> None:
        content = self._sink.take()
        self._digest.update(content)
        await self._writer.write(content)


def _rank(name: str) -> tuple[int, str]:
    return (_FIRST.index(name) if name in _FIRST else len(_FIRST), name)


def _listed(file: Mapping[str, Any]) -> dict[str, Any]:
    return {name: file[name] for name in ("name", "class", "service", "items", "sha256")}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
