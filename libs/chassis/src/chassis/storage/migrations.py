"""Migrates the database: roles and schemas, then Alembic scripts in each service's role, then grants.

Each schema has two histories, with one head each: that of the chassis's own tables, the same in every schema, and then
the service's.

Expand, then contract; views are versioned, never altered in place. Rows of a service are its own: a query into
another's tables is refused by the database. What it publishes for the gateway are views in schema `api`.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from chassis.errors import SettingsError, VoxbusError
from chassis.observe.logs import logger
from chassis.pooler import IS_POOLED, Address
from chassis.storage import public_api
from chassis.storage.errors import is_passing, sqlstate
from chassis.storage.statistics import Erases, count_no_words

#: the id of the advisory lock, any constant: two migrations at a time would conflict in the same catalogue rows
_LOCK = 0x766F7862
#: seconds to wait for others' migrations, to ask again, and to say so again
_OTHERS_S, _AGAIN_S, _TELL_EVERY_S = 120.0, 0.2, 3.0
_HOLDER = """
SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = 0 AND objid = $1::int::oid AND granted
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_NEEDS_A_SESSION = (
    "Migrations need a connection of their own, without a transaction pooler: set VOXBUS_DIRECT_DATABASE_URL to the"
    " server's own address, or to a session pooler's with ?pooler=session."
)
_READER = "gateway"
#: lets a role read the statistics of sessions of all roles, for the metrics; without, these say what is missing
_STATISTICS = """
DO $do$ BEGIN
  IF NOT pg_has_role('{0}', 'pg_read_all_stats', 'USAGE') THEN GRANT pg_read_all_stats TO {0}; END IF;
EXCEPTION WHEN insufficient_privilege OR undefined_object THEN  -- of a hosted server, or an owner who may not
END $do$
"""
#: of the hash of a login's password, as many as Postgres takes itself
_ROUNDS = 4096
#: the scripts of the chassis's own tables
CHASSIS = Path(__file__).parents[3] / "migrations"
CHASSIS_VERSION, SERVICE_VERSION = "chassis_version", "alembic_version"
#: steps of the chassis's tables that belonged to each service's history until shortly after release b3dc287
_ERASED, _TRIED, _OPEN, _AUDIT = "0002_erased_people", "0003_media_tried", "0002_open_view", "0002_audit"

_log = logger(__name__)
#: may be carried out again from its beginning
_Step = Callable[[AsyncConnection], Awaitable[None]]


class Migrated(Protocol):
    """Describes a service for migrations."""

    @property
    def name(self) -> str:
        """Returns the name of the schema; the role is `voxbus_<name>`."""

    @property
    def metadata(self) -> sa.MetaData:
        """Returns the tables as the code declares them."""

    @property
    def migrations(self) -> Path:
        """Returns the folder of the service's Alembic scripts."""

    @property
    def erase(self) -> Erases | None:
        """Returns what deletes the rows about a person, in a service that has such rows."""


async def migrate(
    url: str,
    services: Sequence[Migrated],
    *,
    logins: Mapping[str, str | None] | None = None,
    patience: float = _OTHERS_S,
) -> None:
    """Brings a database up to date. `url` is the owner's DSN. Runs one at a time; waits at most 3 s for any other lock.

    Each revision is a transaction of its own, and so are roles and grants. One that meets a lock of running services,
    or a deadlock with them, is tried again: what they do meanwhile goes on.
    `logins`: the services whose role may log in from now on, with its password, or None for one that needs none.
    `patience`: seconds to wait for migrations of another process, and to try a step again. Raises `VoxbusError` when
    the former take longer, and `SettingsError` behind a transaction pooler, whose next transaction may be in another
    session.
    """
    address = Address.of(url)
    if address.pooler == "transaction":
        raise SettingsError(_NEEDS_A_SESSION)
    engine = create_async_engine(address.sqlalchemy)
    try:
        async with engine.connect() as connection:
            if address.pooler is None and await _is_pooled(connection):
                raise SettingsError(_NEEDS_A_SESSION)
            await _wait_for_others(connection, patience)
            await connection.execute(sa.text("SET lock_timeout = '3s'"))
            await connection.commit()
            names = [service.name for service in services]
            may = [partial(_may_log_in, name=name, password=password) for name, password in (logins or {}).items()]
            for prepares in (partial(roles_and_schemas, names=names), *may):
                await _until_it_has_its_locks(connection, prepares, patience)
            # the gateway's come last: a view of theirs reads one of another service
            for service in sorted(services, key=lambda each: each.name == _READER):
                await as_service(connection, service.name)
                for step in _steps(service):
                    await _until_it_has_its_locks(connection, step, patience)
                await connection.execute(sa.text("RESET ROLE"))
                await connection.commit()
            await connection.execute(sa.text("RESET search_path"))
            await _until_it_has_its_locks(connection, partial(_grants, names=names), patience)
    finally:
        await engine.dispose()


