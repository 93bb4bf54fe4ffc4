"""Defines the tables of who decides for a child, and of the evidence of what was agreed to."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from chassis.storage.tables import NOW, OURS, TIME
from gateway.tables.metadata import METADATA

# Who decides for a child, `person_id`.
GUARDIANS = sa.Table(
    "guardians",
    METADATA,
    sa.Column("person_id", UUID(), primary_key=True),
    sa.Column("guardian_id", UUID(), primary_key=True),
    sa.Column("linked_at", TIME, nullable=False, server_default=NOW),
    sa.Column("told_of", TIME),  # the moment from which the child decides alone, once the guardian was told of it
    sa.CheckConstraint("person_id <> guardian_id", name="guardians_are_others"),
    sa.Index("guardians_of_guardian", "guardian_id", "person_id"),
)

# Whom a child has asked. The row goes with the address when the mail is answered, or nobody answers in time.
GUARDIAN_INVITATIONS = sa.Table(
    "guardian_invitations",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),  # SHA-256 of the token in the mail
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("invited_at", TIME, nullable=False, server_default=NOW),
    sa.Column("expires_at", TIME, nullable=False),
    sa.UniqueConstraint("hash", name="guardian_invitations_hash"),
    sa.Index("guardian_invitations_of_person", "person_id", "id"),
    sa.Index("guardian_invitations_expiry", "expires_at"),
)

# Who agreed to what, when, how, and to which text. Rows are only added: a trigger refuses any other change than
# forgetting whose they are. What holds now is in the key store (chassis.privacy.consents).
CONSENTS = sa.Table(
    "consents",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("purpose", sa.Text, nullable=False, info=OURS),
    sa.Column("recipient", sa.Text, nullable=False, info=OURS),
    sa.Column("number", sa.BigInteger, nullable=False),  # counts the decisions about this pair
    sa.Column("state", sa.Text, nullable=False, info=OURS),
    sa.Column("method", sa.Text, info=OURS),  # null: by the person, who is of age
    sa.Column("notice_version", sa.Integer, nullable=False),
    sa.Column("evidence_id", UUID()),
    sa.Column("by_id", UUID()),  # who decided; null: Voxbus, for a reason of `reason`
    sa.Column("reason", sa.Text, nullable=False, info=OURS),
    sa.Column("at", TIME, nullable=False, server_default=NOW),
    sa.Column("until", TIME),  # when the child comes of age
    sa.UniqueConstraint("person_id", "purpose", "recipient", "number", name="consents_number"),
    sa.CheckConstraint("state IN ('granted', 'pending', 'revoked')", name="consents_state"),
    sa.Index("consents_of_person", "person_id", "id"),
    sa.Index("consents_by", "by_id", postgresql_where=sa.text("by_id IS NOT NULL")),
)

# Forms that guardians have signed. The file is ciphertext, with the child's key, and goes with the decision.
CONSENT_FORMS = sa.Table(
    "consent_forms",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("by_id", UUID(), nullable=False),  # the guardian
    sa.Column("media_type", sa.Text, nullable=False, info=OURS),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary),
    sa.Column("state", sa.Text, nullable=False, server_default="pending", info=OURS),
    sa.Column("reason", sa.Text),
    sa.Column("decided_by", UUID()),
    sa.Column("at", TIME, nullable=False, server_default=NOW),
    sa.Column("decided_at", TIME),
    sa.CheckConstraint("state IN ('pending', 'approved', 'refused', 'expired')", name="consent_forms_state"),
    sa.CheckConstraint("content IS NULL OR state = 'pending'", name="consent_forms_content"),
    sa.Index("consent_forms_of_person", "person_id"),
    sa.Index("consent_forms_by", "by_id"),
    sa.Index("consent_forms_decided_by", "decided_by", postgresql_where=sa.text("decided_by IS NOT NULL")),
    sa.Index("consent_forms_waiting", "id", postgresql_where=sa.text("state = 'pending'")),
)

# When the second mail of `email_plus` was sent.
CONSENT_CONFIRMATIONS = sa.Table(
    "consent_confirmations",
    METADATA,
    sa.Column("consent_id", UUID(), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("at", TIME, nullable=False, server_default=NOW),
    sa.Index("consent_confirmations_of_person", "person_id"),
)

# Who had webhooks before they wanted a consent: filled by a migration, emptied by the next start of a gateway.
WEBHOOKS_BEFORE = sa.Table(
    "webhooks_before",
    METADATA,
    sa.Column("person_id", UUID(), primary_key=True),
    sa.Column("made_at", TIME, nullable=False),  # the first of them
)
