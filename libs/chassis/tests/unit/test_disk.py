"""Tests that a disk without room is a reason not to be ready, a line in the log, and a number for an alert."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from chassis.observe import metrics
from chassis.observe.health import Watchdog
from chassis.settings import Settings
from chassis.storage.disk import RESERVE, Disks, disks_of, free_bytes

FOLDERS = {"data": Path("/data"), "media": Path("/media"), "elsewhere": Path("/gone")}


class Room:
    """Represents the free bytes of each folder; None for one that is not there."""

    def __init__(self) -> None:
        self.free: dict[Path, int | None] = {Path("/data"): RESERVE, Path("/media"): RESERVE, Path("/gone"): None}

    def __call__(self, folder: Path) -> int | None:
        return self.free[folder]


async def test_a_full_disk_is_named_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    room, watchdog = Room(), Watchdog()
    disks = Disks(FOLDERS, free=room)
    watchdog.states["disk"] = disks.full
    with caplog.at_level(logging.INFO):
        assert await watchdog.unready() == {}
        room.free[Path("/media")] = RESERVE - 1
        for _ in range(3):
            assert await watchdog.unready() == {"disk": "full: media"}
        room.free[Path("/data")] = 0
        assert disks.full() == "full: data, media"
        room.free |= {Path("/data"): RESERVE, Path("/media"): RESERVE}
        for _ in range(3):
            assert disks.full() is None
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.ERROR, logging.INFO]


def test_free_space_is_looked_at_when_metrics_are_read() -> None:
    room = Room()
    Disks(FOLDERS, free=room).measure()
    room.free[Path("/media")] = 12_345
    assert 'voxbus_disk_free_bytes{folder="media"} 12345.0' in metrics.exposition()[0].decode()
    metrics.DISK_FREE.clear()


def test_the_folders_are_those_of_the_settings(tmp_path: Path) -> None:
    assert (free_bytes(tmp_path) or 0) > 0
    assert free_bytes(tmp_path / "none") is None

    def names(disks: Disks) -> list[str]:
        return sorted(disks._folders)

    settings = Settings(data_dir=tmp_path)
    assert names(disks_of(settings, None)) == ["data", "temporary"]
    (tmp_path / "postgres").mkdir()
    assert names(disks_of(settings, tmp_path / "media")) == ["data", "database", "media", "temporary"]
