"""Gives XP: once for each key, within the limit of a day, and with a rank where they came at a person's pace."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.handler import Rows
from chassis.storage.statement import constant, insert_of
from content.earned import AT_ONCE, DAILY_CAP, DAY_RANKED_XP, Ledger, hasty, paced
from content.earnings import Deed
from content.gamification.tables import xp_awards

_MINE = xp_awards.c
_READ = ("key", "day", "xp", "paced_at", "given_at", "ranked")
_KNOWN = constant(
    sa.select(*(_MINE[name] for name in _READ)).where(
        _MINE.person_id == sa.bindparam("person"),
        sa.or_(
            _MINE.key == sa.any_(sa.bindparam("keys", type_=ARRAY(sa.Text()))),
            _MINE.day == sa.any_(sa.bindparam("days", type_=ARRAY(sa.Date()))),
            _MINE.given_at >= sa.bindparam("since"),
        ),
    )
)
_GIVE = constant(
    insert_of(
        xp_awards, ("person_id", "key", "xp", "reason", "event_id", "day", "at", "given_at", "paced_at", "ranked")
    )
)
_LAST_GIVEN = constant(sa.select(sa.func.max(_MINE.given_at)).where(_MINE.person_id == sa.bindparam("person")))


async def give(rows: Rows, person: UUID, deeds: Sequence[Deed]) -> dict[UUID, int]:
    """Gives the XP of keys that have had none; returns how many each event earned. All deeds are handed in together."""
    if not any(deed.awards for deed in deeds):
        return {}
    last = await _last_given(rows, person)
    ledger, near, ranked = await _known(rows, person, deeds, last)
    values = award_rows(person, deeds, ledger, last)
    fast = rank(values, near, ranked)
    if fast & near:
        slow = sa.update(xp_awards).where(_MINE.person_id == person, _MINE.paced_at.in_(fast & near))
        await rows.execute(slow.values(ranked=False))
    if values:
        await rows.execute(_GIVE, values)
    earned: dict[UUID, int] = {}
    for row in values:
        earned[row["event_id"]] = earned.get(row["event_id"], 0) + row["xp"]
    return earned


async def _last_given(rows: Rows, person: UUID) -> datetime | None:
    """Reads when the person was given anything last."""
    return (await rows.execute(_LAST_GIVEN, {"person": person})).scalar()


async def _known(
    rows: Rows, person: UUID, deeds: Sequence[Deed], last: datetime | None
) -> tuple[Ledger, set[datetime], dict[date, int]]:
    """Reads the keys that were given and what their days had, and when right answers were given shortly before.

    The last are the XP that count in a league already, by the day of UTC on which they were given.
    """
    keys = [award.key for deed in deeds for award in deed.awards]
    days = {deed.day for deed in deeds}
    today = min(deed.received for deed in deeds).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    since = today if last is None else min(today, last - AT_ONCE)
    wanted = {"person": person, "keys": keys, "days": [*days], "since": since}
    ledger, near, ranked = Ledger(set(), {}), set(), dict[date, int]()
    for row in await rows.execute(_KNOWN, wanted):
        ledger.given.add(row.key)
        ledger.spent[row.day] = ledger.spent.get(row.day, 0) + row.xp
        if row.paced_at is not None and is_answer(row.key):
            near.add(row.paced_at)
        if row.ranked and row.given_at is not None:
            _count(ranked, row.given_at, row.xp)
    return ledger, near, ranked


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


def rank(
    values: Iterable[dict[str, Any]], near: Collection[datetime] = (), before: Mapping[date, int] | None = None
) -> set[datetime]:
    """Notes in rows which count in a league: not what was earned too fast, nor what is too much of one day.

    `near` are the moments of right answers that were given before, and `before` the XP that count already, by the day
    of UTC on which they were given. Returns all moments that were too fast.
    """
    fast, counted = hasty([*near, *(row["paced_at"] for row in values if is_answer(row["key"]))]), {**(before or {})}
    for row in values:
        fits = counted.get(_day(row["given_at"]), 0) + row["xp"] <= DAY_RANKED_XP
        row["ranked"] = fits and row["paced_at"] not in fast
        if row["ranked"]:
            _count(counted, row["given_at"], row["xp"])
    return fast


def _count(counted: dict[date, int], given_at: datetime, xp: int) -> None:
    counted[_day(given_at)] = counted.get(_day(given_at), 0) + xp


def _day(given_at: datetime) -> date:
    return given_at.astimezone(UTC).date()


def is_answer(key: str) -> bool:
    """Tells whether a key is of one right answer, and not of a whole lesson."""
    return not key.startswith("lesson/")
