"""Defines the bodies of consents and of children, as clients see them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.privacy.law import AgeBand, Method, Purpose, Recipient
from chassis.web.validation import Input
from gateway.consents import evidence
from gateway.consents.evidence import Decision, State
from gateway.consents.notices import VERSIONS
from gateway.edge.schemas import example

#: the notice that the examples of requests agree to: an older one is refused
CURRENT = VERSIONS[-1].version
CHILD_ID = "018f6a1e-0000-7000-8000-000000000006"
_AT = "2026-11-20T10:00:00Z"
_GOES = "2027-11-21T00:00:00Z"
CONSENT = {
    "purpose": "assess_voice",
    "recipient": "voxbus",
    "state": "granted",
    "method": "email_plus",
    "notice_version": 1,
    "granted_at": _AT,
    "confirmed_at": None,
    "revoked_at": None,
}


class ConsentOut(BaseModel):
    """Describes what was decided about one purpose and one recipient.

    `method` is null for a person of age, who decides alone. `confirmed_at`: when the second mail was sent.
    """

    model_config = example(CONSENT)

    purpose: Purpose
    recipient: Recipient
    state: State
    method: Method | None
    notice_version: int
    granted_at: datetime | None
    confirmed_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, consent: evidence.Consent, now: datetime) -> ConsentOut:
        """Shapes a consent as the client sees it."""
        purpose, recipient = consent.pair
        return cls(
            purpose=purpose,
            recipient=recipient,
            state=consent.state_at(now),
            method=consent.method,
            notice_version=consent.notice_version,
            granted_at=consent.granted_at,
            confirmed_at=consent.confirmed_at,
            revoked_at=consent.revoked_by(now),
        )


class ConsentsOut(BaseModel):
    """Lists what was decided, one item for each purpose and recipient of which anything ever was."""

    model_config = example({"items": [CONSENT]})

    items: list[ConsentOut]


class DecisionOut(BaseModel):
    """Describes one decision. `by` is the person who decided; null: Voxbus, as when a link had ended."""

    model_config = example(
        {
            "id": "018f6a1e-0000-7000-8000-000000000007",
            "purpose": "assess_voice",
            "recipient": "voxbus",
            "state": "granted",
            "method": "email_plus",
            "notice_version": 1,
            "at": _AT,
            "by": "018f6a1e-0000-7000-8000-000000000002",
        }
    )

    id: UUID
    purpose: Purpose
    recipient: Recipient
    state: State
    method: Method | None
    notice_version: int
    at: datetime
    by: UUID | None

    @classmethod
    def of(cls, decision: Decision) -> DecisionOut:
        """Shapes a decision as the client sees it."""
        purpose, recipient = decision.pair
        return cls(
            id=decision.id,
            purpose=purpose,
            recipient=recipient,
            state=decision.state,
            method=decision.method,
            notice_version=decision.notice_version,
            at=decision.at,
            by=decision.by,
        )


class StoredOut(BaseModel):
    """Counts what is stored of a person, by class (`GET /privacy/retention`).

    `deleted_by`: when the newest of it goes at the latest; null where that depends on what is to come.
    """

    model_config = example({"class": "assessment", "items": 12, "oldest_at": _AT, "deleted_by": _GOES})

    kind: str = Field(alias="class")
    items: int
    oldest_at: datetime | None
    deleted_by: datetime | None


class ChildOut(BaseModel):
    """Describes a child as a guardian sees it."""

    model_config = example(
        {
            "id": CHILD_ID,
            "username": "Robin",
            "age_band": "under_consent_age",
            "linked_at": _AT,
            "consents": [CONSENT],
            "stored": [{"class": "assessment", "items": 12, "oldest_at": _AT, "deleted_by": _GOES}],
        }
    )

    id: UUID
    username: str
    age_band: AgeBand
    linked_at: datetime
    consents: list[ConsentOut]
    stored: list[StoredOut]


class Agree(Input):
    """Carries the version of the notice that was read."""

    model_config = example({"notice_version": CURRENT})

    notice_version: int = Field(strict=True)


class AgreeForChild(Input):
    """Carries the version of the notice that was read, and how the guardian has shown who they are."""

    model_config = example({"notice_version": CURRENT, "method": "email_plus"})

    notice_version: int = Field(strict=True)
    method: Method
    evidence_id: UUID | None = None
