"""Tests that an installation is removed whole, and nothing else is."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from chassis.errors import SettingsError
from chassis.settings import Settings
from voxbus.local import postgres_place
from voxbus.local.destroy import NothingToDestroy, destroy, remains_of


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Provides a data directory whose database lies elsewhere, as root's does, with what an earlier one has left."""
    state, data = tmp_path / "state", tmp_path / "data"
    monkeypatch.setattr(postgres_place, "STATE", state)
    data.mkdir()
    label = postgres_place._label(data / "postgres")
    for name in (f"{label}-now", f"{label}-earlier", "0123456789ab-anothers"):
        (state / name / "cluster").mkdir(parents=True)
    (data / "postgres").symlink_to(state / f"{label}-now")
    (data / "media" / "recordings").mkdir(parents=True)
    (data / "postgres" / "lock").write_text("4710")  # of a process that has ended
    for name in ("secret_key", "keys.sqlite", "notes-of-mine.txt"):
        (data / name).write_text("x")
    return Settings(data_dir=data)


def test_everything_of_ours_goes_and_what_is_not_stays(settings: Settings, tmp_path: Path) -> None:
    remains = remains_of(settings)
    assert [path.name for path in remains.strange] == ["notes-of-mine.txt"]
    destroy(remains)
    assert [path.name for path in settings.data_dir.iterdir()] == ["notes-of-mine.txt"]
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["0123456789ab-anothers"]
    with pytest.raises(NothingToDestroy):
        remains_of(settings)


def test_what_a_process_uses_stays_whole(settings: Settings) -> None:
    lock = os.open(settings.data_dir / "postgres" / "lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.pwrite(lock, b"4711", 0)
    with pytest.raises(SettingsError, match="in use by 4711"):
        destroy(remains_of(settings))
    assert (settings.data_dir / "keys.sqlite").exists() and (settings.data_dir / "postgres" / "cluster").exists()
    os.close(lock)


@pytest.mark.parametrize("name", [".", "nowhere"])
def test_a_folder_that_is_no_data_directory_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "work.txt").write_text("x")
    with pytest.raises(NothingToDestroy, match="no data directory"):
        remains_of(Settings(data_dir=tmp_path / name))
    assert (tmp_path / "work.txt").exists()


def test_servers_of_ones_own_are_named_and_left_alone(settings: Settings) -> None:
    own = settings.model_copy(update={"database_url": "postgresql://x@h/x", "media_url": "s3://bucket"})
    assert remains_of(own).elsewhere == ("the database of VOXBUS_DATABASE_URL", "the media of VOXBUS_MEDIA_URL")
