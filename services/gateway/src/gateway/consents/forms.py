"""Stores the signed forms of guardians while they wait, and what was decided about them; no other module does.

The file is encrypted with the child's key, and deleted with the decision. Its SHA-256 and the decision stay.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row

from chassis.message.crypto import Key, decrypt, encrypt
from chassis.message.envelope import new_id
from chassis.storage.database import Database, Transaction
from chassis.storage.statement import Repeatable

State = Literal["pending", "approved", "refused", "expired"]
#: how many days a form waits for an admin
KEPT_DAYS = 30
#: how many forms of one guardian for one child may wait
WAIT_AT_MOST = 5

_COLUMNS = "id, person_id, by_id, media_type, size, sha256, state, reason, decided_by, at, decided_at"
# $1 id $2 child $3 guardian $4 media_type $5 size $6 sha256 $7 content
_ADD = f"""
INSERT INTO consent_forms (id, person_id, by_id, media_type, size, sha256, content)
VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {_COLUMNS}
"""
# $1 child $2 guardian
_COUNT = Repeatable(
    "SELECT count(*) AS number FROM consent_forms WHERE person_id = $1 AND by_id = $2 AND state = 'pending'"
)
# $1 id
_READ = Repeatable(f"SELECT {_COLUMNS} FROM consent_forms WHERE id = $1")
_LOCK = f"SELECT {_COLUMNS} FROM consent_forms WHERE id = $1 FOR NO KEY UPDATE"
_CONTENT = Repeatable("SELECT content FROM consent_forms WHERE id = $1 AND state = 'pending'")
# $1 the cursor $2 limit
_WAITING = Repeatable(
    f"SELECT {_COLUMNS} FROM consent_forms WHERE state = 'pending' AND id < $1 ORDER BY id DESC LIMIT $2"
)
# $1 days $2 limit
_OLD = Repeatable(f"""
SELECT {_COLUMNS} FROM consent_forms
 WHERE state = 'pending' AND at < now() - make_interval(days => $1) ORDER BY id LIMIT $2
""")
# $1 id $2 state $3 reason $4 decided_by
_DECIDE = f"""
UPDATE consent_forms SET state = $2, reason = $3, decided_by = $4, decided_at = clock_timestamp(), content = NULL
 WHERE id = $1 RETURNING {_COLUMNS}
"""
# $1 child
_EXPIRE_ALL = """
UPDATE consent_forms SET state = 'expired', decided_at = clock_timestamp(), content = NULL
 WHERE person_id = $1 AND state = 'pending'
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """Describes a form without its content. `by` is the guardian who has sent it, `decided_by` an admin."""

    id: UUID
    child: UUID
    by: UUID
    media_type: str
    size: int
    sha256: str
    state: State
    reason: str | None
    decided_by: UUID | None
    at: datetime
    decided_at: datetime | None


async def add(tx: Transaction, child: UUID, by: UUID, content: bytes, media_type: str, key: Key) -> Form:
    """Stores a form, encrypted with the child's key."""
    id, sha256 = new_id(), hashlib.sha256(content).hexdigest()
    sealed = encrypt(key, content, id.bytes)
    return _form(await tx.fetch(_ADD, id, child, by, media_type, len(content), sha256, sealed))


async def waiting(tx: Transaction, child: UUID, by: UUID) -> int:
    """Counts the forms of a guardian for a child that wait."""
    [row] = await tx.fetch(_COUNT, child, by)
    return int(row.number)


async def read(place: Transaction | Database, id: UUID) -> Form | None:
    """Returns a form; None where there is none."""
    rows = await place.fetch(_READ, id)
    return _form(rows) if rows else None


async def lock(tx: Transaction, id: UUID) -> Form | None:
    """Returns a form and locks it; None where there is none."""
    rows = await tx.fetch(_LOCK, id)
    return _form(rows) if rows else None


async def content(database: Database, id: UUID, key: Key) -> bytes | None:
    """Returns the file of a form that waits; None where none does."""
    rows = await database.fetch(_CONTENT, id)
    return decrypt(key, bytes(rows[0].content), id.bytes) if rows and rows[0].content is not None else None


async def page(database: Database, before: UUID, limit: int) -> list[Form]:
    """Returns a page of the forms that wait, newest first."""
    return [_form([row]) for row in await database.fetch(_WAITING, before, limit)]


async def old(database: Database, limit: int) -> list[Form]:
    """Returns forms that have waited for too long."""
    return [_form([row]) for row in await database.fetch(_OLD, KEPT_DAYS, limit)]


async def expire_all(tx: Transaction, child: UUID) -> None:
    """Ends the wait of every form about a child, and deletes the files."""
    await tx.fetch(_EXPIRE_ALL, child)


async def decide(tx: Transaction, id: UUID, state: State, reason: str | None, by: UUID | None) -> Form:
    """Writes a decision, and deletes the file. `by` None: it has waited for too long."""
    return _form(await tx.fetch(_DECIDE, id, state, reason, by))


def _form(rows: Sequence[Row[Any]]) -> Form:
    [row] = rows
    return Form(
        id=row.id,
        child=row.person_id,
        by=row.by_id,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256,
        state=row.state,
        reason=row.reason,
        decided_by=row.decided_by,
        at=row.at,
        decided_at=row.decided_at,
    )
