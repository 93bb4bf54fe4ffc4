"""Gives XP: once for each key, within the limit of a day, and with a rank where they came at a person's pace."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from chassis.handler import Rows
from content.earned import AT_ONCE, DAILY_CAP, Ledger, hasty, paced
from content.earnings import Deed
from content.gamification.tables import xp_awards

_MINE = xp_awards.c


async def give(rows: Rows, person: UUID, deeds: Sequence[Deed]) -> dict[UUID, int]:
    """Gives the XP of keys that have had none; returns how many each event earned. All deeds are handed in together."""
    if not any(deed.awards for deed in deeds):
        return {}
    last = await _last_given(rows, person)
    ledger, near = await _known(rows, person, deeds, last)
    values = award_rows(person, deeds, ledger, last)
    fast = rank(values, near)
    if fast & near:
        slow = sa.update(xp_awards).where(_MINE.person_id == person, _MINE.paced_at.in_(fast & near))
        await rows.execute(slow.values(ranked=False))
    if values:
        await rows.execute(sa.insert(xp_awards), values)
    earned: dict[UUID, int] = {}
    for row in values:
        earned[row["event_id"]] = earned.get(row["event_id"], 0) + row["xp"]
    return earned


async def _last_given(rows: Rows, person: UUID) -> datetime | None:
    """Reads when the person was given anything last."""
    found = sa.select(sa.func.max(_MINE.given_at)).where(_MINE.person_id == person)
    return (await rows.execute(found)).scalar()


async def _known(
    rows: Rows, person: UUID, deeds: Sequence[Deed], last: datetime | None
) -> tuple[Ledger, set[datetime]]:
    """Reads the keys that were given and what their days had, and when right answers were given shortly before."""
    keys = [award.key for deed in deeds for award in deed.awards]
    days = {deed.day for deed in deeds}
    wanted: list[sa.ColumnElement[bool]] = [_MINE.key.in_(keys), _MINE.day.in_(days)]
    if last is not None:
        wanted.append(_MINE.given_at >= last - AT_ONCE)
    found = sa.select(_MINE.key, _MINE.day, _MINE.xp, _MINE.paced_at).where(_MINE.person_id == person, sa.or_(*wanted))
    ledger, near = Ledger(set(), {}), set()
    for row in await rows.execute(found):
        ledger.given.add(row.key)
        ledger.spent[row.day] = ledger.spent.get(row.day, 0) + row.xp
        if row.paced_at is not None and is_answer(row.key):
            near.add(row.paced_at)
    return ledger, near


def award_rows(
    person: UUID, deeds: Iterable[Deed], ledger: Ledger, last: datetime | None = None
) -> list[dict[str, Any]]:
    """Returns the rows of what deeds earn, in their order, which is that of arrival.

    `last`: when the person was given anything last before. All count in a league, until `rank` has looked at them.
    """
    values: list[dict[str, Any]] = []
    before = last
    for deed in deeds:
        if values and values[-1]["given_at"] != deed.received:
            before = values[-1]["given_at"]
        for award in deed.awards:
            xp = ledger.give(award.key, award.xp, deed.day)
            if xp is not None:
                why = DAILY_CAP if xp < award.xp else None
                about = {"person_id": person, "key": award.key, "xp": xp, "reason": why, "ranked": True}
                when = {"day": deed.day, "at": deed.at, "given_at": deed.received}
                when["paced_at"] = paced(deed.at, deed.received, before)
                values.append(about | {"event_id": deed.event_id} | when)
    return values


def rank(values: Iterable[dict[str, Any]], near: Collection[datetime] = ()) -> set[datetime]:
    """Notes in rows which of them were earned too fast for a rank; returns all moments that were.

    `near` are those of right answers that were given before.
    """
    fast = hasty([*near, *(row["paced_at"] for row in values if is_answer(row["key"]))])
    for row in values:
        row["ranked"] = row["paced_at"] not in fast
    return fast


def is_answer(key: str) -> bool:
    """Tells whether a key is of one right answer, and not of a whole lesson."""
    return not key.startswith("lesson/")
