"""Erases a person in content: rows about them are deleted, and what they have published stays as nobody's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from chassis.delivery.person_erasure import rows_about
from chassis.handler import Rows
from content.lessons.tables import entries, reports, revisions
from content.tables import METADATA

#: stands for an author who is erased: with NULL an entry would look as if nobody had touched it
NOBODY = UUID(int=0)
_WRITERS = (entries.c.updated_by, entries.c.created_by, revisions.c.made_by, reports.c.replied_by)


class Erasure:
    """Deletes the rows about some persons, and takes their ids out of what they have written for all."""

    def __init__(self) -> None:
        """Looks for the tables: make it where all of the service's tables are imported."""
        self._rows_about = rows_about(METADATA)

    @property
    def tables(self) -> tuple[str, ...]:
        """Returns the names of these tables."""
        return (*self._rows_about.tables, entries.name, revisions.name)

    async def __call__(self, rows: Rows, persons: Sequence[UUID]) -> Mapping[str, int]:
        """Deletes and changes the rows, and returns how many by table; repeating it changes nothing."""
        counts = dict(await self._rows_about(rows, persons))
        for column in _WRITERS:
            table = column.table
            change = sa.update(table).where(column.in_(persons)).values({column.name: NOBODY})
            changed = cast("sa.CursorResult[Any]", await rows.execute(change)).rowcount
            if changed:
                counts[table.name] = counts.get(table.name, 0) + changed
        return counts
