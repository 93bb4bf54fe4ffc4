"""Defines the tables of notifications, as the code knows them. Migrations create them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from chassis.storage.tables import NOW, OURS, TIME, managed_columns
from notify.tables import METADATA

notifications = sa.Table(
    "notifications",
    METADATA,
    *managed_columns(),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("type", sa.Text, nullable=False, info=OURS),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("link", sa.Text),
    sa.Column("channel", sa.Text, nullable=False, server_default="in_app", info=OURS),  # read by the last release
    sa.Column("scheduled_time", TIME, nullable=False, server_default=NOW),
    sa.Column("delivered", sa.Boolean, nullable=False),  # shown in the application
    sa.Column("read_at", TIME),
    sa.Column("state", sa.Text, nullable=False, server_default="delivered", info=OURS),
    sa.Column("held", sa.Text, info=OURS),  # what it waits for while it is deferred: quiet-hours | digest
    sa.Column("deliver_at", TIME),
    sa.Column("stale_at", TIME),
    sa.Column("urgent", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("own", sa.Boolean, nullable=False, server_default=sa.false()),  # the person has made it
    sa.Column("kinds", ARRAY(sa.Text), info=OURS),  # of channels; null: those of its type
    sa.Column("key", sa.Text),  # what may be told once only
    sa.Column("told_in", UUID()),  # the summary or the digest that it went out with
    sa.Index("notifications_person", "person_id", "id"),
    sa.Index("notifications_key", "person_id", "key", unique=True, postgresql_where=sa.text("key IS NOT NULL")),
    sa.Index(
        "notifications_waiting",
        "person_id",
        "deliver_at",
        postgresql_where=sa.text("state IN ('scheduled', 'deferred')"),
    ),
)

notification_settings = sa.Table(
    "notification_settings",
    METADATA,
    sa.Column("person_id", UUID(), primary_key=True),
    sa.Column("settings", JSONB, nullable=False),
    sa.Column("changed_at", TIME, nullable=False, server_default=NOW),
)

#: what the gateway tells of people, as it is since `at`
people = sa.Table(
    "people",
    METADATA,
    sa.Column("person_id", UUID(), primary_key=True),
    sa.Column("at", TIME, nullable=False),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("age_band", sa.Text, nullable=False, info=OURS),
    sa.Column("adult", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("email", sa.Text),
    sa.Column("email_verified", sa.Boolean, nullable=False),
)

#: what content tells of learners, as it is since `at`
learners = sa.Table(
    "learners",
    METADATA,
    sa.Column("person_id", UUID(), primary_key=True),
    sa.Column("at", TIME, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("day_ends_at", TIME, nullable=False),
    sa.Column("done", sa.Boolean, nullable=False),
    sa.Column("run", sa.Integer, nullable=False),
    sa.Column("reviews_due", sa.Integer, nullable=False),
    sa.Column("next_review_at", TIME),
    sa.Column("reviews_due_since", TIME),  # null: none is due, or content has not said
)

#: every decision, also that nothing was told; without any text of a notification
decisions = sa.Table(
    "decisions",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("notification_id", UUID()),  # null: none was made
    sa.Column("at", TIME, nullable=False, server_default=NOW),
    sa.Column("type", sa.Text, nullable=False, info=OURS),
    sa.Column("channel", sa.Text, nullable=False, info=OURS),
    sa.Column("decision", sa.Text, nullable=False, info=OURS),  # send | defer | drop
    sa.Column("reason", sa.Text, nullable=False, info=OURS),
    sa.Column("rule", sa.Text, nullable=False, info=OURS),
    sa.Column("deliver_at", TIME),
    sa.Index("decisions_person", "person_id", "id"),
    sa.Index("decisions_notification", "notification_id", "id"),
)
