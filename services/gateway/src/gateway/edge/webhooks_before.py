"""Gives the consent of people of age to the webhooks that they had made before webhooks wanted one.

Making a webhook is what counts as the consent to it. A child's webhook gives none.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from uuid import UUID

from chassis.privacy.ages import Ages
from chassis.privacy.law import Pair
from chassis.storage.database import Database
from chassis.storage.keys import Keys
from chassis.storage.statement import Repeatable
from gateway.consents import decisions, evidence
from gateway.consents.decisions import Wish
from gateway.consents.evidence import Consent
from gateway.consents.notices import Notices
from gateway.edge.auth import accounts
from gateway.edge.auth.accounts import Account
from gateway.edge.auth.sessions import begin_with

_PAIR: Pair = ("notify", "webhook")
_PEOPLE_AT_ONCE = 500
#: decisions that a gateway may have left when it died over this work
_OF_THIS = ("made_before", "not_in_store")

# $1 limit
_NEXT = Repeatable("SELECT person_id, made_at FROM webhooks_before ORDER BY person_id LIMIT $1")
# $1 person
_DONE = Repeatable("DELETE FROM webhooks_before WHERE person_id = $1")


async def give_to_webhooks_before(
    database: Database, keys: Keys, ages: Ages, notices: Notices, clock: Callable[[], datetime]
) -> None:
    """Gives them once, as of the day of each person's first webhook. Raises `DependencyDown` without the key store."""
    while rows := await database.fetch(_NEXT, _PEOPLE_AT_ONCE):
        for row in rows:
            await _give(database, keys, ages, notices, clock(), row.person_id, row.made_at)
            await database.fetch(_DONE, row.person_id)


async def _give(
    database: Database, keys: Keys, ages: Ages, notices: Notices, now: datetime, person: UUID, made_at: datetime
) -> None:
    async with database.transaction(partial(begin_with, person)) as tx:
        account = await accounts.lock(tx, person)
        known = (await evidence.of_person(tx, person)).get(_PAIR)
        if account is None or not _counts(ages, account, known, now, made_at):
            return
        wish = Wish(pair=_PAIR, by=person, notice_version=notices.current, reason="made_before")
        decision, _ = await decisions.give_in(tx, keys, person, wish, made_at)
    if decision is not None:
        await decisions.store(keys, person, decision)


def _counts(ages: Ages, account: Account, known: Consent | None, now: datetime, made_at: datetime) -> bool:
    """Tells whether somebody was of age when they made a webhook, is so now, and has not decided otherwise since."""
    of_age_at = ages.of_age_at(account.born)
    of_age = of_age_at is not None and of_age_at <= min(made_at, now)
    return of_age and (known is None or known.last.reason in _OF_THIS)
