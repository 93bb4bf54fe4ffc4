"""Keeps the tokens of mailed links: one of a kind for each person, good for one use. Only their hashes are stored."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row

from chassis.storage.database import Database, Transaction

#: what a link is for: to prove the address of an account, to choose a new password, to change to another address
Kind = Literal["verify", "reset", "email"]

_BYTES = 32
_LONGEST = 100

# $1 person_id $2 kind $3 hash $4 email $5 seconds of its lifetime. It ends an older one of its kind.
_ISSUE = """
INSERT INTO mailed_links (person_id, kind, hash, email, expires_at)
VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))
ON CONFLICT (person_id, kind) DO UPDATE
   SET hash = excluded.hash, email = excluded.email, expires_at = excluded.expires_at
"""
# $1 hash $2 kind
_READ = "SELECT person_id, email FROM mailed_links WHERE hash = $1 AND kind = $2 AND expires_at > now()"
# $1 hash $2 kind. Of two concurrent uses one waits for the other's row lock and then finds nothing.
_USE = "DELETE FROM mailed_links WHERE hash = $1 AND kind = $2 AND expires_at > now() RETURNING person_id, email"
# $1 person_id $2 kinds
_END = "DELETE FROM mailed_links WHERE person_id = $1 AND kind = ANY($2::text[])"


@dataclass(frozen=True, slots=True)
class MailedLink:
    """Names the person of a link, and the address that it was sent to, which it proves."""

    person: UUID
    email: str


async def issue(tx: Transaction, person: UUID, kind: Kind, email: str, lifetime: timedelta) -> str:
    """Returns the token of a new link, which ends the older one of its kind. The person's erasure has to wait."""
    token = secrets.token_urlsafe(_BYTES)
    await tx.fetch(_ISSUE, person, kind, _hash(token), email, lifetime.total_seconds())
    return token


async def read(database: Database, kind: Kind, token: str) -> MailedLink | None:
    """Returns the link of a token, which stays good; None for one that is used, old or never was one."""
    return _link(await database.fetch(_READ, _hash(token), kind)) if len(token) <= _LONGEST else None


async def use(tx: Transaction, kind: Kind, token: str) -> MailedLink | None:
    """Uses a link up, in the caller's transaction; None as in `read`."""
    return _link(await tx.fetch(_USE, _hash(token), kind)) if len(token) <= _LONGEST else None


async def end(tx: Transaction, person: UUID, *kinds: Kind) -> None:
    """Ends the links of a person that are of these kinds."""
    await tx.fetch(_END, person, list(kinds))


def _link(rows: Sequence[Row[Any]]) -> MailedLink | None:
    return MailedLink(rows[0].person_id, rows[0].email) if rows else None


def _hash(token: str) -> bytes:
    """Hashes a token without salt or stretching, since it is 256 random bits."""
    return hashlib.sha256(token.encode(errors="replace")).digest()
