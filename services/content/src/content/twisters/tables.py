"""Defines the tables of twisters and progress, as the code knows them. The migrations create them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from chassis.storage.tables import NOW, OURS, TIME, managed_columns
from content.tables import METADATA

twisters = sa.Table(
    "twisters",
    METADATA,
    *managed_columns(),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("difficulty", sa.SmallInteger, nullable=False),
    sa.Column("sounds", ARRAY(sa.Text), nullable=False),
    # of the text, without case and punctuation; NULL in rows that the last release has added, which `store` fills in
    sa.Column("words", sa.Text),
    sa.Index("twisters_words", "language", "words", unique=True),
)

#: ids of the packaged catalogue that were ever seeded here
seeded_twisters = sa.Table("seeded_twisters", METADATA, sa.Column("id", UUID(), primary_key=True))

twister_progress = sa.Table(
    "twister_progress",
    METADATA,
    sa.Column("person_id", UUID(), primary_key=True),
    sa.Column("sound", sa.Text, primary_key=True, info=OURS),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("score", sa.Double, nullable=False),
    sa.Column("recent", sa.Double, nullable=False),
    sa.Column("difficulty", sa.SmallInteger, nullable=False),
    sa.Column("trend", sa.Text, nullable=False, info=OURS),
)

folded_attempts = sa.Table(
    "folded_attempts",
    METADATA,
    sa.Column("attempt_id", UUID(), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("twister_id", UUID()),
    sa.Column("next_twister_id", UUID()),  # NULL: the catalogue had no twister in the attempt's language
    sa.Column("folded_at", TIME, nullable=False, server_default=NOW),
    sa.Index("folded_attempts_person", "person_id", "folded_at"),
    sa.Index(
        "folded_attempts_recent",
        "person_id",
        "folded_at",
        "attempt_id",
        postgresql_where=sa.text("twister_id IS NOT NULL"),
    ),
)
