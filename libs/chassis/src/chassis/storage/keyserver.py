"""Implements the key store of many machines: a Postgres database of its own, in which services only call functions."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from chassis.message.crypto import Key, new_key
from chassis.storage.database import open_pool

#: may read and make the keys of named persons
READER = "voxbus_keys"
#: may also destroy a key and list erased persons
ERASER = "voxbus_keys_eraser"
_LOCK = 0x6B657973

# Functions run as their owner, with a fixed `search_path` instead of the caller's.
_RIGHTS = "LANGUAGE sql SECURITY DEFINER SET search_path = voxbus_keys, pg_temp"
_STATEMENTS = (
    "CREATE SCHEMA IF NOT EXISTS voxbus_keys",
    """
    CREATE TABLE IF NOT EXISTS voxbus_keys.keys (
      person_id uuid PRIMARY KEY, id text, secret bytea, made_at timestamptz NOT NULL DEFAULT now(),
      erased_at timestamptz
    )
    """,
    f"""
    CREATE OR REPLACE FUNCTION voxbus_keys.read(persons uuid[])
    RETURNS TABLE (person_id uuid, id text, secret bytea) STABLE {_RIGHTS}
    AS 'SELECT k.person_id, k.id, k.secret FROM keys k WHERE k.person_id = ANY(persons)'
    """,
    f"""
    CREATE OR REPLACE FUNCTION voxbus_keys.make(persons uuid[], ids text[], secrets bytea[])
    RETURNS void VOLATILE {_RIGHTS}
    AS 'INSERT INTO keys (person_id, id, secret)
        SELECT * FROM unnest(persons, ids, secrets) AS n(person_id, id, secret) ORDER BY 1
        ON CONFLICT (person_id) DO NOTHING'
    """,
    f"""
    CREATE OR REPLACE FUNCTION voxbus_keys.destroy(person uuid)
    RETURNS void VOLATILE {_RIGHTS}
    AS 'INSERT INTO keys (person_id, erased_at) VALUES (person, now())
        ON CONFLICT (person_id) DO UPDATE
           SET id = NULL, secret = NULL, erased_at = coalesce(keys.erased_at, now())'
    """,
    f"""
    CREATE OR REPLACE FUNCTION voxbus_keys.erased() RETURNS SETOF uuid STABLE {_RIGHTS}
    AS 'SELECT person_id FROM keys WHERE erased_at IS NOT NULL'
    """,
    "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA voxbus_keys FROM PUBLIC",
    f"GRANT USAGE ON SCHEMA voxbus_keys TO {READER}, {ERASER}",
    f"GRANT EXECUTE ON FUNCTION voxbus_keys.read(uuid[]), voxbus_keys.make(uuid[], text[], bytea[]) "
    f"TO {READER}, {ERASER}",
    f"GRANT EXECUTE ON FUNCTION voxbus_keys.destroy(uuid), voxbus_keys.erased() TO {ERASER}",
)


class KeyServer:
    """Keeps keys on a server. `url` is the owner's DSN or a service's; neither role can read the table."""

    def __init__(self, url: str, *, erases: bool = False) -> None:
        settings = {
            "role": ERASER if erases else READER,
            "search_path": "voxbus_keys",
            "application_name": "voxbus-keys",
            "statement_timeout": "10s",
            "jit": "off",
        }
        self._pool = open_pool(url, settings, size=4, answer_within=15)

    async def read(self, persons: Collection[UUID]) -> dict[UUID, Key | None]:
        """Returns the keys of some persons."""
        rows = await self._pool.fetch("SELECT person_id, id, secret FROM read($1::uuid[])", list(persons))
        return {row.person_id: Key(row.id, row.secret) if row.secret is not None else None for row in rows}

    async def make(self, persons: Collection[UUID]) -> dict[UUID, Key | None]:
        """Returns the keys of some persons, and makes the missing ones.

        A second statement reads them, because it also sees the keys that others have made.
        """
        keys = [new_key() for _ in persons]
        await self._pool.fetch(
            "SELECT make($1::uuid[], $2::text[], $3::bytea[])",
            list(persons),
            [key.id for key in keys],
            [key.secret for key in keys],
        )
        return await self.read(persons)

    async def destroy(self, person: UUID) -> None:
        """Destroys a person's key."""
        await self._pool.fetch("SELECT destroy($1::uuid)", person)

    async def erased(self) -> set[UUID]:
        """Returns everyone whose key was destroyed."""
        return {row[0] for row in await self._pool.fetch("SELECT * FROM erased()")}

    async def close(self) -> None:
        """Closes the pool."""
        await self._pool.close()


async def prepare_key_server(url: str) -> None:
    """Makes or renews schema, table, functions and roles. `url` is the owner's DSN."""
    pool = open_pool(url, {"application_name": "voxbus-keys"}, size=1)
    try:
        async with pool.transaction() as tx:
            await tx.fetch("SELECT pg_advisory_xact_lock($1)", _LOCK)
            for role in (READER, ERASER):
                if not await tx.fetch("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
                    await tx.fetch(f"CREATE ROLE {role} NOLOGIN")
                await tx.fetch(f"GRANT {role} TO CURRENT_USER")
            for statement in _STATEMENTS:
                await tx.fetch(statement)
    finally:
        await pool.close()
