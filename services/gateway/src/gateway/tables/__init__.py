"""Defines the gateway's tables. They must match what its migrations create: `make check` compares the two."""

from __future__ import annotations

from gateway.tables.accounts import (
    EXCHANGE_CODES,
    FORGOTTEN_PASSWORDS,
    IDENTITIES,
    INACTIVE_PEOPLE,
    MAILED_LINKS,
    OAUTH_STATES,
    PEOPLE,
    REVOKED_TOKENS,
    SECURITY_EVENTS,
    SESSIONS,
    TICKETS,
)
from gateway.tables.consents import (
    CONSENT_CONFIRMATIONS,
    CONSENT_FORMS,
    CONSENTS,
    GUARDIAN_INVITATIONS,
    GUARDIANS,
    WEBHOOKS_BEFORE,
)
from gateway.tables.erasures import CERTIFICATE_KEYS, DELETION_RECEIPTS, ERASURE_RECIPIENTS, ERASURE_SERVICES, ERASURES
from gateway.tables.jobs import (
    AUDIT,
    EXPORTS,
    IDEMPOTENCY,
    JOBS,
    KEPT_RECORDINGS,
    KIND_TURNS,
    LOG,
    ORPHANS,
    PERSON_TURNS,
    TOPOLOGY_SEEN,
)
from gateway.tables.metadata import METADATA
from gateway.tables.operators import OPERATOR_ACTS
from gateway.tables.replays import REPLAY_ITEMS, REPLAYED, REPLAYS

__all__ = [
    "AUDIT",
    "CERTIFICATE_KEYS",
    "CONSENTS",
    "CONSENT_CONFIRMATIONS",
    "CONSENT_FORMS",
    "DELETION_RECEIPTS",
    "ERASURES",
    "ERASURE_RECIPIENTS",
    "ERASURE_SERVICES",
    "EXCHANGE_CODES",
    "EXPORTS",
    "FORGOTTEN_PASSWORDS",
    "GUARDIANS",
    "GUARDIAN_INVITATIONS",
    "IDEMPOTENCY",
    "IDENTITIES",
    "INACTIVE_PEOPLE",
    "JOBS",
    "KEPT_RECORDINGS",
    "KIND_TURNS",
    "LOG",
    "MAILED_LINKS",
    "METADATA",
    "OAUTH_STATES",
    "OPERATOR_ACTS",
    "ORPHANS",
    "PEOPLE",
    "PERSON_TURNS",
    "REPLAYED",
    "REPLAYS",
    "REPLAY_ITEMS",
    "REVOKED_TOKENS",
    "SECURITY_EVENTS",
    "SESSIONS",
    "TICKETS",
    "TOPOLOGY_SEEN",
    "WEBHOOKS_BEFORE",
]
