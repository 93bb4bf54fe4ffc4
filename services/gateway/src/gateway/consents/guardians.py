"""Stores who decides for a child, and whom a child has asked to. The addresses of those asked stand nowhere else."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.message.envelope import new_id
from chassis.privacy.ages import Born
from chassis.storage.database import Database, Transaction
from chassis.storage.statement import Repeatable

#: how long the address of somebody who does not answer is kept
ADDRESS_KEPT = timedelta(days=14)
_BYTES = 32
_LONGEST = 100

# $1 id $2 child $3 hash $4 email $5 seconds of its lifetime
_INVITE = """
INSERT INTO guardian_invitations (id, person_id, hash, email, expires_at)
VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))
"""
# $1 hash
_READ = Repeatable("SELECT person_id, email FROM guardian_invitations WHERE hash = $1 AND expires_at > now()")
# $1 hash. Of two concurrent uses one waits for the other's row lock and then finds nothing.
_USE = "DELETE FROM guardian_invitations WHERE hash = $1 AND expires_at > now() RETURNING person_id, email"
# $1 child
_NEWEST = Repeatable("""
SELECT invited_at FROM guardian_invitations WHERE person_id = $1 AND expires_at > now() ORDER BY id DESC LIMIT 1
""")
# $1 child $2 guardian
_LINK = """
INSERT INTO guardians (person_id, guardian_id) VALUES ($1, $2)
ON CONFLICT (person_id, guardian_id) DO UPDATE SET linked_at = guardians.linked_at RETURNING linked_at
"""
_UNLINK = "DELETE FROM guardians WHERE person_id = $1 AND guardian_id = $2 RETURNING linked_at"
_UNLINK_ALL = "DELETE FROM guardians WHERE person_id = $1 RETURNING guardian_id"
_IS_LINKED = Repeatable("SELECT FROM guardians WHERE person_id = $1 AND guardian_id = $2")
# $1 child
_OF_CHILD = Repeatable(
    "SELECT guardian_id, linked_at FROM guardians WHERE person_id = $1 ORDER BY linked_at, guardian_id"
)
# $1 guardian
_CHILDREN = Repeatable("SELECT person_id FROM guardians WHERE guardian_id = $1 ORDER BY person_id")
# $1 guardian $2 the cursor $3 limit
_PAGE = Repeatable("""
SELECT person_id, linked_at FROM guardians WHERE guardian_id = $1 AND person_id < $2 ORDER BY person_id DESC LIMIT $3
""")
# $1 people $2 jobs; null: any
_OF_ENDED = Repeatable("""
SELECT DISTINCT g.guardian_id FROM guardians g WHERE g.guardian_id = ANY($1::uuid[]) AND ($2::uuid[] IS NULL
    OR EXISTS (SELECT FROM jobs j WHERE j.id = ANY($2) AND j.person_id = g.person_id AND j.finished_at IS NOT NULL))
""")
# $1 child $2 the moment from which the child decides alone. No row: everybody was told of that moment.
_TELL = """
UPDATE guardians SET told_of = $2 WHERE person_id = $1 AND told_of IS DISTINCT FROM $2 RETURNING guardian_id
"""
# $1 the person before $2 born until $3 limit. Children with a guardian who may be old enough soon.
_OLDEST = Repeatable("""
SELECT DISTINCT p.id, p.birth_date, p.country, p.time_zone FROM guardians g JOIN people p ON p.id = g.person_id
 WHERE g.person_id > $1 AND p.birth_date <= $2 ORDER BY p.id LIMIT $3
