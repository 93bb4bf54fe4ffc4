"""Folders in memory belong to one run for as long as it lives."""

from __future__ import annotations

from pathlib import Path

from tests.memory import folder_in_memory


def test_a_run_keeps_its_folder_while_another_one_begins(tmp_path: Path) -> None:
    with folder_in_memory(tmp_path / "disk", memory=tmp_path, needed=0) as first:
        with folder_in_memory(tmp_path / "disk", memory=tmp_path, needed=0) as second:
            assert first.is_dir() and second.is_dir() and first != second
        assert first.is_dir() and not second.exists()
    assert not first.exists()


def test_a_folder_that_nobody_holds_any_more_is_removed(tmp_path: Path) -> None:
    with folder_in_memory(tmp_path / "disk", memory=tmp_path, needed=0) as folder:
        left = tmp_path / f"{folder.name}left"
    left.mkdir()
    (left / "file").touch()
    with folder_in_memory(tmp_path / "disk", memory=tmp_path, needed=0):
        assert not left.exists()


def test_without_room_the_disk_is_used(tmp_path: Path) -> None:
    with folder_in_memory(tmp_path / "disk", memory=tmp_path, needed=2**60) as folder:
        assert folder == tmp_path / "disk"
