"""Writes decisions about consents: the evidence in the caller's transaction, and what holds now beside the key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.errors import DependencyDown
from chassis.message.envelope import new_id
from chassis.privacy.law import Method, Pair
from chassis.storage.database import Transaction
from chassis.storage.keys import Keys
from chassis.storage.stored_consent import ConsentAnswer, StoredConsent
from gateway.consents import evidence, guardians, kept_recordings
from gateway.consents.evidence import Consent, Decision, Reason, State


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """Describes a consent that is to be given, by whom and how. `method` None: by the person, who is of age.

    `until`: when the child comes of age, which ends it.
    """

    pair: Pair
    by: UUID | None
    notice_version: int
    method: Method | None = None
    state: State = "granted"
    reason: Reason = "asked"
    evidence: UUID | None = None
    until: datetime | None = None


async def give_in(
    tx: Transaction, keys: Keys, person: UUID, wish: Wish, at: datetime
) -> tuple[Decision | None, Consent]:
    """Writes the evidence of a consent, unless it says the same already: then there is no new decision.

    The caller's transaction has locked the person. After its commit the caller stores the decision (`store`). Raises
    `DependencyDown`.
    """
    known = (await evidence.of_person(tx, person)).get(wish.pair)
    stored = await keys.read_consent(person, *wish.pair)
    agrees = known is not None and known.last.number == stored.number
    if known is not None and agrees and (_says(known, wish, at) or _is_more(known, wish, at)):
        return None, known
    decision = Decision(
        id=new_id(),
        pair=wish.pair,
        number=_next(stored, known),
        state=wish.state,
        method=wish.method,
        notice_version=wish.notice_version,
        by=wish.by,
        reason=wish.reason,
        at=at,
        until=wish.until,
        evidence=wish.evidence,
    )
    await evidence.add(tx, person, decision)
    await keys.make([person])
    return decision, evidence.consent_of([decision])


async def take_back_in(
    tx: Transaction,
    keys: Keys,
    person: UUID,
    pair: Pair,
    *,
    by: UUID | None,
    reason: Reason,
    at: datetime,
    notice: int,
    state: State = "revoked",
) -> bool:
    """Stores that a consent is taken back, and writes the evidence; tells whether it had been given.

    The caller's transaction has locked the person. `notice`: the version of today, for what was never given. `state`:
    `pending` where it is asked again. Raises `DependencyDown`.
    """
    known = (await evidence.of_person(tx, person)).get(pair)
    stored = await keys.read_consent(person, *pair)
    was_given = stored.holds or (known is not None and known.last.state != "revoked")
    if not was_given and known is not None:
        return False
    decision = Decision(
        id=new_id(),
        pair=pair,
        number=_next(stored, known),
        state=state,
        method=known.method if known else None,
        notice_version=known.notice_version if known else notice,
        by=by,
        reason=reason,
        at=at,
    )
    await evidence.add(tx, person, decision)
    await keys.make([person])
    if not await store(keys, person, decision):
        raise DependencyDown("what else was decided", 1.0)
    if pair == kept_recordings.KEEP:
        await kept_recordings.forget(tx, [person])
    return was_given


async def store(keys: Keys, person: UUID, decision: Decision) -> bool:
    """Stores what a decision says beside the person's key; False where a later one stands, or the person was erased."""
    purpose, recipient = decision.pair
    return await keys.write_consent(
        StoredConsent(
            person=person,
            purpose=purpose,
            recipient=recipient,
            number=decision.number,
            granted=decision.state == "granted",
            child=decision.method is not None,
            until=decision.until,
        )
    )


async def resting_on(tx: Transaction, child: UUID, *, without: UUID | None = None) -> list[Pair]:
    """Returns the pairs of a child whose consents were given by nobody who is a guardian now, or only by `without`."""
    left = {link.person for link in await guardians.of_child(tx, child)} - {without}
    known = await evidence.of_person(tx, child)
    return [pair for pair, each in known.items() if each.last.state != "revoked" and each.last.by not in left]


def _next(stored: ConsentAnswer, known: Consent | None) -> int:
    return max(stored.number, 0 if known is None else known.last.number) + 1


def _is_more(known: Consent, wish: Wish, now: datetime) -> bool:
    """Tells whether what would wait is given already."""
    return wish.state == "pending" and known.state_at(now) == "granted"


def _says(known: Consent, wish: Wish, now: datetime) -> bool:
    return (
        known.state_at(now) == wish.state
        and known.method == wish.method
        and known.notice_version == wish.notice_version
        and known.last.evidence == wish.evidence
        and known.last.until == wish.until
    )
