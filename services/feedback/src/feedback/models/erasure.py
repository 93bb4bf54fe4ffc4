"""Erases a person in feedback: rows about them are deleted, and the ledger's stay as rows of nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa

from chassis.delivery.person_erasure import led_to, rows_about
from chassis.handler import Rows
from feedback.models.providers import PROVIDERS
from feedback.models.tables import ai_ledger


class Erasure:
    """Deletes the rows about some persons, but for what their calls of models have cost: that is made nobody's.

    Calls that went outside are counted as `ai_ledger to openai`, and so on.
    """

    def __init__(self) -> None:
        """Looks for the tables: make it where all of the service's tables are imported."""
        self._rows_about = rows_about(ai_ledger.metadata, keep={ai_ledger.name})

    @property
    def tables(self) -> tuple[str, ...]:
        """Returns the names of these tables."""
        return (*self._rows_about.tables, ai_ledger.name)

    async def __call__(self, rows: Rows, persons: Sequence[UUID]) -> Mapping[str, int]:
        """Deletes the rows, and returns how many by table, and by recipient; repeating it changes nothing."""
        about = ai_ledger.c.person_id.in_(persons)
        theirs = sa.select(ai_ledger.c.provider, sa.func.count().label("number")).where(about)
        called = Counter[str]()
        for row in await rows.execute(theirs.group_by(ai_ledger.c.provider)):
            called[_counted_as(row.provider)] += row.number
        await rows.execute(sa.update(ai_ledger).where(about).values(person_id=None, call=None))
        return dict(await self._rows_about(rows, persons)) | called


def _counted_as(provider: str) -> str:
    """Names the count of calls of a provider; of one that is no longer known, and of our own, the table's alone."""
    place = PROVIDERS.get(provider)
    if place is None or place.recipient == "voxbus":
        return ai_ledger.name
    return led_to(ai_ledger.name, place.recipient)
