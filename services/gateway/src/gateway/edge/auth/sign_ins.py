"""Keeps sign-ins under way at another issuer: their states, and the codes that pages get after them.

A state is good for one return of one browser, a code for one exchange. Only their hashes are stored.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from chassis.errors import Erased
from chassis.storage.database import Database, Transaction
from chassis.web.keyed import KeyedWrite
from gateway.edge.auth.session_statements import LOCK_PERSON
from gateway.edge.auth.sessions import begin_with

#: in which a person comes back from the issuer; also how long the browser keeps its cookie
LIFETIME = timedelta(minutes=10)
#: in which a page exchanges its code
CODE_LIFETIME = timedelta(seconds=60)
_BYTES = 32
_LONGEST = 100

# $1 hash $2 issuer $3 browser_hash $4 person_id $5 return_to $6 seconds of its lifetime
_BEGIN = """
INSERT INTO oauth_states (hash, issuer, browser_hash, person_id, return_to, expires_at)
VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))
"""
# $1 hash $2 issuer $3 browser_hash: a call from another browser uses nothing up. Of two concurrent returns one waits
# for the other's row lock and then finds nothing.
_FINISH = """
DELETE FROM oauth_states WHERE hash = $1 AND issuer = $2 AND browser_hash = $3 AND expires_at > now()
RETURNING person_id, return_to
"""
# $1 hash $2 issuer $3 browser_hash, or null for a page that cannot send the cookie $4 person_id $5 seconds
_ISSUE = """
INSERT INTO exchange_codes (hash, issuer, browser_hash, person_id, expires_at)
VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))
"""
# $1 hash $2 hash of the cookie, or null
_REDEEM = """
DELETE FROM exchange_codes
 WHERE hash = $1 AND expires_at > now() AND (browser_hash IS NULL OR browser_hash = $2::bytea)
RETURNING person_id, issuer
"""


@dataclass(frozen=True, slots=True)
class Begun:
    """Holds a sign-in whose person has come back. `person`: who links the identity; None for a sign-in."""

    person: UUID | None
    return_to: str


@dataclass(frozen=True, slots=True)
class Redeemed:
    """Names who has signed in, and with which issuer."""

    person: UUID
    issuer: str


def new_browser() -> str:
    """Returns the value of the cookie by which a browser is known again."""
    return secrets.token_urlsafe(_BYTES)


async def begin(
    database: Database,
    issuer: str,
    browser: str,
    person: UUID | None,
    return_to: str,
    write: KeyedWrite | None = None,
) -> str:
    """Returns the state of a new sign-in, or of a link for a person. Raises `Erased`."""
    state = secrets.token_urlsafe(_BYTES)
    values = (_hash(state), issuer, _hash(browser), person, return_to, LIFETIME.total_seconds())
    if person is None:
        await database.fetch(_BEGIN, *values)
        return state
    async with (write or KeyedWrite()).transaction(database, person) as tx:
        await _lock(tx, person)
        await tx.fetch(_BEGIN, *values)
    return state


async def finish(database: Database, issuer: str, state: str, browser: str) -> Begun | None:
    """Uses a state up; None for one that is used, old, of another browser, or never was one."""
    if not _is_possible(state) or not _is_possible(browser):
        return None
    rows = await database.fetch(_FINISH, _hash(state), issuer, _hash(browser))
    return Begun(rows[0].person_id, rows[0].return_to) if rows else None


async def issue_code(database: Database, issuer: str, person: UUID, browser: str | None) -> str:
    """Returns a code that signs a person in, in one `browser` alone if it is given. Raises `Erased`."""
    code = secrets.token_urlsafe(_BYTES)
    of = None if browser is None else _hash(browser)
    async with database.transaction(partial(begin_with, person)) as tx:
        await _lock(tx, person)
        await tx.fetch(_ISSUE, _hash(code), issuer, of, person, CODE_LIFETIME.total_seconds())
    return code


async def redeem(database: Database, code: str, browser: str | None) -> Redeemed | None:
    """Uses a code up; None as in `finish`."""
    if not _is_possible(code):
        return None
    rows = await database.fetch(_REDEEM, _hash(code), None if browser is None else _hash(browser))
    return Redeemed(rows[0].person_id, rows[0].issuer) if rows else None


async def _lock(tx: Transaction, person: UUID) -> None:
    if not await tx.fetch(LOCK_PERSON, person):
        raise Erased(str(person))


def _is_possible(value: str) -> bool:
    return 0 < len(value) <= _LONGEST


def _hash(value: str) -> bytes:
    """Hashes a value without salt or stretching, since it is 256 random bits."""
    return hashlib.sha256(value.encode(errors="replace")).digest()
