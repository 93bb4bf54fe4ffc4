"""Defines the tables of progress, as the code knows them. The migration creates them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

from chassis.storage.tables import NOW, OURS, TIME
from content.tables import METADATA

#: everything that a person did, once for ever; all other tables here are folds of it
learning_events = sa.Table(
    "learning_events",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("client_id", UUID(), nullable=False),  # made by the client; of our own events by us
    sa.Column("type", sa.Text, nullable=False, info=OURS),  # attempt | review | opened | hint | restarted
    sa.Column("lesson_id", UUID(), nullable=False),
    sa.Column("exercise_id", sa.Text),
    sa.Column("revision", sa.Integer),  # by which it was scored
    sa.Column("at", TIME, nullable=False),  # when it happened
    sa.Column("received_at", TIME, nullable=False, server_default=NOW),
    sa.Column("day", sa.Date, nullable=False),  # of the setting in force when it happened
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("duration_ms", sa.Integer),
    sa.Column("answer", JSONB),
    sa.Column("correct", sa.Boolean),
    sa.Column("score", sa.Double),
    sa.Column("rating", sa.Text, info=OURS),  # the learner's own, of a flash card
    sa.Column("hint", sa.SmallInteger),  # level of a hint that was seen
    sa.Column("result", JSONB),  # what the client was answered first
    sa.UniqueConstraint("person_id", "client_id", name="learning_events_client"),
    sa.Index("learning_events_newest", "person_id", "lesson_id", "received_at"),
    sa.Index("learning_events_time", "person_id", "at", "id"),
)

#: how many events of a person were taken on the last day (UTC) on which any was
events_taken = sa.Table(
    "events_taken",
    METADATA,
    sa.Column("person_id", UUID(), primary_key=True),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("events", sa.Integer, nullable=False),
)

#: the fold of a person's events in a lesson
lesson_progress = sa.Table(
    "lesson_progress",
    METADATA,
    sa.Column("person_id", UUID(), primary_key=True),
    sa.Column("lesson_id", UUID(), primary_key=True),
    sa.Column("id", UUID(), nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("status", sa.Text, nullable=False, info=OURS),  # open | started | completed
    sa.Column("score", sa.SmallInteger),
    sa.Column("best_score", sa.SmallInteger),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("started_at", TIME),
    sa.Column("completed_at", TIME),
    sa.Column("last_at", TIME, nullable=False),  # of the last event that is folded
    sa.Column("exercises", JSONB, nullable=False),
    # with which the fold goes on at the next event; NULL in rows that the release before has written
    sa.Column("snapshot", JSONB),
)

#: the fold of a person's answers to an exercise that is to be reviewed
review_cards = sa.Table(
    "review_cards",
    METADATA,
    sa.Column("person_id", UUID(), primary_key=True),
    sa.Column("lesson_id", UUID(), primary_key=True),
    sa.Column("exercise_id", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("due", TIME, nullable=False),
    sa.Column("state", sa.Text, nullable=False, info=OURS),  # learning | review | relearning
    sa.Column("stability", sa.Double),
    sa.Column("difficulty", sa.Double),
    sa.Column("reviews", sa.Integer, nullable=False),
    sa.Column("card", JSONB, nullable=False),  # FSRS's values and parameters
    sa.Index("review_cards_due", "person_id", "due"),
)

#: what a hand-in was answered, so that its repetition is answered alike
handed_in = sa.Table(
    "handed_in",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("answer", JSONB, nullable=False),
    sa.Column("at", TIME, nullable=False, server_default=NOW),
    sa.Index("handed_in_person", "person_id"),
    sa.Index("handed_in_at", "at"),
)

#: what is to be sent to a learning record store, in the order of `number`
statements_due = sa.Table(
    "statements_due",
    METADATA,
    sa.Column("number", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("type", sa.Text, nullable=False, info=OURS),  # attempt | review | opened | completed | passed
    sa.Column("lesson_id", UUID(), nullable=False),
    sa.Column("event_id", UUID()),  # NULL where a lesson was completed or passed
    sa.Column("added_at", TIME, nullable=False, server_default=NOW),
    sa.Index("statements_due_person", "person_id", "number"),
)

#: how much of a person's a learning record store was sent
statements_sent = sa.Table(
    "statements_sent",
    METADATA,
    sa.Column("person_id", UUID(), primary_key=True),
    sa.Column("statements", sa.BigInteger, nullable=False),
    sa.Column("first_at", TIME, nullable=False, server_default=NOW),
    sa.Column("last_at", TIME, nullable=False, server_default=NOW),
)
