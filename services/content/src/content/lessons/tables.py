"""Defines the tables of lessons and other content, as the code knows them. The migration creates them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from chassis.storage.tables import NOW, OURS, TIME, managed_columns
from content.tables import METADATA

#: what authors work on: one row a lesson or other entry, published or not; `version` is that of the draft
entries = sa.Table(
    "entries",
    METADATA,
    *managed_columns(),
    sa.Column("kind", sa.Text, nullable=False),  # lesson | announcement | faq | page
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("topic", sa.Text),  # of a lesson
    sa.Column("status", sa.Text, nullable=False),  # draft | published | retired
    sa.Column("revision", sa.Integer, nullable=False),  # the newest, which is the draft
    sa.Column("published_revision", sa.Integer),
    sa.Column("updated_by", UUID()),  # NULL: seeded or imported at start; zeros: an author who is erased
    sa.Column("created_by", UUID()),
    sa.UniqueConstraint("kind", "key", name="entries_key"),
    sa.Index("entries_by_change", "updated_at", "id"),
)

#: what was written, which never changes; only `fixed_by` is set later
revisions = sa.Table(
    "revisions",
    METADATA,
    sa.Column("entry_id", UUID(), sa.ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),  # the file
    sa.Column("content", JSONB),  # the value made of it; NULL while the file has mistakes
    sa.Column("html", sa.Text),  # of the text
    sa.Column("pictures", JSONB, nullable=False, server_default="[]"),  # stored pictures: name, ref, media type, size
    sa.Column("made_by", UUID()),
    sa.Column("made_at", TIME, nullable=False, server_default=NOW),
    sa.Column("published_at", TIME),
    sa.Column("fixed_by", sa.Integer),  # a later revision that differs in texts alone, and is read in its place
)

#: what learners see: one row a lesson that was ever published, with the id of its entry
lessons = sa.Table(
    "lessons",
    METADATA,
    sa.Column("id", UUID(), sa.ForeignKey("entries.id"), primary_key=True),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("position", sa.Text(collation="C"), nullable=False),  # order of topics, then sequence
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("difficulty", sa.Text, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("requires", ARRAY(sa.Text), nullable=False),
    sa.Column("exercises", sa.Integer, nullable=False),  # how many
    sa.Column("exercise_ids", ARRAY(sa.Text)),  # NULL: written by a release before, which did not note them
    sa.Column("revision", sa.Integer, nullable=False),  # the published one
    sa.Column("retired", sa.Boolean, nullable=False, server_default=sa.text("false")),
    sa.Column("published_at", TIME, nullable=False, server_default=NOW),
    sa.UniqueConstraint("key", name="lessons_key"),
    sa.Index("lessons_by_position", "position", "id"),
)

#: where each person is: in which revision, since when, and what was unlocked
lesson_places = sa.Table(
    "lesson_places",
    METADATA,
    sa.Column("person_id", UUID(), primary_key=True),
    sa.Column("lesson_id", UUID(), primary_key=True),
    sa.Column("unlocked_at", TIME, nullable=False, server_default=NOW),
    sa.Column("revision", sa.Integer),  # where the person stays; NULL: not begun, or completed
    sa.Column("started_at", TIME),
    sa.Column("restarted_at", TIME),
    sa.Column("completed_at", TIME),
    sa.Column("score", sa.SmallInteger),  # the best, 0–100
    sa.Index("lesson_places_lesson", "lesson_id"),
)

#: files of the packaged lessons as they were last taken; an entry that differs belongs to its authors
seeded_entries = sa.Table(
    "seeded_entries",
    METADATA,
    sa.Column("kind", sa.Text, primary_key=True, info=OURS),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("digest", sa.LargeBinary, nullable=False),  # SHA-256 of the file
    sa.Column("earlier", ARRAY(sa.LargeBinary), nullable=False, server_default="{}"),  # those of before
)

#: what an import was answered, so that a repeated request is answered alike
imports = sa.Table(
    "imports",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("answer", JSONB, nullable=False),
    sa.Column("at", TIME, nullable=False, server_default=NOW),
    sa.Index("imports_person", "person_id"),
    sa.Index("imports_at", "at"),
)

#: what learners say about lessons, and what they were answered
reports = sa.Table(
    "reports",
    METADATA,
    *managed_columns(),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("lesson_id", UUID()),
    sa.Column("exercise_id", sa.Text),
    sa.Column("kind", sa.Text, nullable=False, info=OURS),  # mistake | unclear | idea | praise | bug
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False, info=OURS),  # open | in_progress | resolved | rejected
    sa.Column("reply", sa.Text),
    sa.Column("replied_at", TIME),
    sa.Column("replied_by", UUID()),
    sa.Index("reports_person", "person_id"),
    sa.Index("reports_lesson", "lesson_id"),
)
