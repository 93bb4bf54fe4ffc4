"""Defines the table of hints, as the code knows it. The migration creates it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from chassis.storage.tables import NOW, OURS, TIME
from content.tables import METADATA

#: the hints that were given, one a level of an exercise, each time that a person goes through the lesson
hints = sa.Table(
    "hints",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("lesson_id", UUID(), nullable=False),
    sa.Column("exercise_id", sa.Text, nullable=False),
    sa.Column("level", sa.SmallInteger, nullable=False),
    # of the text: lower where it stands in for one that tells the answer; NULL in rows of before, where it is unknown
    sa.Column("text_level", sa.SmallInteger),
    sa.Column("run", TIME, nullable=False),  # when the lesson was begun again; the epoch: never
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False, info=OURS),  # authored | local | cloud
    sa.Column("provider", sa.Text, info=OURS),
    sa.Column("model", sa.Text, info=OURS),
    sa.Column("verdicts", ARRAY(sa.Text), nullable=False, info=OURS),  # of each text: the rule that it broke, or passed
    sa.Column("cost_usd", sa.Numeric(12, 6), nullable=False),
    #: ids of other jobs that asked for it at the same time
    sa.Column("asked_as", ARRAY(UUID()), nullable=False, server_default="{}"),
    sa.Column("created_at", TIME, nullable=False, server_default=NOW),
    sa.UniqueConstraint("person_id", "lesson_id", "exercise_id", "level", "run", name="hints_once"),
    sa.Index("hints_day", "person_id", "created_at"),
)

#: for which roles models answer here, as feedback has told last: one row
model_roles = sa.Table(
    "model_roles",
    METADATA,
    sa.Column("id", sa.SmallInteger, primary_key=True),
    sa.Column("roles", ARRAY(sa.Text), nullable=False),
    sa.Column("at", TIME, nullable=False),
)
