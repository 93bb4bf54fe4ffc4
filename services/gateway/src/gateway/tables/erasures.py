"""Defines the tables of erasures, of their certificates, and of what was deleted because its time was over."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from chassis.storage.tables import NOW, TIME
from gateway.tables.metadata import METADATA

# Who is being erased, and that it was done. `person_id` and `address` stand there until every service has confirmed.
ERASURES = sa.Table(
    "erasures",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("person_id", UUID()),
    sa.Column("receipt", sa.LargeBinary),  # SHA-256; null: an operator has erased the person
    sa.Column("address", sa.LargeBinary),  # SHA-256 of the id and the e-mail address
    sa.Column("requested_at", TIME, nullable=False, server_default=NOW),
    sa.Column("erased_at", TIME),
    sa.Column("completed_at", TIME),
    sa.Column("certificate", sa.Text),
    sa.Column("grants", sa.LargeBinary),  # sealed: what those outside are told with; null once they are
    sa.Index("erasures_person", "person_id", unique=True),
    sa.Index("erasures_open", "requested_at", postgresql_where=sa.text("completed_at IS NULL")),
)

ERASURE_SERVICES = sa.Table(
    "erasure_services",
    METADATA,
    sa.Column("erasure_id", UUID(), sa.ForeignKey(ERASURES.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("service", sa.Text, primary_key=True),
    sa.Column("rows", sa.BigInteger),
    sa.Column("media", sa.BigInteger),
    sa.Column("at", TIME),  # null: not confirmed yet
)

ERASURE_RECIPIENTS = sa.Table(
    "erasure_recipients",
    METADATA,
    sa.Column("erasure_id", UUID(), sa.ForeignKey(ERASURES.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("recipient", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),  # done | not_kept | asked | not_possible
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("at", TIME, nullable=False, server_default=NOW),
)

# The public keys that have ever signed a certificate here: it can be verified after the secret key was turned.
CERTIFICATE_KEYS = sa.Table(
    "certificate_keys",
    METADATA,
    sa.Column("kid", sa.Text, primary_key=True),
    sa.Column("x", sa.Text, nullable=False),  # base64url
    sa.Column("since", TIME, nullable=False, server_default=NOW),
)

# What was deleted because its time was over, by whom: what services say of each batch (`retention.executed`).
DELETION_RECEIPTS = sa.Table(
    "deletion_receipts",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),  # in order of time
    sa.Column("service", sa.Text, nullable=False),
    sa.Column("class", sa.Text, nullable=False),
    sa.Column("items", sa.BigInteger, nullable=False),
    sa.Column("oldest_at", TIME),
    sa.Column("done_at", TIME, nullable=False),
)
