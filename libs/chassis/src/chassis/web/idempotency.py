"""Claims one record for each write before anything else, and commits it with the write: nothing is written twice."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.errors import VoxbusError
from chassis.storage.database import Database, Transaction
from chassis.web.problems import IDEMPOTENCY_CONFLICT, ProblemError, invalid, was_erased
from chassis.web.statements import OF_OWNERS, RecordStatements

#: seconds a record lives: with a client's key, and with the operation id alone
WITH_KEY_S, WITHOUT_KEY_S = 24 * 3600, 600
#: describes a client's key in the public document; `check_key` holds keys to it
KEY_SCHEMA = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]*[!-~][ -~]*$"}
_NOBODY = UUID(int=0)
_KEY = re.compile(r"[ -~]{1,255}")


class RecordVanished(VoxbusError):
    """Says that a record existed and is gone, so that the claim has to be tried again."""


class Replayed(VoxbusError):
    """Says that the write was done before; the answer is made from its record."""

    def __init__(self, status: int, resource_id: UUID | None) -> None:
        super().__init__(str(status))
        self.status = status
        self.resource_id = resource_id


@dataclass(frozen=True, slots=True)
class Claim:
    """Identifies a write by person, route, key and content. `people` are those whom the write is about.

    `previous` is the fingerprint by the secret before it was turned, which an earlier record may have.
    `status` and `resource_id` are the result of a write without a version, unless `complete` gets another id.
    """

    person_id: UUID
    route: str
    key_hash: bytes
    fingerprint: bytes
    lives: int
    people: tuple[UUID, ...]
    status: int
    resource_id: UUID
    previous: bytes | None = None
    statements: RecordStatements = OF_OWNERS

    async def take(self, tx: Transaction, lock_timeout: float) -> None:
        """Claims the key; waits for who holds it. `lock_timeout`, in seconds, applies afterwards (0: no).

        Raises `Replayed` when the write was done before, 422 for other content, 401 for an erased caller.
        """
        if await tx.fetch(
            self.statements.claim,
            *self._key,
            self.fingerprint,
            self.lives,
            self.people,
            f"{round(lock_timeout * 1000)}ms",
            self.status,
            self.resource_id,
        ):
            return
        [found] = await tx.fetch(self.statements.read, *self._key, self.people)
        raise self._reason(found)

    async def find(self, database: Database) -> VoxbusError | None:
        """Returns what `take` would raise for the record that stands there now; None without a record."""
        [found] = await database.fetch(self.statements.read, *self._key, self.people)
        reason = self._reason(found)
        return None if isinstance(reason, RecordVanished) else reason

    async def complete(
        self, tx: Transaction, resource_id: UUID | None, version: int | None, status: int | None = None
    ) -> None:
        """Notes the result of the write, from which a repeated request is answered, unless it was claimed."""
        if (resource_id, version, status or self.status) != (self.resource_id, None, self.status):
            await tx.fetch(self.statements.complete, *self._key, resource_id, version, status)

    async def drop(self, tx: Transaction) -> None:
        """Takes the claim back, in its own transaction: refusals are not kept."""
        await tx.fetch(self.statements.drop, *self._key)

    @property
    def _key(self) -> tuple[UUID, str, bytes]:
        return self.person_id, self.route, self.key_hash

    def _reason(self, found: Row[Any]) -> VoxbusError:
        if found.erased:
            return was_erased(caller=self.person_id in found.erased)
        if found.fingerprint is None:
            return RecordVanished()
        fingerprints = [self.fingerprint] if self.previous is None else [self.fingerprint, self.previous]
        if any(hmac.compare_digest(found.fingerprint, each) for each in fingerprints):
            return Replayed(found.status, found.resource_id)
        return ProblemError(IDEMPOTENCY_CONFLICT)


def claim_of(
    *,
    person: UUID | None,
    about: UUID | None,
    route: str,
    key: str | None,
    operation_id: UUID,
    fingerprint: bytes,
    status: int,
    resource_id: UUID | None,
    previous: bytes | None = None,
    statements: RecordStatements = OF_OWNERS,
) -> Claim:
    """Returns the claim of a request. Raises 422 for an invalid key.

    `status`: what the route answers when it works; `resource_id`: what its path names, None where it makes something.

    Anonymous callers share one person, so their keys do not count: each request is known by its operation id.
    """
    check_key(key)
    named = key is not None and person is not None
    return Claim(
        person or _NOBODY,
        route,
        key_hash_of(key) if key is not None and named else _hash(f"operation {operation_id}"),
        fingerprint,
        WITH_KEY_S if named else WITHOUT_KEY_S,
        tuple(sorted({each for each in (person, about) if each is not None})),
        status,
        resource_id or operation_id,
        previous,
        statements,
    )


def key_hash_of(key: str) -> bytes:
    """Returns by what the record of a client's key is found."""
    return _hash(f"key {key}")


def _hash(content: str) -> bytes:
    return hashlib.sha256(content.encode()).digest()


def check_key(key: str | None) -> None:
    """Raises 422 for an invalid Idempotency-Key."""
    if key is not None and not (_KEY.fullmatch(key) and key.strip()):
        raise invalid(("Idempotency-Key", "must have 1 to 255 visible characters"))


def fingerprint_of(key: bytes, target: str, body: bytes) -> bytes:
    """Returns an HMAC of the request.

    `key` is that of the service's principals; the HMAC's own is derived from it.
    """
    derived = hmac.digest(key, b"idempotency fingerprint", hashlib.sha256)
    return hmac.digest(derived, asked(target, body), hashlib.sha256)


def asked(target: str, body: bytes) -> bytes:
    """Returns what a request asks for, as it was sent: raw path and query, and the JSON with sorted names.

    Fingerprints of quick writes and of proposals are of this. Defaults are not filled in, because a later release may
    fill in others.
    """
    return target.encode() + b"\0" + canonical(body)


def canonical(body: bytes) -> bytes:
    """Returns JSON with sorted names and without spaces; other content unchanged."""
    if not body:
        return body
    try:
        return json.dumps(json.loads(body), sort_keys=True, separators=(",", ":")).encode()
    except (ValueError, RecursionError):  # one that the route does not read
        return body
