"""Tests the migration of a database of release b3dc287: it gets the schema of a new one, and keeps every row."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from httpx2 import AsyncClient

from chassis.bus.memory import MemoryBus
from chassis.errors import VoxbusError
from chassis.fresh_databases import fresh_database
from chassis.storage.drift import drift
from chassis.storage.media import open_media
from chassis.storage.migrations import migrate
from chassis.testing import running
from tests.upgrade.restored import PASSWORD, SECRET_KEY, copied, restored, restored_keys
from voxbus.services import SERVICES

Row = dict[str, Any]

SCHEMAS = [service.name for service in SERVICES]
# Partitions are made by the week, so databases have different ones; each is like its table.
WHOLE = "n.nspname = ANY($1) AND NOT (c.relispartition AND c.relname ~ '_[0-9]{8}(_|$)')"
# A renamed table has a view in its place.
TABLES = f"""
SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE {WHOLE} AND c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
"""
SCHEMA = {
    "relations": f"""
        SELECT n.nspname, c.relname, c.relkind::text, pg_get_userbyid(c.relowner), c.reloptions::text,
               (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(c.relacl) a)::text,
               CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid) WHEN c.relkind = 'i' THEN pg_get_indexdef(c.oid) END
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {WHOLE}""",
    "columns": f"""
        SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
               pg_get_expr(d.adbin, d.adrelid)
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
          LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (c.oid, a.attnum)
         WHERE {WHOLE} AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v')""",
    "constraints": f"""
        SELECT n.nspname, c.relname, x.conname, pg_get_constraintdef(x.oid)
          FROM pg_constraint x JOIN pg_class c ON c.oid = x.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE {WHOLE}""",
    "histories": "SELECT * FROM (" + " UNION ALL ".join(
        f"SELECT '{name}', '{table}', version_num FROM {name}.{table}"
        for name in SCHEMAS for table in ("alembic_version", "chassis_version")
    ) + ") v WHERE $1::text[] IS NOT NULL",
}  # fmt: skip


