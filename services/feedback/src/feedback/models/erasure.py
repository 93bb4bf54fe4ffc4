"""Erases a person in feedback: rows about them are deleted, and the ledger's stay as rows of nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from chassis.delivery.person_erasure import rows_about
from chassis.handler import Rows
from feedback.models.tables import ai_ledger


class Erasure:
    """Deletes the rows about some persons, but for what their calls of models have cost: that is made nobody's."""

    def __init__(self) -> None:
        """Looks for the tables: make it where all of the service's tables are imported."""
        self._rows_about = rows_about(ai_ledger.metadata, keep={ai_ledger.name})

    @property
    def tables(self) -> tuple[str, ...]:
        """Returns the names of these tables."""
        return (*self._rows_about.tables, ai_ledger.name)

    async def __call__(self, rows: Rows, persons: Sequence[UUID]) -> Mapping[str, int]:
        """Deletes the rows, and returns how many by table; repeating it changes nothing."""
        about = ai_ledger.c.person_id.in_(persons)
        unnamed = cast(
            "sa.CursorResult[Any]",
            await rows.execute(sa.update(ai_ledger).where(about).values(person_id=None, call=None)),
        ).rowcount
        counts = dict(await self._rows_about(rows, persons))
        return counts | ({ai_ledger.name: unnamed} if unnamed else {})
