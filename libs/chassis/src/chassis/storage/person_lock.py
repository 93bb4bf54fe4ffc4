"""Locks people: for what is read and then written of one person where there may be no row to lock yet."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa

from chassis.handler import Rows

# The schema is in the key, so that no service waits for another; one order, so that no two wait for each other.
_KEYS = """
(SELECT DISTINCT hashtextextended('{purpose}' || current_schema() || person, 0) AS key
   FROM unnest(CAST({people} AS text[])) AS person ORDER BY key) AS in_one_order
"""
_LOCK = sa.text(f"SELECT count(pg_advisory_xact_lock(key)) FROM {_KEYS.format(purpose='', people=':people')}")
# Another key than that of `lock_people`: a quick write that holds this one may still take that one alone.
_LOCK_ERASURE = sa.text(
    f"SELECT count(pg_advisory_xact_lock(key)) FROM {_KEYS.format(purpose='erasure ', people=':people')}"
)
#: $1 people: keeps their erasure waiting until the end of the transaction; share_people() of the gateway is the same
SHARE_PEOPLE = f"SELECT count(pg_advisory_xact_lock_shared(key)) FROM {_KEYS.format(purpose='erasure ', people='$1')}"


async def lock_people(rows: Rows, people: Collection[UUID]) -> None:
    """Locks people in this service until the end of the transaction; waits until nobody else has locked them."""
    await rows.execute(_LOCK, {"people": [str(person) for person in people]})


async def lock_erasure(rows: Rows, people: Collection[UUID]) -> None:
    """Waits until no quick write or accept in this service is about these people, and lets none begin until the commit.

    A statement of its own: only a later one sees what those have written who were waited for.
    """
    await rows.execute(_LOCK_ERASURE, {"people": [str(person) for person in people]})