async def ask(url: str, query: str, *parameters: object) -> Sequence[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        found: Sequence[asyncpg.Record] = await connection.fetch(query, *parameters)
        return found
    finally:
        await connection.close()


async def schema_of(url: str) -> dict[str, set[tuple[Any, ...]]]:
    """Returns everything that migrations make."""
    return {what: {tuple(row) for row in await ask(url, query, [*SCHEMAS, "api"])} for what, query in SCHEMA.items()}


async def rows_of(url: str) -> dict[str, list[Row]]:
    """Returns all rows of all tables but the histories."""
    names = [row[0] for row in await ask(url, TABLES, SCHEMAS)]
    return {
        name: [json.loads(row[0]) for row in await ask(url, f"SELECT to_jsonb(t)::text FROM {name} t")]
        for name in names
        if not name.endswith("_version")
    }


def in_order(rows: Sequence[Row], columns: Sequence[str]) -> list[str]:
    return sorted(json.dumps({name: row[name] for name in columns}) for row in rows)


@pytest.fixture
async def url(postgres_url: str) -> AsyncIterator[str]:
    async with restored(postgres_url) as found:
        yield found


@dataclass(frozen=True)
class Migrated:
    """Holds the URL of a migrated database that no test writes to, and the rows that it had before."""

    url: str
    before: dict[str, list[Row]]


@pytest.fixture(scope="module")
async def migrated(postgres_url: str) -> AsyncIterator[Migrated]:
    async with restored(postgres_url) as url:
        before = await rows_of(url)
        await migrate(url, SERVICES)
        yield Migrated(url, before)


async def test_it_has_the_schema_of_a_new_one(migrated: Migrated, postgres_url: str) -> None:
    async with fresh_database(postgres_url, SERVICES) as fresh:
        wanted = await schema_of(fresh)
    found = await schema_of(migrated.url)
    for what in SCHEMA:
        assert found[what] == wanted[what], found[what] ^ wanted[what]
    assert [await drift(migrated.url, service) for service in SERVICES] == [[] for _ in SERVICES]


async def test_every_row_is_kept(migrated: Migrated) -> None:
    assert [name for name, rows in migrated.before.items() if not rows] == []  # the dump has something in every table
    after = await rows_of(migrated.url)
    for name, rows in migrated.before.items():
        columns = list(rows[0])
        assert in_order(after[name], columns) == in_order(rows, columns), name


@pytest.mark.landing
async def test_migrating_again_changes_nothing(url: str) -> None:
    await migrate(url, SERVICES)
    before = await schema_of(url), await rows_of(url)
    await migrate(url, SERVICES)
    assert (await schema_of(url), await rows_of(url)) == before


async def test_a_database_of_an_older_release_is_refused_as_it_is(url: str) -> None:
    await ask(url, "DELETE FROM speech.alembic_version WHERE version_num = '0002_open_view'")
    with pytest.raises(VoxbusError, match="speech is older than release b3dc287"):
        await migrate(url, SERVICES)
    assert not await ask(url, "SELECT FROM pg_tables WHERE schemaname = 'speech' AND tablename = 'chassis_version'")


async def test_its_people_find_what_was_theirs(
    migrated: Migrated, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOXBUS_SECRET_KEY", SECRET_KEY)
    keys, bus = restored_keys(tmp_path), MemoryBus()
    served = [service for service in SERVICES if service.name in ("gateway", "content", "notify")]
    # notify answers requests, and does nothing about what waits
    services = [replace(each, handlers=()) if each.name == "notify" else each for each in served]
    async with (
        copied(postgres_url, migrated.url) as url,
        running(services, url, bus, open_media(None, tmp_path), keys=keys) as harness,
        AsyncClient(base_url=harness.address, timeout=60) as http,
    ):
        account = {"email": "anna@example.org", "password": PASSWORD}
        token = (await http.post("/auth/login", json=account)).raise_for_status().json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        attempts = (await http.get("/attempts?limit=100")).raise_for_status().json()["items"]
        told = (await http.get("/notifications")).raise_for_status().json()["items"]
        hooks = (await http.get("/webhooks")).raise_for_status().json()["items"]
        consents = (await http.get("/me/consents")).raise_for_status().json()["items"]
        edited = await harness.rows("content", "SELECT 1 FROM twisters WHERE text LIKE '%said an author.'")
    await bus.close()
    texts = {attempt["text"]: attempt for attempt in attempts}
    assert texts["She sells sea shells"]["transcript"] == "She sells sea shells"
    assert texts["She sells sea shells"]["feedback"]["summary"]
    assert {"Anna's attempt 3 waits", "Only speech knows this"} <= texts.keys()
    assert {bool(each["read_at"]) for each in told} == {True, False}
    assert len(hooks) == 3
    assert [(each["recipient"], each["state"], each["granted_at"][:19]) for each in consents] == [
        ("webhook", "granted", "2026-11-28T04:37:21")
    ]
    assert len(edited) == 1


async def test_twisters_with_the_same_words_stay(url: str) -> None:
    """Checks rows that no request could make, but an operator with SQL."""
    added = "INSERT INTO content.twisters VALUES ($1, $2, 'en', 1, '{T}')"
    for number, text in enumerate(("Twice, twice", "TWICE twice!", "Twice? Twice.", "…"), start=1):
        await ask(url, added, UUID(int=number), text)
    await migrate(url, SERVICES)
    rows = await ask(url, "SELECT id, text, words FROM content.twisters WHERE id < $1 ORDER BY id", UUID(int=9))
    assert [row["words"] for row in rows] == [
        "twice twice", f"twice twice {UUID(int=2).hex}", f"twice twice {UUID(int=3).hex}", "",
    ]  # fmt: skip
    [edited] = await ask(url, "SELECT * FROM content.twisters WHERE text LIKE '%said an author.'")
    assert edited["version"] == 1
    assert edited["words"].endswith("said an author")
