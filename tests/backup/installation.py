"""Runs an installation in one process on a database of its own, to be backed up, and an empty one beside it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

from chassis.settings import Settings
from tests.faults.processes import Running, environment, start

SECRET_KEY = secrets.token_hex(32)


@dataclass
class Installation:
    """Holds where an installation keeps what it has."""

    folder: Path
    url: str

    @property
    def settings(self) -> Settings:
        """Returns the settings of an operator's command there."""
        return Settings(data_dir=self.folder, database_url=self.url, keys_url=f"file://{self.folder}/keys.sqlite")

    async def run(self, name: str) -> Running:
        """Starts `voxbus run` there, and waits until it serves."""
        given = environment(
            self.folder,
            data_dir=str(self.folder),
            database_url=self.url,
            keys_url=self.settings.keys_url or "",
            secret_key=SECRET_KEY,
            port="0",
        )
        process = await start(self.folder / f"{name}.log", given, "voxbus", "run")
        await process.ready()
        return process

    async def rows(self, snapshot: str | None = None) -> dict[str, list[str]]:
        """Returns the rows of each table as text, as a snapshot of another session sees them if one is named."""
        connection = await asyncpg.connect(self.url)
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                if snapshot is not None:
                    await connection.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
                found = {}
                for schema, name in await connection.fetch(_TABLES):
                    rows = await connection.fetch(f'SELECT {_ROW} AS row FROM "{schema}"."{name}" AS t ORDER BY 1')
                    found[f"{schema}.{name}"] = [row["row"] for row in rows]
                return found
        finally:
            await connection.close()

    async def ask(self, question: str) -> object:
        """Reads one value."""
        connection = await asyncpg.connect(self.url)
        try:
            return await connection.fetchval(question)
        finally:
            await connection.close()


#: a restore clears claims, frees owners and gives open jobs the time that they had
_ROW = "(to_jsonb(t) - '{claimed_until,due_at,deadline}'::text[])::text"
_TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
   AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
"""


@asynccontextmanager
async def empty_installation(folder: Path, server_url: str) -> AsyncIterator[Installation]:
    """Provides an installation without anything in it, in a folder; its database is dropped at the end."""
    name = f"restored_{uuid4().hex[:12]}"
    admin = await asyncpg.connect(server_url)
    try:
        await admin.execute(f"CREATE DATABASE {name}")
        yield Installation(folder, urlunsplit(urlsplit(server_url)._replace(path=f"/{name}")))
    finally:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.close()
