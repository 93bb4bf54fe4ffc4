"""Stores who agreed to what, when and how; no other module does. Rows are only added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row

from chassis.observe import metrics
from chassis.privacy.law import Method, Pair, Purpose, Recipient
from chassis.storage.database import Database, Transaction
from chassis.storage.statement import Repeatable

State = Literal["granted", "pending", "revoked"]
#: why something was decided, where that is not plain
Reason = Literal[
    "asked",  # by a guardian, or by the person of age
    "by_doing",  # a person of age made the thing that needs it
    "made_before",  # a person of age had made it before it needed a consent
    "form",  # an admin decided on a signed form
    "link_ended",
    "guardian_erased",
    "came_of_age",
    "not_of_age_any_more",
    "age",  # renewed with the day on which the child comes of age now
    "not_in_store",  # the two records differed
    "notice_changed",
]

_COLUMNS = (
    "c.id, c.purpose, c.recipient, c.number, c.state, c.method, c.notice_version, c.by_id, c.at, c.until, c.reason"
)
# $1 id $2 person $3 purpose $4 recipient $5 number $6 state $7 method $8 notice_version $9 evidence_id $10 by_id
# $11 reason $12 at $13 until
_ADD = """
INSERT INTO consents (
  id, person_id, purpose, recipient, number, state, method, notice_version, evidence_id, by_id, reason, at, until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""
# $1 person
_OF = Repeatable(f"""
SELECT {_COLUMNS}, f.at AS confirmed_at, c.evidence_id FROM consents c
  LEFT JOIN consent_confirmations f ON f.consent_id = c.id WHERE c.person_id = $1 ORDER BY c.number
""")
# $1 person $2 the cursor $3 limit
_PAGE = Repeatable(
    f"SELECT {_COLUMNS} FROM consents c WHERE c.person_id = $1 AND c.id < $2 ORDER BY c.id DESC LIMIT $3"
)
# $1 consent $2 person. No row: it was confirmed before.
_CONFIRM = """
INSERT INTO consent_confirmations (consent_id, person_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING at
"""
# $1 person $2 number of people. The last decision about each pair of the next people who are not erased.
_NEWEST = Repeatable("""
SELECT DISTINCT ON (person_id, purpose, recipient) person_id, purpose, recipient, number, state, until, notice_version
  FROM consents WHERE person_id IN (
    SELECT DISTINCT c.person_id FROM consents AS c
     WHERE c.person_id > $1 AND EXISTS (SELECT FROM people p WHERE p.id = c.person_id) ORDER BY c.person_id LIMIT $2)
 ORDER BY person_id, purpose, recipient, number DESC
""")


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """Holds one decision. `by` is who decided; None: Voxbus, for the reason given. `until`: it ends by itself."""

    id: UUID
    pair: Pair
    number: int
    state: State
    method: Method | None
    notice_version: int
    by: UUID | None
    reason: Reason
    at: datetime
    until: datetime | None = None
    evidence: UUID | None = None
    confirmed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Consent:
    """Holds what was decided about one pair up to now. `number` is that of the last decision, `id` its id."""

    pair: Pair
    last: Decision
    granted_at: datetime | None
    confirmed_at: datetime | None
    revoked_at: datetime | None
    method: Method | None
    notice_version: int

    def state_at(self, now: datetime) -> State:
        """Returns the state; one that has ended by itself is revoked."""
        return "revoked" if self._has_ended(now) else self.last.state

    def revoked_by(self, now: datetime) -> datetime | None:
        """Returns when it was revoked, or ended by itself."""
        return self.last.until if self._has_ended(now) else self.revoked_at

    def _has_ended(self, now: datetime) -> bool:
        return self.last.state == "granted" and self.last.until is not None and self.last.until <= now


async def add(tx: Transaction, person: UUID, decision: Decision) -> None:
    """Adds a decision."""
    await tx.fetch(
        _ADD,
        decision.id,
        person,
        *decision.pair,
        decision.number,
        decision.state,
        decision.method,
        decision.notice_version,
        decision.evidence,
        decision.by,
        decision.reason,
        decision.at,
        decision.until,
    )
    if decision.state != "pending":
        tx.on_commit(metrics.CONSENT_DECISIONS.labels(decision.pair[0], decision.state).inc)


async def confirm(tx: Transaction, consent: UUID, person: UUID) -> bool:
    """Notes that the second mail about a decision is on its way; False when it was before."""
    return bool(await tx.fetch(_CONFIRM, consent, person))


async def of_person(place: Transaction | Database, person: UUID) -> dict[Pair, Consent]:
    """Returns what was decided about each pair of which anything ever was."""
    by_pair: dict[Pair, list[Decision]] = {}
    for row in await place.fetch(_OF, person):
        decision = _decision(row, evidence=row.evidence_id, confirmed_at=row.confirmed_at)
        by_pair.setdefault(decision.pair, []).append(decision)
    return {pair: consent_of(decisions) for pair, decisions in by_pair.items()}


async def history(database: Database, person: UUID, before: UUID, limit: int) -> list[Decision]:
    """Returns a page of all decisions, newest first."""
    return [_decision(row) for row in await database.fetch(_PAGE, person, before, limit)]


async def newest(database: Database, after: UUID, people: int) -> Sequence[Row[Any]]:
    """Returns the last decision about each pair of the next so many people, in the order of their ids."""
    return await database.fetch(_NEWEST, after, people)


def consent_of(decisions: Sequence[Decision]) -> Consent:
    """Sums up the decisions about one pair, in order of their numbers."""
    last = decisions[-1]
    granted = next((each for each in reversed(decisions) if each.state == "granted"), None)
    shown = last if last.state == "pending" or granted is None else granted
    return Consent(
        pair=last.pair,
        last=last,
        granted_at=None if last.state == "pending" or granted is None else granted.at,
        confirmed_at=None if last.state == "pending" or granted is None else granted.confirmed_at,
        revoked_at=last.at if last.state == "revoked" else None,
        method=shown.method,
        notice_version=shown.notice_version,
    )


def _decision(row: Row[Any], evidence: UUID | None = None, confirmed_at: datetime | None = None) -> Decision:
    purpose: Purpose = row.purpose
    recipient: Recipient = row.recipient
    return Decision(
        id=row.id,
        pair=(purpose, recipient),
        number=row.number,
        state=row.state,
        method=row.method,
        notice_version=row.notice_version,
        by=row.by_id,
        reason=row.reason,
        at=row.at,
        until=row.until,
        evidence=evidence,
        confirmed_at=confirmed_at,
    )
