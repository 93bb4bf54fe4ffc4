"""Keeps the tokens of mailed links: one of a kind for each person, good for one use. Only their hashes are stored.

It also keeps who has forgotten a password, until the link is mailed.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row

from chassis.message.envelope import new_id
from chassis.storage.database import Database, Transaction
from chassis.storage.statement import Repeatable

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
_READ = Repeatable("SELECT person_id, email FROM mailed_links WHERE hash = $1 AND kind = $2 AND expires_at > now()")
# $1 hash $2 kind. Of two concurrent uses one waits for the other's row lock and then finds nothing.
_USE = "DELETE FROM mailed_links WHERE hash = $1 AND kind = $2 AND expires_at > now() RETURNING person_id, email"
# $1 person_id $2 kinds
_END = "DELETE FROM mailed_links WHERE person_id = $1 AND kind = ANY($2::text[])"

# $1 id $2 email, in lower case. The row is there also without an account, so that this takes as long.
_ASK_RESET = """
INSERT INTO forgotten_passwords (id, person_id) VALUES ($1, (SELECT id FROM people WHERE email = $2))
"""
# $1 limit: the longest waiting first; null stands for all who have no account
_ASKED = Repeatable("SELECT person_id FROM forgotten_passwords GROUP BY person_id ORDER BY min(asked_at) LIMIT $1")
# $1 person_id $2 seconds after which a link is wanted no more
_TAKE_RESET = """
DELETE FROM forgotten_passwords WHERE person_id = $1 RETURNING asked_at > now() - make_interval(secs => $2) AS wanted
"""
_FORGET_RESETS = "DELETE FROM forgotten_passwords WHERE person_id IS NOT DISTINCT FROM $1::uuid"
#: people to whom links are mailed in one round
_MOST = 100
#: after which time nobody waits for a link any more
_WANTED = timedelta(hours=1)


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
    """Ends the links of a person that are of these kinds, also those that are still to be mailed."""
    await tx.fetch(_END, person, list(kinds))
    if "reset" in kinds:
        await tx.fetch(_FORGET_RESETS, person)


async def ask_reset(database: Database, email: str) -> None:
    """Notes that the password of an account is forgotten, if there is one with this address, in lower case."""
    await database.fetch(_ASK_RESET, new_id(), email)


async def asked_resets(database: Database) -> list[UUID]:
    """Returns to whom a link is to be mailed, and forgets for which addresses there is no account."""
    found = [row.person_id for row in await database.fetch(_ASKED, _MOST)]
    if None in found:
        await forget_resets(database, None)
    return [person for person in found if person is not None]


async def take_reset(tx: Transaction, person: UUID) -> bool:
    """Takes what a person has asked for; False when another gateway has, or nobody waits for it any more."""
    return any(row.wanted for row in await tx.fetch(_TAKE_RESET, person, _WANTED.total_seconds()))


async def forget_resets(database: Database, person: UUID | None) -> None:
    """Forgets what a person has asked for; None: what was asked for addresses without an account."""
    await database.fetch(_FORGET_RESETS, person)


def _link(rows: Sequence[Row[Any]]) -> MailedLink | None:
    return MailedLink(rows[0].person_id, rows[0].email) if rows else None


def _hash(token: str) -> bytes:
    """Hashes a token without salt or stretching, since it is 256 random bits."""
    return hashlib.sha256(token.encode(errors="replace")).digest()
