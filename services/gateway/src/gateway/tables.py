"""Defines the gateway's tables. They must match what its migrations create: `make check` compares the two."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from chassis.storage.tables import NOW, TIME, delivery_tables

METADATA = sa.MetaData()
delivery_tables(METADATA)

PEOPLE = sa.Table(
    "people",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("email", sa.Text, nullable=False),  # lower case
    sa.Column("username", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("birth_date", sa.Date),
    sa.Column("roles", ARRAY(sa.Text), nullable=False, server_default=sa.text("'{learner}'::text[]")),
    sa.Column("created_at", TIME, nullable=False, server_default=NOW),
    sa.UniqueConstraint("email", name="people_email"),
    sa.CheckConstraint("email = lower(email)", name="people_email_lower"),
)

# Narrow: the log holds a job's events, and its terminal row there the result.
JOBS = sa.Table(
    "jobs",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("status", sa.Text, nullable=False),  # accepted | running | succeeded | failed | cancelled
    sa.Column("deadline", TIME, nullable=False),
    sa.Column("last_seq", sa.BigInteger, nullable=False),
    sa.Column("created_at", TIME, nullable=False, server_default=NOW),
    sa.Column("finished_at", TIME),  # null while open
    sa.Column("heard_at", TIME, nullable=False, server_default=NOW),  # when it was accepted, or an event last recorded
    sa.Column("ready_at", TIME),  # when its command went to the broker; null again once something has happened
    sa.Index("jobs_of_person", "person_id", "id"),
    sa.Index("jobs_of_person_and_kind", "person_id", "kind", "id"),
    sa.Index("jobs_open_deadline", "deadline", postgresql_where=sa.text("finished_at IS NULL")),
    sa.Index("jobs_ready", "kind", "ready_at", postgresql_where=sa.text("ready_at IS NOT NULL")),
)

# Fair turns: the current turn of each kind, and the last one given to each person.
KIND_TURNS = sa.Table(
    "kind_turns",
    METADATA,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("turn", sa.BigInteger, nullable=False),
)
PERSON_TURNS = sa.Table(
    "person_turns",
    METADATA,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("person_id", UUID(), primary_key=True),
    sa.Column("turn", sa.BigInteger, nullable=False),
)
_OUTBOX = METADATA.tables["outbox"].c
sa.Index("outbox_held", _OUTBOX.key, _OUTBOX.turn, _OUTBOX.id, postgresql_where=sa.text("claimed_until = 'infinity'"))

# A stream belongs to a job, or to one event without a job. It is its own inbox: (stream_id, event_id) is unique.
LOG = sa.Table(
    "log",
    METADATA,
    sa.Column("stream_id", UUID(), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),  # from 1 without gaps
    sa.Column("event_id", UUID(), nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),  # major.minor
    sa.Column("time", TIME, nullable=False),
    sa.Column("person_id", UUID()),
    sa.Column("headers", JSONB, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("terminal", sa.Boolean, nullable=False, server_default=sa.text("false")),
    sa.Column("late", sa.Boolean, nullable=False, server_default=sa.text("false")),  # came after the terminal row
    sa.UniqueConstraint("stream_id", "event_id", name="log_event"),
    sa.Index(
        "log_ends",
        "stream_id",
        postgresql_include=["terminal"],
        postgresql_where=sa.text("terminal OR (seq = 1 AND stream_id <> event_id)"),
    ),
    postgresql_partition_by="RANGE (stream_id)",
)

IDEMPOTENCY = sa.Table(
    "idempotency",
    METADATA,
    sa.Column("person_id", UUID(), primary_key=True),
    sa.Column("route", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("job_id", UUID(), nullable=False),
    sa.Column("expires_at", TIME, nullable=False),
)

TICKETS = sa.Table(
    "tickets",
    METADATA,
    sa.Column("hash", sa.LargeBinary, primary_key=True),  # SHA-256
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("expires_at", TIME, nullable=False),
    sa.Index("tickets_expiry", "expires_at"),
)

TOPOLOGY_SEEN = sa.Table(
    "topology_seen",
    METADATA,
    sa.Column("queue", sa.Text, primary_key=True),
    sa.Column("seen_at", TIME, nullable=False),
    sa.Column("gaps", sa.Integer, nullable=False, server_default="0"),  # times it was made again and not yet repaired
)

# Open jobs that were found nowhere, as they stood then.
ORPHANS = sa.Table(
    "orphans",
    METADATA,
    sa.Column("job_id", UUID(), primary_key=True),
    sa.Column("last_seq", sa.BigInteger, nullable=False),
    sa.Column("found_at", TIME, nullable=False, server_default=NOW),
)
# One row: the gateway that changes `begun_at` does the next round and stores its result, which all gateways show.
AUDIT = sa.Table(
    "audit",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("begun_at", TIME, nullable=False),
    sa.Column("done_at", TIME),
    sa.Column("ledger", sa.BigInteger),
    sa.Column("in_flight", sa.BigInteger),
)
