"""Makes migrated databases for tests, as copies of templates that stay."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from chassis.service import Service
from chassis.storage.database import open_database
from chassis.storage.media import open_media
from chassis.storage.migrations import CHASSIS, migrate
from chassis.storage.partitions import ensure_partitions

_PARTITIONED = """
SELECT p.partrelid::regclass::text AS name, a.attname AS key
  FROM pg_partitioned_table AS p JOIN pg_attribute AS a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
  JOIN pg_class AS c ON c.oid = p.partrelid
 WHERE c.relnamespace = current_schema()::regnamespace
"""


@asynccontextmanager
async def fresh_database(
    server_url: str, services: Sequence[Service], *, partitioned: bool = True, filled: bool = False
) -> AsyncIterator[str]:
    """Makes a migrated database on a server and drops it at the end. The copied template stays for the next one.

    It has the weekly partitions that a first start makes, unless it is not to be `partitioned`: without them the server
    takes longer for the start of a process than for all else in a short test. `filled`: it also has the rows that a
    first start puts there, as content's lessons, but none of their media. Without them a start adds both.
    """
    name = f"test_{uuid.uuid4().hex[:12]}"
    admin = await asyncpg.connect(server_url)
    try:
        template = await _template(admin, server_url, services, partitioned, filled)
        # copied by files it costs the server half of what it does by blocks, which go through its log
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        try:
            yield _database(server_url, name)
        finally:
            await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


async def _template(
    admin: asyncpg.Connection, server_url: str, services: Sequence[Service], partitioned: bool, filled: bool
) -> str:
    """Returns a template database with these services' migrations, made on first use and named by their content."""
    fills = [service for service in services if filled and service.fill is not None]
    folders = [("chassis", CHASSIS), *((service.name, service.migrations) for service in services)]
    kind = f"{partitioned} {[service.name for service in fills]} {[_digest(*each) for each in folders]}"
    name = f"template_{hashlib.sha256(kind.encode()).hexdigest()[:16]}"
    await admin.execute("SELECT pg_advisory_lock(hashtext($1))", name)
    try:
        if not await admin.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", name):
            await admin.execute(f"DROP DATABASE IF EXISTS {name}_unfinished")
            await admin.execute(f"CREATE DATABASE {name}_unfinished")
            url = _database(server_url, f"{name}_unfinished")
            await migrate(url, services)
            if partitioned:
                await asyncio.gather(*(_partition(url, service.name) for service in services))
            await asyncio.gather(*(_fill(url, service) for service in fills))
            await admin.execute(f"ALTER DATABASE {name}_unfinished RENAME TO {name}")
    finally:
        await admin.execute("SELECT pg_advisory_unlock(hashtext($1))", name)
    return name


@cache
def _digest(name: str, migrations: Path) -> str:
    """Returns the digest of a service's migrations, which are read once: a run asks for a database a thousand times."""
    scripts = sorted(migrations.rglob("*.py"))
    return hashlib.sha256(b"\0".join([name.encode(), *(script.read_bytes() for script in scripts)])).hexdigest()


async def _fill(url: str, service: Service) -> None:
    """Puts into the tables what a service puts there at its first start."""
    assert service.fill is not None
    database = open_database(url, service.name, size=1)
    try:
        with tempfile.TemporaryDirectory() as folder:
            await service.fill(database, open_media(None, Path(folder)))
    finally:
        await database.close()


async def _partition(url: str, service: str) -> None:
    """Makes the partitions of all tables of a service that have any."""
    database = open_database(url, service, size=1)
    try:
        for table in await database.fetch(_PARTITIONED):
            await ensure_partitions(database, table.name, key=table.key)
    finally:
        await database.close()


def _database(server_url: str, name: str) -> str:
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
