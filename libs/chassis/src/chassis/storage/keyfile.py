"""Implements the key store of one machine: a SQLite file with mode 0600, shared by all processes."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import os
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from chassis.message.crypto import Key, new_key
from chassis.storage.sealed import Sealed
from chassis.storage.stored_consent import NEVER, ConsentAnswer, StoredConsent

T = TypeVar("T")

_WAIT_S = 10.0
_AGAIN_S = 0.005
_TABLE = """
CREATE TABLE IF NOT EXISTS keys (
  person_id TEXT PRIMARY KEY, id TEXT, secret BLOB, made_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, erased_at TEXT
) WITHOUT ROWID
"""
_SEALED = """
CREATE TABLE IF NOT EXISTS sealed (
  person_id TEXT, name TEXT, mark TEXT NOT NULL, content BLOB NOT NULL,
  changed_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (person_id, name)
) WITHOUT ROWID
"""
# `until` in seconds since 1970.
_CONSENTS = """
CREATE TABLE IF NOT EXISTS consents (
  person_id TEXT, purpose TEXT, recipient TEXT, number INTEGER NOT NULL, granted INTEGER NOT NULL,
  child INTEGER NOT NULL, until REAL, changed_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (person_id, purpose, recipient)
) WITHOUT ROWID
"""
#: makes the tables of a file, each unless it is there
TABLES = (_TABLE, _SEALED, _CONSENTS)
_READ = "SELECT id, secret FROM keys WHERE person_id = ?"
_MAKE = "INSERT INTO keys (person_id, id, secret) VALUES (?, ?, ?) ON CONFLICT (person_id) DO NOTHING"
_DESTROY = """
INSERT INTO keys (person_id, erased_at) VALUES (?, CURRENT_TIMESTAMP)
ON CONFLICT (person_id) DO UPDATE SET id = NULL, secret = NULL, erased_at = coalesce(erased_at, CURRENT_TIMESTAMP)
"""
_DESTROY_SEALED = "DELETE FROM sealed WHERE person_id = ?"
_DESTROY_CONSENTS = "DELETE FROM consents WHERE person_id = ?"
_READ_SEALED = "SELECT content, mark FROM sealed WHERE person_id = ? AND name = ?"
_DELETE_SEALED = "DELETE FROM sealed WHERE person_id = ? AND name = ?"
_ALIVE = "EXISTS (SELECT 1 FROM keys WHERE keys.person_id = :person AND secret IS NOT NULL)"
_REPLACE = f"""
UPDATE sealed SET content = :content, mark = :mark, changed_at = CURRENT_TIMESTAMP
 WHERE person_id = :person AND name = :name AND mark = :known AND {_ALIVE}
"""
_INSERT = f"""
INSERT INTO sealed (person_id, name, mark, content) SELECT :person, :name, :mark, :content WHERE {_ALIVE}
ON CONFLICT (person_id, name) DO NOTHING
"""
_READ_CONSENT = (
    "SELECT number, granted, child, until FROM consents WHERE person_id = ? AND purpose = ? AND recipient = ?"
)
_READ_CONSENTS = """
SELECT person_id, recipient, number, granted, child, until FROM consents
 WHERE purpose = ? AND person_id IN (SELECT value FROM json_each(?))
"""
_WRITE_CONSENT = f"""
INSERT INTO consents (person_id, purpose, recipient, number, granted, child, until)
SELECT :person, :purpose, :recipient, :number, :granted, :child, :until WHERE {_ALIVE}
ON CONFLICT (person_id, purpose, recipient) DO UPDATE
   SET number = excluded.number, granted = excluded.granted, child = excluded.child, until = excluded.until,
       changed_at = CURRENT_TIMESTAMP
 WHERE number < excluded.number OR (number = excluded.number AND granted = excluded.granted)
