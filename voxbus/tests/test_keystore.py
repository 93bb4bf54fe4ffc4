"""Tests where the keys of persons are stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from chassis.errors import SettingsError
from chassis.settings import Settings, load
from chassis.storage.keys import keys_url
from voxbus.keystore import with_own_keys


def test_the_embedded_default_keeps_them_in_the_data_directory(tmp_path: Path) -> None:
    assert keys_url(Settings(data_dir=tmp_path)) == f"file://{tmp_path}/keys.sqlite"


def test_processes_that_share_a_database_must_say_where_they_share_their_keys() -> None:
    with pytest.raises(SettingsError, match="VOXBUS_KEYS_URL is required"):
        keys_url(Settings(database_url="postgresql://somewhere/voxbus"))
    assert keys_url(Settings(database_url="postgresql://a/b", keys_url="postgresql://a/keys")) == "postgresql://a/keys"


@pytest.mark.parametrize("url", ["file://keys", "keys.sqlite", "mysql://a/b"])
def test_what_is_no_key_store_ends_the_start(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXBUS_KEYS_URL", url)
    with pytest.raises(SettingsError, match="VOXBUS_KEYS_URL is wrong"):
        load(Settings)


def test_a_run_on_one_machine_keeps_its_keys_in_the_data_directory(tmp_path: Path) -> None:
    notes: list[str] = []
    settings = Settings(data_dir=tmp_path, database_url="postgresql://nobody@/nothing", keys_url=None)
    assert keys_url(with_own_keys(settings, notes.append)) == f"file://{tmp_path}/keys.sqlite"
    assert "VOXBUS_KEYS_URL" in notes[0]
