"""Claims the records of the gateway's own writes, by which a repeated request is known (SEMANTICS, “Quick writes”).

A fingerprint is an HMAC by a key that does not stand in the database. Where the content holds a password it is besides
hashed as slowly as passwords are: so whoever has the database and the installation's secret too finds a password by
fingerprints no faster than by the hash that stands there anyway.
"""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

from chassis.installation_key import derived_key
from chassis.message.envelope import new_id
from chassis.storage.database import Database
from chassis.web.idempotency import Claim, claim_of, fingerprint_of, key_hash_of
from chassis.web.statements import on_records
from gateway.edge.auth.passwords import Passwords

RECORDS = on_records("write_records")

_PURPOSE = "idempotency"
_SALT_BYTES = 16


class Records:
    """Makes claims with fingerprints by the present secret, and by the one before it was turned."""

    def __init__(self, database: Database, passwords: Passwords, secret: str, previous: str | None = None) -> None:
        self._database = database
        self._passwords = passwords
        self._key = derived_key(secret, _PURPOSE)
        self._previous = None if previous is None else derived_key(previous, _PURPOSE)

    async def claim(
        self, person: UUID, route: str, key: str, target: str, content: bytes, *, status: int, has_password: bool
    ) -> Claim:
        """Returns the claim of a person's request; `status`: that of the answer when it works.

        Raises 503 when too many passwords wait to be hashed.
        """
        request = f"{person} {route} {key}" if has_password else None
        previous = self._previous
        return claim_of(
            person=person,
            about=None,
            route=route,
            key=key,
            operation_id=new_id(),
            fingerprint=await self._fingerprint(self._key, target, content, request),
            status=status,
            resource_id=None,
            previous=None if previous is None else await self._fingerprint(previous, target, content, request),
            statements=RECORDS,
        )

    async def has(self, person: UUID, route: str, key: str) -> bool:
        """Tells whether a person has used a key on a route, with whatever content."""
        [found] = await self._database.fetch(RECORDS.read, person, route, key_hash_of(key), [])
        return found.fingerprint is not None

    async def _fingerprint(self, key: bytes, target: str, content: bytes, request: str | None) -> bytes:
        quick = fingerprint_of(key, target, content)
        if request is None:
            return quick
        salt = hmac.digest(key, request.encode(), hashlib.sha256)[:_SALT_BYTES]
        return await self._passwords.stretch(quick, salt)
