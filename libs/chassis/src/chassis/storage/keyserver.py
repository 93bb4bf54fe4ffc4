"""Implements the key store of many machines: a Postgres database of its own, in which services only call functions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.message.crypto import Key, new_key
from chassis.storage.database import open_pool
from chassis.storage.keyserver_schema import ERASER, READER, STATEMENTS
from chassis.storage.sealed import Sealed
from chassis.storage.statement import Repeatable
from chassis.storage.stored_consent import NEVER, ConsentAnswer, StoredConsent

#: writes that find themselves done: the first key stays, a destroyed one is destroyed, the newer mark stands already
_MAKE = Repeatable("SELECT make($1::uuid[], $2::text[], $3::bytea[])")
_DESTROY = Repeatable("SELECT destroy($1::uuid)")
_REPLACE_SEALED = Repeatable("SELECT replace_sealed($1::uuid, $2::text, $3::bytea, $4::uuid, $5::uuid) AS done")
_DELETE_SEALED = Repeatable("SELECT delete_sealed($1::uuid, $2::text)")
_READ = Repeatable("SELECT person_id, id, secret FROM read($1::uuid[])")
_READ_SEALED = Repeatable("SELECT content, mark, now FROM read_sealed($1::uuid, $2::text)")
_ERASED = Repeatable("SELECT * FROM erased()")
_FORGET_ERASED = Repeatable("SELECT forget_erased($1::uuid[])")
_READ_CONSENT = Repeatable("SELECT number, holds, child FROM read_consent($1::uuid, $2::text, $3::text)")
_READ_CONSENTS = Repeatable(
    "SELECT person_id, recipient, number, holds, child FROM read_consents($1::uuid[], $2::text)"
)
_CONSENTS = Repeatable(
    "SELECT person_id, purpose, recipient, number, granted, child, until FROM consents_after($1::uuid, $2::int)"
)
# A transaction holds a consent by an advisory lock, whose name is the consent's. Every database user may take one.
_NAME = "hashtextextended(concat_ws(' ', 'voxbus consent', $1::uuid, $2::text, $3::text), 0)"
_HOLD = f"SELECT pg_advisory_xact_lock_shared({_NAME})"
_IS_HELD = Repeatable(f"SELECT NOT pg_try_advisory_xact_lock({_NAME}) AS held")
#: a decision that is written once more stands there already
_WRITE_CONSENT = Repeatable(
    "SELECT write_consent($1::uuid, $2::text, $3::text, $4::bigint, $5::boolean, $6::boolean, $7::timestamptz) AS done"
)

_LOCK = 0x6B657973
#: connections of one process
CONNECTIONS = 4


class KeyServer:
    """Keeps keys on a server. `url` is the owner's DSN or a service's; neither role can read the table."""

    def __init__(self, url: str, *, erases: bool = False) -> None:
        settings = {
            "role": ERASER if erases else READER,
            "search_path": "voxbus_keys",
            "application_name": "voxbus-keys",
            "statement_timeout": "10s",
            # A hold ends with its connection: not while a process stands still, and soon after a machine is lost.
            "idle_in_transaction_session_timeout": "0",
            "tcp_keepalives_idle": "15",
            "tcp_keepalives_interval": "5",
            "tcp_keepalives_count": "3",
            "jit": "off",
        }
        self._pool = open_pool(url, settings, size=CONNECTIONS, answer_within=15)

    async def read(self, persons: Collection[UUID]) -> dict[UUID, Key | None]:
        """Returns the keys of some persons."""
        rows = await self._pool.fetch(_READ, list(persons))
        return {row.person_id: Key(row.id, row.secret) if row.secret is not None else None for row in rows}

    async def make(self, persons: Collection[UUID]) -> dict[UUID, Key | None]:
        """Returns the keys of some persons, and makes the missing ones.

        A second statement reads them, because it also sees the keys that others have made.
        """
        keys = [new_key() for _ in persons]
        await self._pool.fetch(
            _MAKE,
            list(persons),
            [key.id for key in keys],
            [key.secret for key in keys],
        )
        return await self.read(persons)

    async def destroy(self, person: UUID) -> None:
        """Destroys a person's key, and what is kept beside it."""
        await self._pool.fetch(_DESTROY, person)

    async def read_sealed(self, person: UUID, name: str) -> Sealed:
        """Returns what is kept beside a person's key under a name."""
        [row] = await self._pool.fetch(_READ_SEALED, person, name)
        return Sealed(row.content, row.mark, row.now)

    async def replace_sealed(self, person: UUID, name: str, content: bytes, known: UUID | None, mark: UUID) -> bool:
        """Stores content in place of what has the `known` mark."""
        [row] = await self._pool.fetch(_REPLACE_SEALED, person, name, content, known, mark)
        return bool(row.done)

    async def delete_sealed(self, person: UUID, name: str) -> None:
        """Deletes what is kept beside a person's key under a name."""
        await self._pool.fetch(_DELETE_SEALED, person, name)

    async def read_consent(self, person: UUID, purpose: str, recipient: str) -> ConsentAnswer:
        """Returns what was decided last about a purpose and a recipient."""
        return _answer(await self._pool.fetch(_READ_CONSENT, person, purpose, recipient))

    async def read_consents(self, persons: Collection[UUID], purpose: str) -> dict[tuple[UUID, str], ConsentAnswer]:
        """Returns what was decided last about a purpose, by person and recipient."""
        rows = await self._pool.fetch(_READ_CONSENTS, list(persons), purpose)
        return {(row.person_id, row.recipient): _answer([row]) for row in rows}

    @asynccontextmanager
    async def hold_consent(self, person: UUID, purpose: str, recipient: str) -> AsyncIterator[ConsentAnswer]:
        """Holds a consent by a lock, and reads it in a later statement, which sees what came before the lock."""
        async with self._pool.transaction(lambda: "BEGIN ISOLATION LEVEL READ COMMITTED") as tx:
            await tx.fetch(_HOLD, person, purpose, recipient)
            yield _answer(await tx.fetch(_READ_CONSENT, person, purpose, recipient))

    async def is_held(self, person: UUID, purpose: str, recipient: str) -> bool:
        """Tells whether anybody holds a consent."""
        [row] = await self._pool.fetch(_IS_HELD, person, purpose, recipient)
        return bool(row.held)

    async def write_consent(self, consent: StoredConsent) -> bool:
        """Stores a decision in place of the one before."""
        [row] = await self._pool.fetch(
            _WRITE_CONSENT,
            consent.person,
            consent.purpose,
            consent.recipient,
            consent.number,
            consent.granted,
            consent.child,
            consent.until,
        )
        return bool(row.done)

    async def consents(self, after: UUID, people: int) -> list[StoredConsent]:
        """Returns what was decided last about the next so many people, in the order of their ids."""
        return [
            StoredConsent(row.person_id, row.purpose, row.recipient, row.number, row.granted, row.child, row.until)
            for row in await self._pool.fetch(_CONSENTS, after, people)
        ]

    async def erased(self) -> set[UUID]:
        """Returns everyone whose key was destroyed."""
        return {row[0] for row in await self._pool.fetch(_ERASED)}

    async def forget_erased(self, persons: Collection[UUID]) -> None:
        """Deletes the rows that say that these persons' keys were destroyed."""
        await self._pool.fetch(_FORGET_ERASED, list(persons))

    async def close(self) -> None:
        """Closes the pool."""
        await self._pool.close()


def _answer(rows: Sequence[Row[Any]]) -> ConsentAnswer:
    return ConsentAnswer(rows[0].number, rows[0].holds, rows[0].child) if rows else NEVER


async def prepare_key_server(url: str, logins: Mapping[str, str] = MappingProxyType({})) -> None:
    """Makes or renews schema, table, functions and roles. `url` is the owner's DSN.

    `logins`: by the name of a login of this server, the role (READER or ERASER) that it is let into, if it is there.
    """
    pool = open_pool(url, {"application_name": "voxbus-keys"}, size=1)
    try:
        async with pool.transaction() as tx:
            await tx.fetch("SELECT pg_advisory_xact_lock($1)", _LOCK)
            for role in (READER, ERASER):
                if not await tx.fetch("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
                    await tx.fetch(f"CREATE ROLE {role} NOLOGIN")
                await tx.fetch(f"GRANT {role} TO CURRENT_USER")
            for statement in STATEMENTS:
                await tx.fetch(statement)
            for login, role in logins.items():
                if await tx.fetch("SELECT 1 FROM pg_roles WHERE rolname = $1 AND rolcanlogin", login):
                    await tx.fetch(f"GRANT {role} TO {login}")
    finally:
        await pool.close()
