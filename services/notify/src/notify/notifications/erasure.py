"""Erases a person in notify, and counts by recipient what had led to somebody outside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa

from chassis.delivery.person_erasure import led_to, rows_about
from chassis.handler import Rows
from notify.notifications.channels.tables import channels, deliveries
from notify.notifications.wanted import RECIPIENT_OF
from notify.tables import METADATA

_BY_RECIPIENT = (channels, deliveries)


class Erasure:
    """Deletes a person's rows. It counts channels and their deliveries as `channels to push`, and so on."""

    def __init__(self) -> None:
        self._rows_about = rows_about(METADATA)

    @property
    def tables(self) -> tuple[str, ...]:
        """Returns the names of the tables it deletes from."""
        return self._rows_about.tables

    async def __call__(self, rows: Rows, persons: Sequence[UUID]) -> Mapping[str, int]:
        """Deletes the rows, and returns how many by table, and by recipient where there are several."""
        led = Counter[str]()
        for table in _BY_RECIPIENT:
            theirs = sa.select(table.c.kind, sa.func.count().label("number")).where(table.c.person_id.in_(persons))
            for row in await rows.execute(theirs.group_by(table.c.kind)):
                led[led_to(table.name, RECIPIENT_OF[row.kind])] += row.number
        counts = dict(await self._rows_about(rows, persons))
        for table in _BY_RECIPIENT:
            counts.pop(table.name, None)
        return counts | led
