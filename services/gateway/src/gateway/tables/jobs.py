"""Defines the tables of jobs, their log and their turns, and of what watches over them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

from chassis.storage.tables import NOW, OURS, TIME, idempotency_table
from gateway.tables.metadata import METADATA

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
    sa.Column("recording_bytes", sa.BigInteger),  # null: none, or the last release has accepted it
    sa.Column("ready_at", TIME),  # when its command went to the broker; null again once something has happened
    sa.Index("jobs_of_person", "person_id", "id"),
    sa.Index("jobs_of_person_and_kind", "person_id", "kind", "id"),
    sa.Index("jobs_open_of_person", "person_id", postgresql_where=sa.text("finished_at IS NULL")),
    sa.Index("jobs_open_deadline", "deadline", postgresql_where=sa.text("finished_at IS NULL")),
    sa.Index("jobs_ready", "kind", "ready_at", postgresql_where=sa.text("ready_at IS NOT NULL")),
)

# Copies of everything about a person; the id is that of the job. The files lie in the media store, sealed with the
# person's key.
EXPORTS = sa.Table(
    "exports",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),  # whom it is about
    sa.Column("owner_id", UUID(), nullable=False),  # who has asked for it, and alone may fetch it
    sa.Column("created_at", TIME, nullable=False, server_default=NOW),
    # by service, the place of its part and its bytes
    sa.Column("parts", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),
    sa.Column("archive", sa.Text),  # its place; null: not made yet, or deleted
    sa.Column("size", sa.BigInteger),  # null: never made
    sa.Column("sha256", sa.Text),
    # of the archive; before it is made that of an archive of now
    sa.Column("expires_at", TIME, nullable=False, server_default=sa.text("now() + '7 days'::interval")),
    sa.Index("exports_of_person", "person_id", "id"),
    sa.Index("exports_of_owner", "owner_id", "id"),
    sa.Index("exports_expiry", "expires_at"),
)

# Recordings that are kept after use, because that was agreed to; the id is that of the attempt. Each lies in the media
# store, sealed with the person's key.
KEPT_RECORDINGS = sa.Table(
    "kept_recordings",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("media_type", sa.Text, nullable=False, info=OURS),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("created_at", TIME, nullable=False, server_default=NOW),
    sa.Index("kept_recordings_of_person", "person_id", "id"),
    sa.Index("kept_recordings_age", "created_at"),
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
    sa.Column("kind", sa.Text, primary_key=True, info=OURS),
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
    # the person was erased so long ago that nothing else remembers it
    sa.Column("erased", sa.Boolean, nullable=False, server_default=sa.text("false")),
    sa.UniqueConstraint("stream_id", "event_id", name="log_event"),
    sa.Index("log_time", "time"),
    sa.Index("log_person", "person_id", "time", postgresql_where=sa.text("person_id IS NOT NULL")),
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
    sa.Column("route", sa.Text, primary_key=True, info=OURS),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("job_id", UUID(), nullable=False),
    sa.Column("expires_at", TIME, nullable=False),
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

# Writes of the gateway itself, by which a repeated request is known; a job's are in `idempotency`.
idempotency_table(METADATA, "write_records")