"""
_CONSENTS_AFTER = """
SELECT person_id, purpose, recipient, number, granted, child, until FROM consents
 WHERE person_id IN (SELECT DISTINCT person_id FROM consents WHERE person_id > ? ORDER BY person_id LIMIT ?)
 ORDER BY person_id
"""
_ERASED = "SELECT person_id FROM keys WHERE erased_at IS NOT NULL"
_FORGET_ERASED = "DELETE FROM keys WHERE person_id = ? AND erased_at IS NOT NULL"


class KeyFile:
    """Keeps keys in one file. Each use opens a connection, so that none is shared by threads or outlives a fork."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._made = False

    async def read(self, persons: Collection[UUID]) -> dict[UUID, Key | None]:
        """Returns the keys of some persons."""
        return await self._run(lambda db: _read(db, persons))

    async def make(self, persons: Collection[UUID]) -> dict[UUID, Key | None]:
        """Returns the keys of some persons, and makes the missing ones."""

        def made(db: sqlite3.Connection) -> dict[UUID, Key | None]:
            with db:
                for person in sorted(persons):
                    key = new_key()
                    db.execute(_MAKE, (str(person), key.id, key.secret))
            return _read(db, persons)

        return await self._run(made)

    async def destroy(self, person: UUID) -> None:
        """Destroys the key and what is kept beside it: their bytes in the file are overwritten."""

        def destroyed(db: sqlite3.Connection) -> None:
            with db:
                db.execute(_DESTROY, (str(person),))
                db.execute(_DESTROY_SEALED, (str(person),))
                db.execute(_DESTROY_CONSENTS, (str(person),))

        await self._run(destroyed)

    async def read_sealed(self, person: UUID, name: str) -> Sealed:
        """Returns what is kept beside a person's key under a name."""

        def found(db: sqlite3.Connection) -> Sealed:
            row = db.execute(_READ_SEALED, (str(person), name)).fetchone()
            content, mark = row or (None, None)
            return Sealed(content, None if mark is None else UUID(mark), time.time())

        return await self._run(found)

    async def replace_sealed(self, person: UUID, name: str, content: bytes, known: UUID | None, mark: UUID) -> bool:
        """Stores content in place of what has the `known` mark."""
        values = {"person": str(person), "name": name, "content": content, "mark": str(mark), "known": str(known)}

        def replaced(db: sqlite3.Connection) -> bool:
            with db:
                return db.execute(_INSERT if known is None else _REPLACE, values).rowcount == 1

        return await self._run(replaced)

    async def delete_sealed(self, person: UUID, name: str) -> None:
        """Deletes what is kept beside a person's key under a name: its bytes in the file are overwritten."""

        def deleted(db: sqlite3.Connection) -> None:
            with db:
                db.execute(_DELETE_SEALED, (str(person), name))

        await self._run(deleted)

    async def read_consent(self, person: UUID, purpose: str, recipient: str) -> ConsentAnswer:
        """Returns what was decided last about a purpose and a recipient."""

        def found(db: sqlite3.Connection) -> ConsentAnswer:
            row = db.execute(_READ_CONSENT, (str(person), purpose, recipient)).fetchone()
            return NEVER if row is None else _answer(*row)

        return await self._run(found)

    async def read_consents(self, persons: Collection[UUID], purpose: str) -> dict[tuple[UUID, str], ConsentAnswer]:
        """Returns what was decided last about a purpose, by person and recipient."""

        def found(db: sqlite3.Connection) -> dict[tuple[UUID, str], ConsentAnswer]:
            rows = db.execute(_READ_CONSENTS, (purpose, json.dumps([str(each) for each in persons])))
            return {(UUID(person), recipient): _answer(*decided) for person, recipient, *decided in rows}

        return await self._run(found)

    @asynccontextmanager
    async def hold_consent(self, person: UUID, purpose: str, recipient: str) -> AsyncIterator[ConsentAnswer]:
        """Holds a consent by a lock of the operating system, and then reads it."""
        lock = await asyncio.to_thread(self._open_lock, person, purpose, recipient)
        try:
            end = time.monotonic() + _WAIT_S
            while not _locked(lock, fcntl.LOCK_SH):  # somebody looks just now whether it is held
                if time.monotonic() > end:
                    raise TimeoutError
                await asyncio.sleep(_AGAIN_S)
            yield await self.read_consent(person, purpose, recipient)
        finally:
            os.close(lock)

    async def is_held(self, person: UUID, purpose: str, recipient: str) -> bool:
        """Tells whether anybody holds a consent, or one of the few that share its lock."""
        lock = await asyncio.to_thread(self._open_lock, person, purpose, recipient)
        try:
            return not _locked(lock, fcntl.LOCK_EX)
        finally:
            os.close(lock)

    async def write_consent(self, consent: StoredConsent) -> bool:
        """Stores a decision in place of the one before."""
        values = {
            "person": str(consent.person),
            "purpose": consent.purpose,
            "recipient": consent.recipient,
            "number": consent.number,
            "granted": consent.granted,
            "child": consent.child,
            "until": None if consent.until is None else consent.until.timestamp(),
        }

        def written(db: sqlite3.Connection) -> bool:
            with db:
                return db.execute(_WRITE_CONSENT, values).rowcount == 1

        return await self._run(written)

    async def consents(self, after: UUID, people: int) -> list[StoredConsent]:
        """Returns what was decided last about the next so many people, in the order of their ids."""

        def found(db: sqlite3.Connection) -> list[StoredConsent]:
            return [_consent(*row) for row in db.execute(_CONSENTS_AFTER, (str(after), people))]

        return await self._run(found)

    async def erased(self) -> set[UUID]:
        """Returns everyone whose key was destroyed."""
        return await self._run(lambda db: {UUID(row[0]) for row in db.execute(_ERASED)})

    async def forget_erased(self, persons: Collection[UUID]) -> None:
        """Deletes the rows that say that these persons' keys were destroyed."""

        def forgotten(db: sqlite3.Connection) -> None:
            with db:
                db.executemany(_FORGET_ERASED, [(str(person),) for person in persons])

        await self._run(forgotten)

    async def close(self) -> None:
        """Does nothing: no file stays open."""

    def _open_lock(self, person: UUID, purpose: str, recipient: str) -> int:
        """Opens one of 256 empty files beside the keys; a lock of it is held until this descriptor closes."""
        name = hashlib.sha256(f"{person} {purpose} {recipient}".encode()).hexdigest()[:2]
        folder = self._path.with_name(f"{self._path.name}.held")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.to_thread(self._with_connection, work)

    def _with_connection(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._lock:
            if not self._made:
                self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
            with closing(sqlite3.connect(self._path, timeout=_WAIT_S)) as db:
                db.execute("PRAGMA secure_delete = ON")
                db.execute("PRAGMA synchronous = FULL")  # a key is durable before any message encrypted with it
                if not self._made:
                    for table in TABLES:
                        db.execute(table)
                    self._made = True
                return work(db)


def _locked(lock: int, kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(db: sqlite3.Connection, persons: Collection[UUID]) -> dict[UUID, Key | None]:
    found: dict[UUID, Key | None] = {}
    for person in persons:
        for name, secret in db.execute(_READ, (str(person),)):
            found[person] = Key(name, secret) if secret is not None else None
    return found


def _answer(number: int, granted: int, child: int, until: float | None) -> ConsentAnswer:
    return ConsentAnswer(number, bool(granted) and (until is None or until > time.time()), bool(child))


def _consent(
    person: str, purpose: str, recipient: str, number: int, granted: int, child: int, until: float | None
) -> StoredConsent:
    ends_at = None if until is None else datetime.fromtimestamp(until, UTC)
    return StoredConsent(UUID(person), purpose, recipient, number, bool(granted), bool(child), ends_at)
