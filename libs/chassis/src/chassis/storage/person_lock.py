"""Locks people, for rows that are read and then written where there may be no row to lock yet."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa

from chassis.handler import Rows
from chassis.storage.statement import constant

# The schema is in the key, so that no service waits for another; the fixed order prevents deadlocks.
_KEYS = """
(SELECT DISTINCT hashtextextended('{purpose}' || current_schema() || person, 0) AS key
   FROM unnest(CAST({people} AS text[])) AS person ORDER BY key) AS in_one_order
"""
_LOCK = constant(sa.text(f"SELECT count(pg_advisory_xact_lock(key)) FROM {_KEYS.format(purpose='', people=':people')}"))
# The key differs from that of `lock_people`: a quick write that holds this lock may still take that one exclusively.
_LOCK_ERASURE = sa.text(
    f"SELECT count(pg_advisory_xact_lock(key)) FROM {_KEYS.format(purpose='erasure ', people=':people')}"
)
_SHARE = "SELECT count(pg_advisory_xact_lock_shared(key)) FROM "
#: $1 people: makes their erasure wait until the end of the transaction; share_people() of the gateway does the same
SHARE_PEOPLE = _SHARE + _KEYS.format(purpose="erasure ", people="$1")


def share_people(people: Collection[UUID]) -> str:
    """Returns SHARE_PEOPLE without its parameter, to be sent with the BEGIN: one round trip less."""
    return _SHARE + _KEYS.format(purpose="erasure ", people=f"'{{{','.join(map(str, people))}}}'")


async def lock_people(rows: Rows, people: Collection[UUID]) -> None:
    """Locks people in this service until the end of the transaction, and waits for other locks of them."""
    await rows.execute(_LOCK, {"people": [str(person) for person in people]})


async def lock_erasure(rows: Rows, people: Collection[UUID]) -> None:
    """Waits until no quick write or accept in this service is about these people, and lets none begin until the commit.

    This must be a statement of its own: only a later one sees the commits that it waited for.
    """
    await rows.execute(_LOCK_ERASURE, {"people": [str(person) for person in people]})
