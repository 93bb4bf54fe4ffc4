"""Issues tickets for streams: browsers cannot send headers with EventSource or WebSocket, and no token may be in a URL.

A ticket opens one stream, on any replica: a WebSocket once, since that shows all jobs of its person, or the stream of
one job, again for some minutes, because EventSource connects again by itself. Only its hash is stored.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from chassis.storage.database import Database

#: from its issue to its first use
LIFETIME = timedelta(seconds=30)
#: from its first use for the stream of a job to its last one
RECONNECTS = timedelta(minutes=10)
_BYTES = 32
_LONGEST = 100

# $1 hash $2 person_id $3 seconds of its lifetime $4 session_id $5 seconds after which its streams end
_INSERT = """
INSERT INTO tickets (hash, person_id, expires_at, session_id, ends_at)
VALUES ($1, $2, now() + make_interval(secs => $3), $4, now() + make_interval(secs => $5))
"""
_FOUND = "person_id, session_id, coalesce(extract(epoch FROM ends_at - now())::float8, 600) AS seconds"
# $1 hash. Of two concurrent uses one waits for the other's row lock and then finds nothing.
_USE_ONCE = f"DELETE FROM tickets WHERE hash = $1 AND job_id IS NULL AND expires_at > now() RETURNING {_FOUND}"
# $1 hash $2 job_id $3 seconds of its reconnects. Of two concurrent first uses for two jobs the later one finds nothing.
_USE_FOR_JOB = f"""
UPDATE tickets SET job_id = $2,
       expires_at = CASE WHEN job_id IS NULL THEN now() + make_interval(secs => $3) ELSE expires_at END
 WHERE hash = $1 AND (job_id IS NULL OR job_id = $2) AND expires_at > now() RETURNING {_FOUND}
"""


@dataclass(frozen=True, slots=True)
class Redeemed:
    """Holds the sign-in of a ticket; a stream that is opened now ends after `seconds`."""

    person: UUID
    session: UUID | None
    seconds: float


async def issue(database: Database, person_id: UUID, session: UUID | None, token_seconds: float) -> str:
    """Issues a ticket for a person, valid from now for `LIFETIME` of the database's clock until its first use.

    Its streams end with the access token, which expires after `token_seconds`, but not before the ticket's reconnects:
    tokens of some issuers live for a minute only.
    """
    ticket = secrets.token_urlsafe(_BYTES)
    ends = max(token_seconds, (LIFETIME + RECONNECTS).total_seconds())
    await database.fetch(_INSERT, _hash(ticket), person_id, LIFETIME.total_seconds(), session, ends)
    return ticket


async def redeem(database: Database, ticket: str, job_id: UUID | None) -> Redeemed | None:
    """Uses a ticket, for the stream of a job or else for a WebSocket; returns None for one that is not valid for it."""
    if len(ticket) > _LONGEST:
        return None
    hashed = _hash(ticket)
    if job_id is None:
        rows = await database.fetch(_USE_ONCE, hashed)
    else:
        rows = await database.fetch(_USE_FOR_JOB, hashed, job_id, RECONNECTS.total_seconds())
    return Redeemed(rows[0].person_id, rows[0].session_id, rows[0].seconds) if rows else None


def _hash(ticket: str) -> bytes:
    """Hashes a ticket without salt or stretching, since it is 256 random bits."""
    return hashlib.sha256(ticket.encode(errors="replace")).digest()
