"""Watches how much room is left on the disks that this process writes to."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from chassis.observe import metrics
from chassis.observe.logs import logger
from chassis.settings import Settings

#: bytes that are left to the database and the log: with less, the process is not ready, and takes no recordings
RESERVE = 64 * 1024 * 1024

_log = logger(__name__)


def free_bytes(folder: Path) -> int | None:
    """Returns the free bytes of a folder's disk; None if there is no such folder."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    return found.f_bavail * found.f_frsize


class Disks:
    """Tells which folders have no room left. Two of them may be on one disk."""

    def __init__(
        self, folders: Mapping[str, Path], reserve: int = RESERVE, free: Callable[[Path], int | None] = free_bytes
    ) -> None:
        """Takes folders by what they are for."""
        self._folders = dict(folders)
        self._reserve = reserve
        self._free = free
        self._told: list[str] = []

    def measure(self) -> None:
        """Lets each scrape of the metrics look how much room there is."""
        for name in self._folders:
            metrics.DISK_FREE.labels(name).set_function(lambda name=name: self._room(name))  # type: ignore[misc]

    def free(self) -> dict[str, float]:
        """Returns the free bytes by folder; infinite where a folder is not there yet."""
        return {name: self._room(name) for name in self._folders}

    def full(self) -> str | None:
        """Returns the reason why this process is not ready: what there is no room for; None if there is room for all.

        Logs each change.
        """
        full = [name for name in self._folders if self._room(name) < self._reserve]
        if full != self._told:
            self._told = full
            if full:
                _log.error("a disk is full", folders=full)
            else:
                _log.info("disks have room again")
        return f"full: {', '.join(full)}" if full else None

    def _room(self, name: str) -> float:
        free = self._free(self._folders[name])
        return float("inf") if free is None else free


def disks_of(settings: Settings, media: Path | None) -> Disks:
    """Returns the disks of a process: its data directory, an embedded database, media in a folder, temporary files."""
    folders = {"data": settings.data_dir, "temporary": Path(tempfile.gettempdir())}
    embedded = settings.data_dir / "postgres"  # as root, it may be a link to another disk
    if embedded.exists():
        folders["database"] = embedded
    if media is not None:
        folders["media"] = media
    return Disks(folders)
