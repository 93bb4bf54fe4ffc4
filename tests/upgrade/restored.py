"""Restores a database as release b3dc287 left it; `dump` and `b3dc287/fill.py.txt` tell what it holds.

Its time stands still at the moment of the dump. Deadlines have passed since, and messages get older than the horizon: a
test that wants its open jobs to go on moves `deadline` and `due_at`, and starts processes by `tests.faults.clock_skew`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

from chassis.storage.keys import Keys, open_keys
from voxbus.services import SERVICES

HERE = Path(__file__).parent / "b3dc287"
#: of its installation, and of its accounts anna@, ben@ (an author) and the erased carl@example.org
SECRET_KEY, PASSWORD = "the-secret-key-of-the-dump-of-b3dc287", "correct horse battery"


@asynccontextmanager
async def restored(server_url: str) -> AsyncIterator[str]:
    """Provides the URL of a new database with the dump in it, not migrated yet; dropped at the end."""
    name = f"upgrade_{uuid4().hex[:12]}"
    url = urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    admin = await asyncpg.connect(server_url)
    try:
        for service in SERVICES:
            await admin.execute(
                f"DO $$ BEGIN CREATE ROLE voxbus_{service.name} NOLOGIN; EXCEPTION WHEN duplicate_object THEN END $$"
            )
        await admin.execute(f"CREATE DATABASE {name}")
        try:
            database = await asyncpg.connect(url)
            await database.execute((HERE / "database.sql").read_text(encoding="utf-8"))
            await database.close()
            yield url
        finally:
            await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


@asynccontextmanager
async def copied(server_url: str, url: str) -> AsyncIterator[str]:
    """Provides the URL of a copy of a database that nobody is connected to; dropped at the end."""
    name, parts = f"upgrade_{uuid4().hex[:12]}", urlsplit(url)
    admin = await asyncpg.connect(server_url)
    try:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {parts.path.lstrip('/')} STRATEGY file_copy")
        try:
            yield urlunsplit(parts._replace(path=f"/{name}"))
        finally:
            await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


def restored_keys(folder: Path) -> Keys:
    """Returns the key store that belongs to the restored database."""
    path = folder / "keys.sqlite"
    with closing(sqlite3.connect(path)) as keys:
        keys.executescript((HERE / "keys.sql").read_text(encoding="utf-8"))
    return open_keys(f"file://{path}", erases=True)
