"""Removes everything that an installation keeps on this machine, also what lies outside its data directory."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from chassis.errors import SettingsError, VoxbusError
from chassis.settings import Settings
from voxbus.local.postgres_place import homes_of, socket_of

#: what Voxbus makes in a data directory; anything else there is somebody else's and stays
_OURS = (
    "postgres",
    "rabbitmq",
    "media",
    "logs",
    "mail",
    "secret_key",
    "vapid_private_key",
    "erasures.jsonl",
    "erasures.jsonl.lock",
    "keys.sqlite",
    "keys.sqlite-shm",
    "keys.sqlite-wal",
    "keys.sqlite-journal",
)
#: what tells that a folder is a data directory
_MARKS = ("postgres", "keys.sqlite", "secret_key", "rabbitmq", "media")


class NothingToDestroy(VoxbusError):
    """Reports that a folder is no data directory of Voxbus."""

    exit_code = 4


@dataclass(frozen=True)
class Remains:
    """Holds what is to be removed, what of the installation lies elsewhere, and what is not ours."""

    data_dir: Path
    paths: tuple[Path, ...]
    elsewhere: tuple[str, ...]
    strange: tuple[Path, ...]


def remains_of(settings: Settings) -> Remains:
    """Finds what an installation keeps here. Raises `NothingToDestroy` for a folder that is no data directory."""
    data_dir = settings.data_dir.resolve()
    if not any(os.path.lexists(data_dir / name) for name in _MARKS):
        raise NothingToDestroy(f"{data_dir} is no data directory of Voxbus: is VOXBUS_DATA_DIR right?")
    homes = homes_of(data_dir)
    inside = [data_dir / name for name in _OURS if os.path.lexists(data_dir / name)]
    outside = [home for home in homes if not home.is_relative_to(data_dir)]
    sockets = [socket for home in homes if (socket := socket_of(home)).exists() and not socket.is_relative_to(home)]
    named = {
        "the database of VOXBUS_DATABASE_URL": settings.database_url,
        "the broker of VOXBUS_BUS_URL": None if settings.bus_url.startswith("memory:") else settings.bus_url,
        "the media of VOXBUS_MEDIA_URL": settings.media_url,
        "the keys of VOXBUS_KEYS_URL": settings.keys_url,
        "the erasure ledger of VOXBUS_ERASED_URL": settings.erased_url,
    }
    strange = sorted(path for path in data_dir.iterdir() if path.name not in _OURS)
    elsewhere = tuple(what for what, url in named.items() if url is not None)
    return Remains(data_dir, (*outside, *sockets, *inside), elsewhere, tuple(strange))


def destroy(remains: Remains) -> None:
    """Removes it. Raises `SettingsError` while a process uses it."""
    with _unused(remains):
        for path in remains.paths:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    with suppress(OSError):  # something in it is not ours
        remains.data_dir.rmdir()


@contextmanager
def _unused(remains: Remains) -> Iterator[None]:
    """Locks database and broker as their owners do, so that nobody starts them meanwhile."""
    held = []
    try:
        for folder in sorted({path.resolve() for path in remains.paths if path.is_dir()}):  # a link is its folder
            for name in ("lock", "server.lock"):
                file = folder / name
                if file.exists():
                    held.append(lock := os.open(file, os.O_RDWR))
                    _take(lock, remains.data_dir)
        yield
    finally:
        for lock in held:
            os.close(lock)


def _take(lock: int, data_dir: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(lock, 20, 0).decode(errors="replace").strip() or "a server"
        raise SettingsError(f"{data_dir} is in use by {holder}: stop it first. Nothing was removed.") from None
