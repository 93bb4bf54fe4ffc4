"""Tests that operators' commands work on the embedded database beside the process that runs it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from chassis.errors import VoxbusError
from chassis.message.envelope import new_id
from chassis.settings import Settings
from voxbus import accounts
from voxbus.local.postgres import EmbeddedPostgres, start_postgres
from voxbus.runner import migrate_database

EMAIL = "ada@example.org"


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[tuple[Settings, EmbeddedPostgres]]:
    """Provides the settings of a data directory whose database this process runs."""
    settings = Settings(data_dir=tmp_path / "data")
    async with await start_postgres(settings.data_dir, print) as postgres:
        yield settings, postgres
        home = postgres.home
    shutil.rmtree(home)  # as root it lies elsewhere, since tmp_path is closed to others


async def test_the_database_is_migrated_and_people_are_granted_roles_and_erased_while_it_runs(
    running: tuple[Settings, EmbeddedPostgres],
) -> None:
    settings, postgres = running
    assert await migrate_database(settings)
    connection = await asyncpg.connect(postgres.dsn)
    try:
        await connection.execute("SET search_path TO gateway")
        values = "VALUES ($1, $2, 'Ada', 'none')"
        await connection.execute(f"INSERT INTO people (id, email, username, password_hash) {values}", new_id(), EMAIL)
        assert await accounts.grant(settings, EMAIL, "admin")
        assert await connection.fetchval("SELECT roles FROM people") == ["admin", "learner"]
        with pytest.raises(VoxbusError, match="last admin"):
            await accounts.erase(settings, EMAIL)
        assert await connection.fetchval("SELECT roles FROM people") == ["admin", "learner"]
        assert await accounts.erase(settings, EMAIL, last_admin=True)
        assert await connection.fetchval("SELECT count(*) FROM people") == 0
        due = "SELECT count(*) FROM outbox WHERE key = 'person.erased'"
        assert await connection.fetchval(due) == 1, "so that the running processes learn of it"
    finally:
        await connection.close()
    with pytest.raises(VoxbusError, match="no account"):
        await accounts.erase(settings, EMAIL)
