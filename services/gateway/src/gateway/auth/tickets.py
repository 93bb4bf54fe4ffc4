"""Issues tickets for streams: browsers cannot send headers with EventSource or WebSocket, and no token may be in a URL.

A ticket opens one stream, once, on any replica: its row is deleted by the use. Only its hash is stored.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from chassis.storage.database import Database
from gateway import statements

LIFETIME = timedelta(seconds=30)
_BYTES = 32
_LONGEST = 100


async def issue(database: Database, person_id: UUID) -> str:
    """Issues a ticket for a person, valid for one use within `LIFETIME` of the database's clock."""
    ticket = secrets.token_urlsafe(_BYTES)
    await database.fetch(statements.INSERT_TICKET, _hash(ticket), person_id, LIFETIME.total_seconds())
    return ticket


async def redeem(database: Database, ticket: str) -> UUID | None:
    """Returns the person of a ticket at its first use in time, and None otherwise."""
    if len(ticket) > _LONGEST:
        return None
    rows = await database.fetch(statements.DELETE_TICKET, _hash(ticket))
    return rows[0].person_id if rows and rows[0].valid else None


def _hash(ticket: str) -> bytes:
    """Hashes a ticket without salt or stretching, since it is 256 random bits."""
    return hashlib.sha256(ticket.encode(errors="replace")).digest()
