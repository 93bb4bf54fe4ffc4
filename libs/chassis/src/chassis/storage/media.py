"""Media: objects by reference, through obstore: a local directory by default, S3 where the URL says so."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from chassis.errors import SettingsError, VoxbusError
from contracts.base import Ref


class Gone(VoxbusError):
    """The object a Ref names is not there any more: the message is settled as `gone`."""


class Media:
    """The media store. An object is durable when `write` returns, so before the commit that refers to it."""

    def __init__(self, store: ObjectStore, folder: Path | None = None) -> None:
        self._store = store
        self._folder = folder

    async def write(self, key: str, data: bytes, media_type: str) -> Ref:
        """Store an object and return its Ref. Writing the same key again replaces it."""
        await obstore.put_async(self._store, key, data, use_multipart=False)
        if self._folder is not None:
            await asyncio.to_thread(_sync, self._folder / key)
        return Ref(key=key, media_type=media_type, size=len(data), sha256=hashlib.sha256(data).hexdigest())

    async def read(self, ref: Ref) -> bytes:
        """The bytes of an object. Raises `Gone` when it was deleted."""
        try:
            result = await obstore.get_async(self._store, ref.key)
            return bytes(await result.bytes_async())
        except (NotFoundError, FileNotFoundError):
            raise Gone(ref.key) from None

    async def delete(self, keys: list[str]) -> None:
        """Delete objects; one that is not there counts as deleted."""
        for key in keys:
            try:
                await obstore.delete_async(self._store, key)
            except (NotFoundError, FileNotFoundError):
                continue

    async def older_than(self, prefix: str, moment: datetime) -> AsyncIterator[str]:
        """Keys below a prefix that were last written before a moment."""
        async for page in obstore.list(self._store, prefix):
            for entry in page:
                if entry["last_modified"] < moment:
                    yield entry["path"]


def open_media(url: str | None, data_dir: Path) -> Media:
    """`file://…` or `s3://bucket/prefix` (credentials from the usual AWS variables); unset: `<data_dir>/media`."""
    if url is not None and urlsplit(url).scheme == "s3":
        return Media(from_url(url, client_options={"allow_http": True}))
    folder = Path(urlsplit(url).path) if url is not None else data_dir.absolute() / "media"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        name = "MEDIA_URL" if url is not None else "DATA_DIR"
        raise SettingsError(f"VOXBUS_{name} cannot be used: {error.strerror}.") from None
    return Media(LocalStore(prefix=folder), folder)


def _sync(path: Path) -> None:
    """The local store renames into place but does not wait for the disk; a Ref must not outlive its object."""
    for target in (path, path.parent):
        descriptor = os.open(target, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
