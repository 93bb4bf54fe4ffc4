"""Compares what people decided with what the store of consents says. Where they differ, the answer is no."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from chassis.observe.logs import logger
from chassis.privacy.law import Pair, is_pair
from chassis.storage.database import Database
from chassis.storage.keys import Keys
from gateway.consents import decisions, evidence
from gateway.consents.evidence import Reason
from gateway.consents.notices import Notices
from gateway.edge.auth import accounts
from gateway.edge.auth.sessions import begin_with

_log = logger(__name__)


async def reconcile(database: Database, keys: Keys, notices: Notices) -> int:
    """Takes back each consent that only one of the records knows, or that a newer notice asks again; returns how many.

    A consent that is being given at this moment by another gateway may be among them: then that one answers 503.
    """
    now = datetime.now(UTC)
    said = {
        (row.person_id, (row.purpose, row.recipient)): row
        for row in await evidence.newest_of_all(database)
        if row.until is None or row.until > now
    }
    stored = {(each.person, (each.purpose, each.recipient)): each for each in await keys.consents()}
    ended = 0
    for person, pair in sorted({*said, *stored}):
        row, kept = said.get((person, pair)), stored.get((person, pair))
        granted = row is not None and row.state == "granted"
        holds = kept is not None and kept.granted and (kept.until is None or kept.until > now)
        if not (granted or holds) or not is_pair(pair):
            continue
        same = granted and holds and row is not None and kept is not None and row.number == kept.number
        covered = row is None or notices.still_covers(row.notice_version, pair)
        if not same or not covered:
            await _end(database, keys, notices, person, pair, "not_in_store" if not same else "notice_changed")
            ended += 1
    if ended:
        _log.warning("consents were taken back at the start", consents=ended)
    return ended


async def _end(database: Database, keys: Keys, notices: Notices, person: UUID, pair: Pair, reason: Reason) -> None:
    async with database.transaction(partial(begin_with, person)) as tx:
        account = await accounts.lock(tx, person)
        if account is None:
            return
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
