"""Locks people: for what is read and then written of one person where there may be no row to lock yet."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa

from chassis.handler import Rows

# The schema is in the key, so that no service waits for another.
_LOCK = sa.text(
    "SELECT count(pg_advisory_xact_lock(key)) FROM"
    " (SELECT DISTINCT hashtextextended(current_schema() || person, 0) AS key"
    " FROM unnest(CAST(:people AS text[])) AS person"
    " ORDER BY key) AS in_one_order"  # so that no two wait for each other
)


async def lock_people(rows: Rows, people: Collection[UUID]) -> None:
    """Wait until nobody else in this service has these people, and have them until the end of the transaction."""
    await rows.execute(_LOCK, {"people": [str(person) for person in people]})
