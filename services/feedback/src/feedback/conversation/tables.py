"""Defines the tables of conversations that are kept, as the code knows them. A migration creates them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

from chassis.storage.tables import NOW, TIME
from feedback.tables import METADATA

conversation_sessions = sa.Table(
    "conversation_sessions",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("title", sa.Text),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("started_at", TIME, nullable=False, server_default=NOW),
    sa.Column("ended_at", TIME),
    sa.Column("expires_at", TIME, nullable=False),
    sa.Column("messages", sa.Integer, nullable=False, server_default="0"),  # how many there are
    sa.Column("turns", sa.Integer, nullable=False, server_default="0"),
    sa.Index("conversation_sessions_person", "person_id", "id"),
    sa.Index("conversation_sessions_expired", "expires_at"),
)

messages = sa.Table(
    "messages",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column(
        "session_id",
        sa.ForeignKey("conversation_sessions.id", ondelete="CASCADE", name="messages_session"),
        nullable=False,
    ),
    sa.Column("number", sa.Integer, nullable=False),  # its place in the session, from 1; design notes name it
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("sender", sa.String(10), nullable=False),
    sa.Column("message_text", sa.Text, nullable=False),
    sa.Column("source", sa.Text),  # who answered; null for the person's own words
    sa.Column("interrupted", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created_at", TIME, nullable=False, server_default=NOW),
    sa.CheckConstraint("sender IN ('user', 'bot')", name="messages_sender"),
    sa.Index("messages_place", "session_id", "number", unique=True),
    sa.Index("messages_person", "person_id"),
)

conversation_turns = sa.Table(
    "conversation_turns",
    METADATA,
    sa.Column(
        "session_id",
        sa.ForeignKey("conversation_sessions.id", ondelete="CASCADE", name="conversation_turns_session"),
        nullable=False,
    ),
    sa.Column("turn", sa.Integer, nullable=False),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("model", sa.Text),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("first_token_ms", sa.Integer),
    sa.Column("total_ms", sa.Integer, nullable=False),
    sa.Column("interrupted_at_ms", sa.Integer),
    sa.Column("input_tokens", sa.Integer),
    sa.Column("output_tokens", sa.Integer),
    sa.Column("cost_usd", sa.Numeric(12, 6)),
    sa.Column("paid_by", sa.Text, nullable=False),  # caller | voxbus | nobody
    sa.Column("created_at", TIME, nullable=False, server_default=NOW),
    sa.PrimaryKeyConstraint("session_id", "turn"),
    sa.Index("conversation_turns_person", "person_id"),
)

#: what a model has written of a session. `said`: the SHA-256 of the messages that it has read
conversation_notes = sa.Table(
    "conversation_notes",
    METADATA,
    sa.Column(
        "session_id",
        sa.ForeignKey("conversation_sessions.id", ondelete="CASCADE", name="conversation_notes_session"),
        primary_key=True,
    ),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("said", sa.LargeBinary, nullable=False),
    sa.Column("notes", JSONB, nullable=False),
    sa.Column("created_at", TIME, nullable=False, server_default=NOW),
    sa.Index("conversation_notes_person", "person_id"),
)
