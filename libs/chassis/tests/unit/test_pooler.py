"""Tests how connections are set up behind a pooler; `make pooler` runs the product behind PgBouncer itself."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from chassis.connections import pools
from chassis.errors import SettingsError
from chassis.pooler import Address
from chassis.service import Service
from chassis.settings import Settings, load
from chassis.storage.database import begin_within
from chassis.storage.migrations import migrate
from libs.chassis.tests.integration.demo import DemoDeps, demo

SETTINGS = {"role": "voxbus_demo", "search_path": "demo,api", "application_name": "voxbus-demo", "timezone": "UTC"}


@pytest.mark.parametrize(
    ("url", "dsn", "pooler"),
    [
        ("postgresql://me@here:6432/it", "postgresql://me@here:6432/it", None),
        ("postgres://me@here/it?pooler=session", "postgresql://me@here/it", "session"),
        ("postgresql+asyncpg://here/it?pooler=transaction&ssl=1", "postgresql://here/it?ssl=1", "transaction"),
        ("postgresql://here/it?ssl=1&pooler=transaction", "postgresql://here/it?ssl=1", "transaction"),
        ("postgresql:///it?host=/a&port=1", "postgresql:///it?host=/a&port=1", None),
        ("postgresql://here/it?application_name=pooler=session", None, None),
    ],
)
def test_an_address_says_which_pooler_stands_there(url: str, dsn: str | None, pooler: str | None) -> None:
    address = Address.of(url)
    assert (address.dsn, address.pooler) == (dsn or url, pooler)
    assert address.sqlalchemy == address.dsn.replace("postgresql:", "postgresql+asyncpg:", 1)


def test_a_pooler_gets_no_start_up_parameter_that_it_refuses_and_no_named_statement() -> None:
    def connected(pooler: str) -> dict[str, object]:
        return Address.of(f"postgresql://here/it{pooler}").connect_args(SETTINGS)

    kept = {"application_name": "voxbus-demo", "timezone": "UTC"}
    assert connected("") == {"server_settings": SETTINGS}
    assert connected("?pooler=session") == {"server_settings": kept}
    found = connected("?pooler=transaction")
    assert found.pop("prepared_statement_name_func")() == ""  # type: ignore[operator]
    assert found == {"server_settings": kept, "statement_cache_size": 0, "prepared_statement_cache_size": 0}


def test_a_transaction_behind_a_pooler_begins_in_its_role_and_with_its_own_limits_last() -> None:
    begin = begin_within(2, read_only=True)
    assert Address.of("postgresql://here/it").begun(begin, SETTINGS) == begin
    assert Address.of("postgresql://here/it?pooler=session").begun(begin, SETTINGS) == begin
    transaction = Address.of("postgresql://here/it?pooler=transaction")
    first, settings, limit, *_ = transaction.begun(begin, SETTINGS).split("; ")
    assert (first, limit) == ("BEGIN READ ONLY", "SET LOCAL statement_timeout = 2000")
    assert settings.startswith("SELECT set_config('role', 'voxbus_demo', true), set_config('search_path', 'demo,api'")
    assert transaction.begun("BEGIN", {"jit": "off"}) == "BEGIN; SELECT set_config('jit', 'off', true);"


def test_sessions_are_few_unless_a_setting_says_more(monkeypatch: pytest.MonkeyPatch) -> None:
    service: Service = demo(DemoDeps())
    assert {name: pool.size for name, pool in pools(service, "session").items()} == {"work": 1, "leases": 1}
    assert pools(service, "transaction") == pools(service)
    monkeypatch.setenv("VOXBUS_DEMO_WORK_CONNECTIONS", "3")
    assert pools(service, "session")["work"].size == 3


@pytest.mark.parametrize("name", ["DATABASE_URL", "DIRECT_DATABASE_URL", "KEYS_URL"])
def test_another_pooler_is_refused_with_the_settings_name(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"VOXBUS_{name}", "postgresql://here/it?pooler=statement")
    with pytest.raises(SettingsError, match=rf"^VOXBUS_{name} is wrong: the parameter pooler must be session or trans"):
        load(Settings)


class Migrated:
    """Represents a service without tables."""

    name, metadata, migrations, erase = "demo", sa.MetaData(), Path(), None


async def test_migrations_say_that_they_need_a_session() -> None:
    with pytest.raises(SettingsError, match=r"^Migrations need a connection .* set VOXBUS_DIRECT_DATABASE_URL to "):
        await migrate("postgresql://nobody@127.0.0.1:1/it?pooler=transaction", [Migrated()])
