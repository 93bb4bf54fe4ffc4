"""Tests what an operator's command says where there is no database, or none that answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from chassis.errors import SettingsError
from chassis.listener import free_port
from chassis.settings import Settings
from chassis.storage.answers import place_of
from voxbus import accounts


async def test_a_wrong_data_directory_is_refused_and_nothing_is_made_there(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    with pytest.raises(SettingsError, match=r"There is no database in .*nowhere: is VOXBUS_DATA_DIR right"):
        await accounts.grant(Settings(data_dir=nowhere), "ada@example.org", "admin")
    assert not nowhere.exists()


async def test_an_unreachable_database_is_named_by_host_and_port_and_never_by_its_password(tmp_path: Path) -> None:
    port = free_port()
    settings = Settings(data_dir=tmp_path, database_url=f"postgresql://voxbus:hush-hush@127.0.0.1:{port}/voxbus")
    with pytest.raises(SettingsError) as raised:
        await accounts.grant(settings, "ada@example.org", "admin")
    assert f"The database at 127.0.0.1:{port} does not answer" in str(raised.value)
    assert "hush-hush" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql://a:b@db.example:6000/x", "db.example:6000"),
        ("postgresql://a:b@db.example/x", "db.example:5432"),
        ("postgresql://a@/x?host=/run/p&port=1", "/run/p"),
    ],
)
def test_the_place_of_an_address_has_no_password(url: str, place: str) -> None:
    assert place_of(url) == place
