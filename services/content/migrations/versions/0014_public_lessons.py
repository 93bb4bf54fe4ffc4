"""Lets people read lessons and their progress in schema `public_api`, and remembers which files a release once had."""

from __future__ import annotations

from alembic import op

from chassis.storage.public_view_v1 import OWNER, PERSON, create_public_view

revision = "0014_public_lessons"
down_revision = "0013_hints_of_models"

_TABLES = (
    # digests of files that were taken before the present one: an older replica that starts later does not go back
    "ALTER TABLE seeded_entries ADD COLUMN earlier bytea[] NOT NULL DEFAULT '{}'",
    """
    CREATE TABLE standings (
      person_id uuid PRIMARY KEY, streak integer NOT NULL, updated_at timestamptz NOT NULL DEFAULT now()
    )
    """,
)
# The text only of what the person may begin, or has begun.
_LESSONS = f"""
SELECT l.id AS lesson_id, l.key, l.topic, l.title, l.summary,
       CASE WHEN l.requires = '{{}}' OR EXISTS (
              SELECT FROM content.lesson_places p WHERE p.person_id = {PERSON} AND p.lesson_id = l.id)
            THEN r.content ->> 'text' END AS content,
       l.difficulty, l.sequence AS sequence_order, l.minutes, l.language, l.requires, l.revision,
       l.published_at AS created_at
  FROM content.lessons l JOIN content.revisions r ON r.entry_id = l.id AND r.revision = l.revision
 WHERE NOT l.retired AND {PERSON} IS NOT NULL
"""
_PROGRESS = f"""
SELECT id AS progress_id, person_id AS user_id, lesson_id, status = 'completed' AS completion_status, status, score,
       best_score, attempts, started_at, completed_at
  FROM content.lesson_progress WHERE person_id = {PERSON}
"""
# A UUIDv7 of the moment and of what the row is about, the same at each reading: the table has no id of its own.
_ID = """
(lpad(to_hex((extract(epoch FROM awarded_at) * 1000)::bigint), 12, '0') || '7'
 || substr(md5(person_id::text || badge), 1, 3) || '8' || substr(md5(person_id::text || badge), 4, 15))::uuid
"""
_GAMIFICATION = f"""
SELECT {_ID.strip()} AS record_id, person_id AS user_id, badge, awarded_at
  FROM content.badges WHERE person_id = {PERSON}
"""
_CONTENT = f"""
SELECT e.id AS content_id, e.kind, r.content ->> 'title' AS title, coalesce(r.content ->> 'summary', '') AS description,
       CASE WHEN e.kind = 'lesson' THEN e.id END AS lesson_id, r.published_at AS updated_at
  FROM content.entries e JOIN content.revisions r ON r.entry_id = e.id AND r.revision = e.published_revision
 WHERE e.status = 'published' AND {PERSON} IS NOT NULL
"""


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup. The gateway's `users` reads the last two tables."""
    for statement in _TABLES:
        op.execute(statement)
    lessons = "id, key, topic, title, summary, difficulty, sequence, minutes, language, requires, revision, retired"
    _view(
        "lessons",
        _LESSONS,
        lessons=f"{lessons}, published_at",
        lesson_places="person_id, lesson_id",
        revisions="entry_id, revision, content, published_at",
    )
    progress = "id, person_id, lesson_id, status, score, best_score, attempts, started_at, completed_at"
    _view("progress", _PROGRESS, lesson_progress=progress)
    _view("gamification", _GAMIFICATION, badges="person_id, badge, awarded_at")
    _view("cms_content", _CONTENT, entries="id, kind, status, published_revision")
    op.execute(f"GRANT SELECT (person_id, xp) ON content.xp_awards TO {OWNER}")
    op.execute(f"GRANT SELECT (person_id, streak) ON content.standings TO {OWNER}")


def _view(name: str, select: str, **reads: str) -> None:
    create_public_view(op.execute, "content", name, select, reads=reads)
