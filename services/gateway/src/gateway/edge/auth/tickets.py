"""Issues tickets for streams: browsers cannot send headers with EventSource or WebSocket, and no token may be in a URL.

A ticket opens one stream, once, on any replica: its use deletes its row. Only its hash is stored.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from chassis.storage.database import Database

LIFETIME = timedelta(seconds=30)
_BYTES = 32
_LONGEST = 100

# $1 hash $2 person_id $3 seconds of its lifetime
_INSERT = "INSERT INTO tickets (hash, person_id, expires_at) VALUES ($1, $2, now() + make_interval(secs => $3))"
# $1 hash. Of two concurrent uses one waits for the other's row lock and then finds nothing.
_DELETE = "DELETE FROM tickets WHERE hash = $1 RETURNING person_id, expires_at > now() AS valid"


async def issue(database: Database, person_id: UUID) -> str:
    """Issues a ticket for a person, valid for one use within `LIFETIME` of the database's clock."""
    ticket = secrets.token_urlsafe(_BYTES)
    await database.fetch(_INSERT, _hash(ticket), person_id, LIFETIME.total_seconds())
    return ticket


async def redeem(database: Database, ticket: str) -> UUID | None:
    """Returns the person of a ticket at its first use within its lifetime, else None."""
    if len(ticket) > _LONGEST:
        return None
    rows = await database.fetch(_DELETE, _hash(ticket))
    return rows[0].person_id if rows and rows[0].valid else None


def _hash(ticket: str) -> bytes:
    """Hashes a ticket without salt or stretching, since it is 256 random bits."""
    return hashlib.sha256(ticket.encode(errors="replace")).digest()