async def versions_of(url: str, services: Iterable[Migrated]) -> dict[str, str]:
    """Returns to which migration each service's tables are, by its name; those of the chassis as `<name>.chassis`."""
    engine = create_async_engine(Address.of(url).sqlalchemy)
    found: dict[str, str] = {}
    try:
        async with engine.connect() as connection:
            for service in services:
                for table, name in ((SERVICE_VERSION, service.name), (CHASSIS_VERSION, f"{service.name}.chassis")):
                    there = sa.select(sa.func.to_regclass(f"{service.name}.{table}"))
                    if await connection.scalar(there) is not None:
                        version = sa.table(table, sa.column("version_num"), schema=service.name).c.version_num
                        found[name] = str(await connection.scalar(sa.select(version)))
    finally:
        await engine.dispose()
    return found


def _steps(service: Migrated) -> list[_Step]:
    """Returns what migrates a service, in the service's role; each step goes on where it was interrupted."""
    return [
        lambda connection: connection.run_sync(_adopt, service.name),
        lambda connection: connection.run_sync(_upgrade, service.name, CHASSIS, CHASSIS_VERSION),
        lambda connection: connection.run_sync(_upgrade, service.name, service.migrations, SERVICE_VERSION),
        lambda connection: count_no_words(connection, service.erase, service.metadata),
    ]


async def _until_it_has_its_locks(connection: AsyncConnection, step: _Step, patience: float) -> None:
    """Carries out a step and commits it; again, while services that run have locks it needs, for `patience` seconds."""
    began = time.monotonic()
    while True:
        try:
            await step(connection)
            await connection.commit()
            return
        except DBAPIError as error:
            await connection.rollback()
            if not is_passing(error) or time.monotonic() - began > patience:
                raise
            _log.warning("a migration has met a lock of a running service and is tried again", error=sqlstate(error))
        await asyncio.sleep(_AGAIN_S)


async def _is_pooled(connection: AsyncConnection) -> bool:
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    return bool((await connection.exec_driver_sql(IS_POOLED, (driver.get_server_pid(),))).scalar())


async def _wait_for_others(connection: AsyncConnection, patience: float) -> None:
    """Takes the lock of migrations, and says for whom it waits. Raises `VoxbusError` after `patience` seconds."""
    began = told_at = time.monotonic()
    while not (await connection.execute(sa.text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _LOCK})).scalar():
        holder = (await connection.exec_driver_sql(_HOLDER, (_LOCK,))).scalar() or "unknown"
        await connection.commit()
        waited = time.monotonic() - began
        if waited > patience:
            raise VoxbusError(
                f"Migrations of this database are locked by process {holder} of its server: if none is running, end it"
                f" with SELECT pg_terminate_backend({holder})."
            )
        if time.monotonic() - told_at > _TELL_EVERY_S:
            told_at = time.monotonic()
            _log.warning("waiting for other migrations of this database", process=holder)
        await asyncio.sleep(_AGAIN_S)


