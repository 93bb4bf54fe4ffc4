"""Stores media: objects by reference, through obstore, in a local directory by default, on S3 where the URL says so.

S3 is used over TLS. Plain http, which others on the network can read, needs a URL with `s3+http://`.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Collection
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from chassis.errors import DependencyDown, Retryable, SettingsError, VoxbusError
from chassis.observe import metrics
from chassis.observe.logs import logger
from chassis.storage.measured import measured
from chassis.storage.place import Place
from contracts.base import Ref

#: whether plain http is allowed, by the scheme of the URL
_S3 = {"s3": False, "s3+http": True}
#: the variables from which the S3 client takes its endpoint
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
_CONNECT_WITHIN = timedelta(seconds=5)
#: seconds for one request of up to 10 MB; a request and its repetitions end within twice that
_ANSWER_WITHIN = timedelta(seconds=20)
#: seconds for one part of a large file
_PART_WITHIN = timedelta(minutes=5)
_RETRIES = 3
#: the store's name as a dependency
MEDIA = "media"

_log = logger(__name__)


class Gone(VoxbusError):
    """Reports that the object a Ref names has been deleted: the message is settled as `gone`."""


class Media:
    """Stores objects. An object is durable when `write` returns, and so before the commit that refers to it."""

    def __init__(self, store: ObjectStore, folder: Path | None = None, prefixes: Collection[str] | None = None) -> None:
        """Takes the `prefixes` under which objects may be stored; None: any."""
        self._store = store
        self._folder = folder
        self._prefixes = prefixes

    @property
    def folder(self) -> Path | None:
        """Returns the folder that holds the objects; None for a store elsewhere."""
        return self._folder

    @property
    def place(self) -> Place:
        """Returns the same objects as files, for backups."""
        return Place(self._store, self._folder)

    async def write(self, key: str, data: bytes, media_type: str) -> Ref:
        """Stores an object and returns its Ref. Writing the same key again replaces it.

        Raises `DependencyDown` when the store does not accept the object, and ValueError for a key under a prefix of
        which nobody has said how long it is kept.
        """
        self._check(key)
        try:
            with measured(metrics.MEDIA_SECONDS, "write"):
                await obstore.put_async(self._store, key, data, use_multipart=False)
                if self._folder is not None:
                    await asyncio.to_thread(_sync, self._folder / key)
            metrics.MEDIA_BYTES.labels("written").inc(len(data))
        except (BaseError, OSError) as error:
            _log.warning("the media store takes nothing", error=type(error).__name__)
            raise DependencyDown(MEDIA) from error
        return Ref(key=key, media_type=media_type, size=len(data), sha256=hashlib.sha256(data).hexdigest())

    def _check(self, key: str) -> None:
        prefix = key.partition("/")[0]
        if self._prefixes is not None and prefix not in self._prefixes:
            raise ValueError(f"no class of retention.toml holds media under {prefix!r}")

    async def read(self, ref: Ref) -> bytes:
        """Returns the bytes of an object. Raises `Gone` when it was deleted."""
        return await self.read_key(ref.key)

    async def read_key(self, key: str) -> bytes:
        """Returns the bytes of the object with a key. Raises `Gone` when it was deleted."""
        try:
            with measured(metrics.MEDIA_SECONDS, "read", NotFoundError, FileNotFoundError):
                result = await obstore.get_async(self._store, key)
                data = bytes(await result.bytes_async())
        except (NotFoundError, FileNotFoundError):
            raise Gone(key) from None
        metrics.MEDIA_BYTES.labels("read").inc(len(data))
        return data

    async def exists(self, key: str) -> bool:
        """Tells whether there is an object with a key. Raises `DependencyDown` when the store does not answer."""
        try:
            await obstore.head_async(self._store, key)
        except (NotFoundError, FileNotFoundError):
            return False
        except BaseError as error:
            raise DependencyDown(MEDIA) from error
        return True

    async def delete(self, keys: list[str]) -> None:
        """Deletes objects; one that is not there counts as deleted. Raises `Retryable` when the store refuses."""
        for key in keys:
            try:
                with measured(metrics.MEDIA_SECONDS, "delete", NotFoundError, FileNotFoundError):
                    await obstore.delete_async(self._store, key)
            except (NotFoundError, FileNotFoundError):
                continue
            except BaseError as error:
                raise Retryable("the media store deletes nothing") from error

    async def oldest(self, prefix: str) -> datetime | None:
        """Returns when the oldest object below a prefix was last written. Raises `Retryable` as `delete` does."""
        found: datetime | None = None
        try:
            async for page in obstore.list(self._store, prefix):
                for entry in page:
                    found = entry["last_modified"] if found is None else min(found, entry["last_modified"])
        except BaseError as error:
            raise Retryable("the media store lists nothing") from error
        return found

    async def older_than(self, prefix: str, moment: datetime) -> AsyncIterator[str]:
        """Yields keys below a prefix that were last written before a moment. Raises `Retryable` as `delete` does."""
        try:
            async for page in obstore.list(self._store, prefix):
                for entry in page:
                    if entry["last_modified"] < moment:
                        yield entry["path"]
        except BaseError as error:
            raise Retryable("the media store lists nothing") from error


def open_media(url: str | None, data_dir: Path, prefixes: Collection[str] | None = None) -> Media:
    """Opens `file://…`, or `s3://bucket/prefix` with the usual AWS variables; unset: `<data_dir>/media`.

    `prefixes`: those under which objects may be stored; None: any. Raises `SettingsError` when a folder cannot be used,
    or an endpoint is plain http and the URL not `s3+http://`.
    """
    if url is not None and urlsplit(url).scheme in _S3:
        return Media(open_s3(url), prefixes=prefixes)
    folder = Path(urlsplit(url).path) if url is not None else data_dir.absolute() / "media"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        name = "MEDIA_URL" if url is not None else "DATA_DIR"
        raise SettingsError(f"VOXBUS_{name} cannot be used: {error.strerror}.") from None
    return Media(LocalStore(prefix=folder), folder, prefixes)


def open_place(text: str, *, makes: bool = False) -> Place:
    """Opens a folder by its path or `file:///…`, or `s3://bucket/prefix` as for media; `makes`: a folder is made.

    Raises `SettingsError` for anything else, and as `open_media` does.
    """
    scheme = text.partition("://")[0] if "://" in text else "file"
    if scheme in _S3 and urlsplit(text).netloc:
        return Place(open_s3(text, answer_within=_PART_WITHIN), None)
    path = urlsplit(text).path if text.startswith("file://") else text
    if scheme != "file" or not path.strip():
        raise SettingsError(f"{text} is no place: give the path of a folder, or s3://bucket/prefix.")
    folder = Path(path).absolute()
    try:
        if makes:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not folder.is_dir():
            raise SettingsError(f"There is no folder {text}.")
    except OSError as error:
        raise SettingsError(f"The folder {text} cannot be used: {error.strerror}.") from None
    return Place(LocalStore(prefix=folder), folder)


def open_s3(url: str, *, answer_within: timedelta = _ANSWER_WITHIN) -> ObjectStore:
    """Opens a bucket. `answer_within` bounds each request, and when a repetition may still begin."""
    scheme, _, place = url.partition("://")
    plain = [name for name in _ENDPOINTS if os.environ.get(name, "").lower().startswith("http://")]
    if plain and not _S3[scheme]:
        raise SettingsError(
            f"{plain[0]} is plain http, so recordings could be listened to on their way: use https://, "
            "or s3+http:// where the network is closed."
        )
    return from_url(
        f"s3://{place}",
        client_options={
            "allow_http": _S3[scheme],
            "connect_timeout": min(_CONNECT_WITHIN, answer_within),
            "timeout": answer_within,
        },
        retry_config={"max_retries": _RETRIES, "retry_timeout": answer_within},
    )


def _sync(path: Path) -> None:
    """Waits until an object is on disk: the local store only renames it into place, and a Ref must not outlive it."""
    for target in (path, path.parent):
        descriptor = os.open(target, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