""")
# $1 child
_FORGET_INVITATIONS = "DELETE FROM guardian_invitations WHERE person_id = $1"


@dataclass(frozen=True, slots=True)
class Invitation:
    """Names the child who asks, and the address that was asked."""

    child: UUID
    email: str


@dataclass(frozen=True, slots=True)
class Link:
    """Names a person of a link, and when it was made."""

    person: UUID
    linked_at: datetime


async def invite(tx: Transaction, child: UUID, email: str) -> str:
    """Returns the token of an invitation, which stands beside older ones: a child may have several guardians."""
    token = secrets.token_urlsafe(_BYTES)
    await tx.fetch(_INVITE, new_id(), child, _hash(token), email, ADDRESS_KEPT.total_seconds())
    return token


async def read(database: Database, token: str) -> Invitation | None:
    """Returns an open invitation; None for a token that is used, old or never was one."""
    return _invitation(await database.fetch(_READ, _hash(token))) if len(token) <= _LONGEST else None


async def use(place: Transaction | Database, token: str) -> Invitation | None:
    """Uses an invitation up, and forgets its address; None as in `read`."""
    return _invitation(await place.fetch(_USE, _hash(token))) if len(token) <= _LONGEST else None


async def invited_at(database: Database, child: UUID) -> datetime | None:
    """Returns when the newest open invitation of a child was sent."""
    rows = await database.fetch(_NEWEST, child)
    return rows[0].invited_at if rows else None


async def link(tx: Transaction, child: UUID, guardian: UUID) -> datetime:
    """Links a guardian to a child; returns since when they are linked."""
    [row] = await tx.fetch(_LINK, child, guardian)
    linked_at: datetime = row.linked_at
    return linked_at


async def unlink(tx: Transaction, child: UUID, guardian: UUID) -> bool:
    """Ends a link; False when there is none."""
    return bool(await tx.fetch(_UNLINK, child, guardian))


async def unlink_all(tx: Transaction, child: UUID) -> list[UUID]:
    """Ends all links of a child; returns who was a guardian."""
    return [row.guardian_id for row in await tx.fetch(_UNLINK_ALL, child)]


async def tell_of(tx: Transaction, child: UUID, moment: datetime) -> list[UUID]:
    """Notes that guardians are told from when a child decides alone; returns who was not told of that moment yet."""
    return [row.guardian_id for row in await tx.fetch(_TELL, child, moment)]


async def oldest_children(database: Database, after: UUID, born_until: date, limit: int) -> list[tuple[UUID, Born]]:
    """Returns the next children with a guardian who were born until a day, in the order of their ids."""
    rows = await database.fetch(_OLDEST, after, born_until, limit)
    return [(row.id, Born(row.birth_date, row.country, row.time_zone)) for row in rows]


async def forget_invitations(tx: Transaction, child: UUID) -> None:
    """Forgets whom a child has asked to be a guardian."""
    await tx.fetch(_FORGET_INVITATIONS, child)


async def are_linked(place: Transaction | Database, child: UUID, guardian: UUID) -> bool:
    """Tells whether somebody is a guardian of a child."""
    return bool(await place.fetch(_IS_LINKED, child, guardian))


async def of_child(place: Transaction | Database, child: UUID) -> list[Link]:
    """Returns the guardians of a child, the first linked one first."""
    return [Link(row.guardian_id, row.linked_at) for row in await place.fetch(_OF_CHILD, child)]


async def children_of(place: Transaction | Database, guardian: UUID) -> list[UUID]:
    """Returns all children of a guardian."""
    return [row.person_id for row in await place.fetch(_CHILDREN, guardian)]


async def of_ended(database: Database, people: Collection[UUID], jobs: Collection[UUID] | None) -> list[UUID]:
    """Returns those of some people who are guardians of a child of whom one of the jobs has ended; None: of any."""
    rows = await database.fetch(_OF_ENDED, list(people), None if jobs is None else list(jobs))
    return [row.guardian_id for row in rows]


async def page_of_children(database: Database, guardian: UUID, before: UUID, limit: int) -> list[Link]:
    """Returns a page of a guardian's children, the newest account first."""
    return [Link(row.person_id, row.linked_at) for row in await database.fetch(_PAGE, guardian, before, limit)]


def _invitation(rows: Sequence[Row[Any]]) -> Invitation | None:
    return Invitation(rows[0].person_id, rows[0].email) if rows else None


def _hash(token: str) -> bytes:
    """Hashes a token without salt or stretching, since it is 256 random bits."""
    return hashlib.sha256(token.encode(errors="replace")).digest()