async def roles_and_schemas(connection: AsyncConnection, names: Sequence[str]) -> None:
    """Makes what each service's migrations stand on."""
    run = connection.exec_driver_sql
    await run(_STATISTICS.format(await _role(connection, _READER)))
    await run("CREATE SCHEMA IF NOT EXISTS api")
    await public_api.prepare(connection)
    for name in names:
        role = await _role(connection, name)
        await run(f"GRANT {role} TO CURRENT_USER")
        await run(f"CREATE SCHEMA IF NOT EXISTS {name} AUTHORIZATION {role}")
        await run(f"GRANT USAGE, CREATE ON SCHEMA api TO {role}")
    await run("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    await connection.commit()


async def _role(connection: AsyncConnection, name: str) -> str:
    """Returns the role of a service, and makes it unless another database of the same server has."""
    role = f"voxbus_{name}"
    await connection.exec_driver_sql(public_api.MAKE_ROLE.format(role))
    return role


async def _may_log_in(connection: AsyncConnection, name: str, password: str | None) -> None:
    """Lets a service's role log in. The server gets what it checks the password with, so no log has the password."""
    checked = "" if password is None else f" PASSWORD '{scram_verifier(password, secrets.token_bytes(16))}'"
    await connection.exec_driver_sql(f"ALTER ROLE voxbus_{name} LOGIN{checked}")
    await connection.commit()


def scram_verifier(password: str, salt: bytes) -> str:
    """Returns what Postgres keeps of a password: the stored key and the server key of RFC 5802, by SHA-256."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, _ROUNDS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    shown = [base64.b64encode(each).decode() for each in (salt, stored, server)]
    return "SCRAM-SHA-256${}:{}${}:{}".format(_ROUNDS, *shown)


async def as_service(connection: AsyncConnection, name: str) -> None:
    """Makes a connection a service's, in its schema."""
    await connection.exec_driver_sql(f"SET ROLE voxbus_{name}")
    await connection.exec_driver_sql(f"SET search_path = {name}, api")
    await connection.commit()


async def _grants(connection: AsyncConnection, names: Sequence[str]) -> None:
    """Lets the gateway read the views, and nobody make any until the next migration."""
    for name in names:
        await connection.exec_driver_sql(f"REVOKE CREATE ON SCHEMA api FROM voxbus_{name}")
    await connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA api TO voxbus_{_READER}")
    await connection.exec_driver_sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA api TO voxbus_{_READER}")
    await public_api.finish(connection, names)


def _scripts(folder: Path) -> tuple[Config, ScriptDirectory]:
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    return config, ScriptDirectory.from_config(config)


def _upgrade(connection: Connection, schema: str, folder: Path, version_table: str) -> None:
    config, scripts = _scripts(folder)

    def upgrade(revision: Any, _context: Any) -> Any:
        return scripts._upgrade_revs("head", revision)

    with EnvironmentContext(config, scripts, fn=upgrade, destination_rev="head") as environment:
        environment.configure(
            connection=connection,
            version_table=version_table,
            version_table_schema=schema,
            transaction_per_migration=True,
        )
        with environment.begin_transaction():
            environment.run_migrations()


def _adopt(connection: Connection, schema: str) -> None:
    """Removes the chassis's steps from the service's history in a database of release b3dc287, and stamps them as done.

    Raises `VoxbusError` for a database of a release before that one.
    """
    tables = sa.inspect(connection).get_table_names(schema=schema)
    if SERVICE_VERSION not in tables or CHASSIS_VERSION in tables:
        return
    versions = set(connection.exec_driver_sql(f"SELECT version_num FROM {SERVICE_VERSION}").scalars())
    if not (versions & {_ERASED, _TRIED} and versions & {_OPEN, _AUDIT}):
        raise VoxbusError(f"The schema {schema} is older than release b3dc287: migrate it with that release first.")
    moved = versions & {_ERASED, _TRIED, _OPEN}
    for version in moved:
        connection.exec_driver_sql(f"DELETE FROM {SERVICE_VERSION} WHERE version_num = $1", (version,))
    if moved == versions:
        connection.exec_driver_sql(f"INSERT INTO {SERVICE_VERSION} VALUES ('0001')")
    _, scripts = _scripts(CHASSIS)
    options = {"version_table": CHASSIS_VERSION, "version_table_schema": schema}
    context = MigrationContext.configure(connection, opts=options)
    context.stamp(scripts, "0004_media_tried" if _TRIED in versions else "0003_open_view")
