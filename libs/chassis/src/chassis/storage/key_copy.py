"""Copies a key store as a whole, for its backup and from it. A copy is always a key file, also of a store on a server.

On a server this wants the owner's address: services may only ask for named persons.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chassis.errors import VoxbusError
from chassis.storage.database import Database, Transaction, open_pool
from chassis.storage.keyfile import TABLES
from chassis.storage.keyserver import prepare_key_server

_ROWS = 1_000
_STARTED_WITHIN_S = 30.0
_ANSWER_WITHIN_S = 3600.0
_SETTINGS = {"application_name": "voxbus-keys", "statement_timeout": "0", "jit": "off"}
_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


@dataclass(frozen=True, slots=True)
class _Table:
    """Holds how a table is read from a server as a file has it, and written back."""

    name: str
    columns: str
    read: str
    write: str


# times stand as text in a file, a consent's end as seconds since 1970
_TIME = "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')"
_KEYS = _Table(
    "keys",
    "person_id, id, secret, made_at, erased_at",
    f"person_id::text, id, secret, {_TIME.format('made_at')}, {_TIME.format('erased_at')}",
    "p::uuid, b, c, d::timestamp AT TIME ZONE 'UTC', e::timestamp AT TIME ZONE 'UTC'"
    " FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::text[]) AS n(p, b, c, d, e)",
)
_SEALED = _Table(
    "sealed",
    "person_id, name, mark, content, changed_at",
    f"person_id::text, name, mark::text, content, {_TIME.format('changed_at')}",
    "p::uuid, b, c::uuid, d, e::timestamp AT TIME ZONE 'UTC'"
    " FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::text[]) AS n(p, b, c, d, e)",
)
_CONSENTS = _Table(
    "consents",
    "person_id, purpose, recipient, number, granted, child, until, changed_at",
    "person_id::text, purpose, recipient, number, granted::int, child::int, extract(epoch FROM until)::float8,"
    f" {_TIME.format('changed_at')}",
    "p::uuid, b, c, d, e::int::boolean, f::int::boolean, to_timestamp(g), h::timestamp AT TIME ZONE 'UTC'"
    " FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::float8[],"
    " $8::text[]) AS n(p, b, c, d, e, f, g, h)",
)
_TABLES = (_KEYS, _SEALED, _CONSENTS)


class NoKeyStore(VoxbusError):
    """Says that there is no key store, or what is there is none."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts the people in a key store: those with a key, and those whose key was destroyed."""

    with_key: int
    erased: int


def is_file(url: str) -> bool:
    """Tells whether a key store is a file."""
    return url.startswith("file:")


def path_of(url: str) -> Path:
    """Returns the path of a key file."""
    return Path(urlsplit(url).path)


async def copy_out(url: str, path: Path) -> None:
    """Writes a copy of a key store, of one moment, to a new file. Raises `NoKeyStore`."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    if is_file(url):
        await asyncio.to_thread(_copy_file, path_of(url), path)
        return
    pool = open_pool(url, _SETTINGS, size=1, answer_within=_ANSWER_WITHIN_S)
    try:
        async with pool.transaction(lambda: _SNAPSHOT) as tx:
            with closing(_opened(path)) as copy:
                for table in _TABLES:
                    await _read_table(tx, table, copy)
                copy.commit()
    finally:
        await pool.close()


async def copy_in(path: Path, url: str) -> None:
    """Makes a key store what the copy in a file is, all of it or nothing."""
    if is_file(url):
        await asyncio.to_thread(_replace_file, path, path_of(url))
        return
    await prepare_key_server(url)
    pool = open_pool(url, _SETTINGS, size=1, answer_within=_ANSWER_WITHIN_S)
    try:
        await _write_tables(pool, path)
    finally:
        await pool.close()


async def people_in(url: str) -> Counted:
    """Counts the people in a key store; none where there is no store yet."""
    if is_file(url):
        path = path_of(url)
        return await asyncio.to_thread(count, path) if path.exists() else Counted(0, 0)
    pool = open_pool(url, _SETTINGS, size=1)
    try:
        if not (await pool.fetch("SELECT to_regclass('voxbus_keys.keys') AS found"))[0].found:
            return Counted(0, 0)
        [row] = await pool.fetch("SELECT count(secret) AS alive, count(erased_at) AS erased FROM voxbus_keys.keys")
        return Counted(row.alive, row.erased)
    finally:
        await pool.close()


def count(path: Path) -> Counted:
    """Counts the people in a key file. Raises `NoKeyStore` for a file that is none, or damaged."""
    try:
        with closing(_opened(path)) as db:
            if db.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise NoKeyStore(f"The key store {path.name} is damaged.")
            return Counted(*db.execute("SELECT count(secret), count(erased_at) FROM keys").fetchone())
    except sqlite3.Error as error:
        raise NoKeyStore(f"{path.name} is no key store: {error}.") from None


def _opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=_STARTED_WITHIN_S)
    try:
        for table in TABLES:
            db.execute(table)
        db.commit()
    except BaseException:
        db.close()
        raise
    return db


def _copy_file(source: Path, path: Path) -> None:
    if not source.exists():
        raise NoKeyStore(f"There is no key store {source}.")
    try:
        with (
            closing(
                sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=_STARTED_WITHIN_S)
            ) as db,
            closing(sqlite3.connect(path)) as copy,
        ):
            db.backup(copy)
    except sqlite3.Error as error:
        raise NoKeyStore(f"The key store {source} cannot be copied: {error}.") from None


def _replace_file(copy: Path, path: Path) -> None:
    """Puts a copy in place of a key file, if it is another one."""
    if path.exists() and path.samefile(copy):
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.restored")
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    _copy_file(copy, draft)
    with closing(_opened(draft)):
        pass
    for beside in ("-journal", "-wal", "-shm"):  # of the file that was there: it would be taken for this one's
        path.with_name(f"{path.name}{beside}").unlink(missing_ok=True)
    draft.replace(path)
    for target in (path, path.parent):
        descriptor = os.open(target, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


async def _read_table(tx: Transaction, table: _Table, copy: sqlite3.Connection) -> None:
    places = ", ".join("?" * len(table.columns.split(",")))
    insert = f"INSERT INTO {table.name} ({table.columns}) VALUES ({places})"
    await tx.fetch(f"DECLARE every_{table.name} NO SCROLL CURSOR FOR SELECT {table.read} FROM voxbus_keys.{table.name}")
    while rows := await tx.fetch(f"FETCH {_ROWS} FROM every_{table.name}"):
        copy.executemany(insert, [tuple(row) for row in rows])


async def _write_tables(pool: Database, path: Path) -> None:
    async with pool.transaction() as tx:
        for table in _TABLES:
            await tx.fetch(f"DELETE FROM voxbus_keys.{table.name}")
            for rows in _batches(path, table):
                await tx.fetch(
                    f"INSERT INTO voxbus_keys.{table.name} ({table.columns}) SELECT {table.write}",
                    *(list(column) for column in zip(*rows, strict=True)),
                )


def _batches(path: Path, table: _Table) -> Iterator[Sequence[tuple[Any, ...]]]:
    with closing(_opened(path)) as db:
        found = db.execute(f"SELECT {table.columns} FROM {table.name}")
        while rows := found.fetchmany(_ROWS):
            yield rows
