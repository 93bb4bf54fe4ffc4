"""Compares what people decided with what the store of consents says. Where they differ, the answer is no."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Literal
from uuid import UUID

from chassis.errors import Retryable
from chassis.observe.logs import logger
from chassis.privacy.law import Pair, is_pair
from chassis.storage.database import Database
from chassis.storage.keys import Keys
from gateway.consents import decisions, evidence
from gateway.consents.evidence import Reason
from gateway.consents.notices import Notices
from gateway.edge.auth import accounts
from gateway.edge.auth.sessions import begin_with

#: people whose consents are read at a time
PEOPLE_AT_ONCE = 500
#: until when a consent that was given may be on its way to the store: several times the deadline of a request
ON_ITS_WAY = timedelta(minutes=1)

_BEFORE_ALL = UUID(int=0)

_log = logger(__name__)


class StillOnTheirWay(Retryable):
    """Says that consents which were given just now are not in the store yet: they are looked at again."""


async def reconcile(
    database: Database,
    keys: Keys,
    notices: Notices,
    *,
    people: int = PEOPLE_AT_ONCE,
    on_its_way: timedelta = ON_ITS_WAY,
) -> int:
    """Takes back each consent that only one of the records knows, or that a newer notice asks again; returns how many.

    It reads those of so many `people` at a time. A consent that somebody gives at this moment is left alone. Raises
    `StillOnTheirWay` at the end where one is in the evidence and not in the store, for less than `on_its_way`: the
    gateway that gives it may never put it there.
    """
    ended = 0
    on_their_way = 0
    async for batch in _differing(database, keys, notices, people):
        for person, pair in batch:
            done = await _look_again(database, keys, notices, person, pair, on_its_way)
            ended += done == "ended"
            on_their_way += done == "on its way"
    if ended:
        _log.warning("consents were taken back", consents=ended)
    if on_their_way:
        raise StillOnTheirWay(f"{on_their_way} consents")
    return ended


async def _differing(
    database: Database, keys: Keys, notices: Notices, people: int
) -> AsyncIterator[Collection[tuple[UUID, Pair]]]:
    """Yields by people in the order of their ids whatever differs, or is asked again, by a look without locks."""
    after: UUID | None = _BEFORE_ALL
    while after is not None:
        rows, kept = await evidence.newest(database, after, people), await keys.consents(after, people)
        full = [sorted(ids) for ids in ({row.person_id for row in rows}, {each.person for each in kept})]
        end = min((ids[-1] for ids in full if len(ids) == people), default=None)
        now = datetime.now(UTC)
        said = {
            (row.person_id, (row.purpose, row.recipient)): (row.number, row.notice_version)
            for row in rows
            if row.state == "granted" and (row.until is None or row.until > now)
        }
        stored = {
            (each.person, (each.purpose, each.recipient)): each.number
            for each in kept
            if each.granted and (each.until is None or each.until > now)
        }
        found = []
        for person, pair in sorted({*said, *stored}):
            number, version = said.get((person, pair), (None, 0))
            differs = number != stored.get((person, pair)) or not notices.still_covers(version, pair)
            if differs and is_pair(pair) and (end is None or person <= end):
                found.append((person, pair))
        yield found
        after = end


async def _look_again(
    database: Database, keys: Keys, notices: Notices, person: UUID, pair: Pair, on_its_way: timedelta
) -> Literal["same", "on its way", "ended"]:
    """Looks at one consent with the account locked, and takes it back where the records differ still.

    Who gives a consent commits its evidence, which unlocks the account, and then stores it. So evidence that is newer
    than the store may be on its way there; a store that is newer than the evidence is not.
    """
    async with database.transaction(partial(begin_with, person)) as tx:
        account = await accounts.lock(tx, person)
        if account is None:
            return "same"
        known = (await evidence.of_person(tx, person)).get(pair)
        stored = await keys.read_consent(person, *pair)
        said = known is not None and known.state_at(account.at) == "granted"
        if not (said or stored.holds):
            return "same"
        reason: Reason
        if known is not None and said and stored.holds and known.last.number == stored.number:
            if notices.still_covers(known.notice_version, pair):
                return "same"
            reason = "notice_changed"
        elif known is not None and known.last.number > stored.number and account.at - known.last.at < on_its_way:
            return "on its way"
        else:
            reason = "not_in_store"
        await decisions.take_back_in(
            tx,
            keys,
            person,
            pair,
            by=None,
            reason=reason,
            at=account.at,
            notice=notices.current,
            state="pending" if reason == "notice_changed" else "revoked",
        )
        return "ended"
