"""Keeps the log of decisions: one row for each channel of each run of `decide`, without a word of the notification."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from chassis.handler import Rows
from chassis.message.envelope import new_id
from chassis.observe.metrics import NOTIFY_DECISIONS
from chassis.storage.tables import among
from notify.notifications.decide import Choice, Decision, Reason, Verdict
from notify.notifications.tables import decisions
from notify.notifications.wanted import PUSHES

#: by how much the clock that makes ids may be off from the database's
_CLOCKS_APART = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """Holds one decision. `notification_id` is null for what was never made."""

    person_id: UUID
    notification_id: UUID | None
    type: str
    channel: str
    decision: Choice
    reason: Reason
    rule: str
    deliver_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Today:
    """Holds which notifications went out as a push, and as urgent ones, since a moment."""

    pushes: frozenset[UUID] = frozenset()
    urgent: frozenset[UUID] = frozenset()


def entries_of(
    person_id: UUID, notification_id: UUID | None, type_: str, verdict: Verdict, *, again: bool = False
) -> list[Entry]:
    """Returns what a run of `decide` has decided; `again`: only for the ways outside."""
    decided = verdict.outside if again else verdict.decisions
    return [entry_of(person_id, notification_id, type_, each) for each in decided]


def entry_of(person_id: UUID, notification_id: UUID | None, type_: str, found: Decision) -> Entry:
    """Returns what the log says of one decision."""
    return Entry(
        person_id, notification_id, type_, found.channel, found.choice, found.reason, found.rule, found.deliver_at
    )


def is_push(verdict: Verdict) -> bool:
    """Tells whether something goes out as a push now."""
    return any(each.choice == "send" and each.channel in PUSHES for each in verdict.outside)


def is_urgent(verdict: Verdict) -> bool:
    """Tells whether something goes out now because it is urgent."""
    return any(each.choice == "send" and each.rule == "urgent" for each in verdict.decisions)


async def record(rows: Rows, entries: Sequence[Entry]) -> None:
    """Adds entries to the log."""
    if not entries:
        return
    values = [
        {
            "id": new_id(),
            "person_id": each.person_id,
            "notification_id": each.notification_id,
            "type": each.type,
            "channel": each.channel,
            "decision": each.decision,
            "reason": each.reason,
            "rule": each.rule,
            "deliver_at": each.deliver_at,
        }
        for each in entries
    ]
    await rows.execute(sa.insert(decisions), values)  # one text for any number of rows
    for each in entries:
        NOTIFY_DECISIONS.labels(each.type, each.decision, each.reason).inc()


async def today_of(rows: Rows, since: Mapping[UUID, datetime]) -> Mapping[UUID, Today]:
    """Counts what went out to people, each since a moment of theirs."""
    if not since:
        return {}
    earliest = min(since.values())
    mine = sa.select(
        decisions.c.person_id, decisions.c.notification_id, decisions.c.channel, decisions.c.rule, decisions.c.at
    ).where(
        among(decisions.c.person_id, since),
        decisions.c.id >= _first_id(earliest - _CLOCKS_APART),  # or 90 days of the person would be read
        decisions.c.at >= earliest,
        decisions.c.decision == "send",
    )
    pushes: dict[UUID, set[UUID]] = {}
    urgent: dict[UUID, set[UUID]] = {}
    for row in await rows.execute(mine):
        if row.at < since[row.person_id]:
            continue
        if row.channel in PUSHES:
            pushes.setdefault(row.person_id, set()).add(row.notification_id)
        if row.rule == "urgent":
            urgent.setdefault(row.person_id, set()).add(row.notification_id)
    return {person: Today(frozenset(pushes.get(person, ())), frozenset(urgent.get(person, ()))) for person in since}


def _first_id(moment: datetime) -> UUID:
    """Returns an id before all UUIDv7 of a moment and after."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def of_notification(person_id: UUID, notification_id: UUID) -> sa.Select[Any]:
    """Selects the decisions about a notification of a person, oldest first."""
    mine = sa.select(decisions).where(decisions.c.person_id == person_id)
    return mine.where(decisions.c.notification_id == notification_id).order_by(decisions.c.id)


def between(person_id: UUID, begin: datetime, end: datetime, types: Collection[str]) -> sa.Select[Any]:
    """Selects a person's decisions of a time about some types; of all if there are none. Oldest first."""
    mine = sa.select(decisions).where(decisions.c.person_id == person_id, decisions.c.at >= begin, decisions.c.at < end)
    return (mine.where(decisions.c.type.in_(types)) if types else mine).order_by(decisions.c.id)
