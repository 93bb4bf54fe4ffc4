"""Defines the tables of replays: each with the frozen plan of what it runs."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

from chassis.storage.tables import NOW, OURS, TIME
from gateway.tables.metadata import METADATA

REPLAYS = sa.Table(
    "replays",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("handler", sa.Text, nullable=False, info=OURS),  # <service>.<handler>
    sa.Column("mode", sa.Text, nullable=False, info=OURS),  # repair | reprocess
    sa.Column("status", sa.Text, nullable=False, info=OURS),  # planning | planned | running | done | cancelled
    sa.Column("filters", JSONB, nullable=False),  # without the person
    sa.Column("tape", sa.Text),  # the file, if it runs from a tape
    sa.Column("tape_sha256", sa.Text),
    sa.Column("rate", sa.Float),  # messages a second; null: as fast as the handler is
    sa.Column("planned", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),  # counts
    sa.Column("created_at", TIME, nullable=False, server_default=NOW),
    sa.Column("finished_at", TIME),
    sa.Column("ended", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),  # counts of items that are gone
)

# Those that ran well are counted and deleted when the replay has ended; those that failed stay with it.
REPLAY_ITEMS = sa.Table(
    "replay_items",
    METADATA,
    sa.Column("replay_id", UUID(), sa.ForeignKey("replays.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("n", sa.BigInteger, primary_key=True),
    sa.Column("event_id", UUID(), nullable=False),
    sa.Column("message_id", UUID(), nullable=False),  # under which it is handled now
    sa.Column("stream_id", UUID(), nullable=False),  # its place in the log; of a tape, its job
    sa.Column("place", sa.BigInteger, nullable=False),  # its number in the log's stream; of a tape, the line's offset
    sa.Column("state", sa.Text, nullable=False, info=OURS),  # to_run | done | skipped | failed
    sa.Column("why", sa.Text),  # of one that failed
    sa.Index("replay_items_to_run", "replay_id", "n", postgresql_where=sa.text("state = 'to_run'")),
)

# Under which id a handler was given an event anew: the same at each reprocessing, also of one older than the inbox.
REPLAYED = sa.Table(
    "replayed",
    METADATA,
    sa.Column("event_id", UUID(), primary_key=True),
    sa.Column("handler", sa.Text, primary_key=True, info=OURS),  # <service>.<handler>
    sa.Column("message_id", UUID(), nullable=False),
    sa.Column("done", sa.Boolean, nullable=False, server_default=sa.text("false")),
)
