"""Makes the tables of lessons: what authors write, its revisions, what is published, where each person is."""

from __future__ import annotations

from alembic import op

revision = "0008_lessons"
down_revision = "0007_public_api"

_STATEMENTS = (
    """
    CREATE TABLE entries (
      id uuid PRIMARY KEY, kind text NOT NULL, key text NOT NULL, title text NOT NULL, description text NOT NULL,
      topic text, status text NOT NULL, revision integer NOT NULL, published_revision integer, updated_by uuid,
      created_by uuid, version integer NOT NULL DEFAULT 1, created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(), CONSTRAINT entries_key UNIQUE (kind, key)
    )
    """,
    "CREATE INDEX entries_by_change ON entries (updated_at, id)",
    """
    CREATE TABLE revisions (
      entry_id uuid NOT NULL REFERENCES entries (id) ON DELETE CASCADE, revision integer NOT NULL, source text NOT NULL,
      content jsonb, html text, pictures jsonb NOT NULL DEFAULT '[]', made_by uuid,
      made_at timestamptz NOT NULL DEFAULT now(), published_at timestamptz, fixed_by integer,
      PRIMARY KEY (entry_id, revision)
    )
    """,
    """
    CREATE TABLE lessons (
      id uuid PRIMARY KEY REFERENCES entries (id), key text NOT NULL CONSTRAINT lessons_key UNIQUE, topic text NOT NULL,
      position text COLLATE "C" NOT NULL, sequence integer NOT NULL, title text NOT NULL, summary text NOT NULL,
      difficulty text NOT NULL, minutes integer NOT NULL, language text NOT NULL, requires text[] NOT NULL,
      exercises integer NOT NULL, revision integer NOT NULL, retired boolean NOT NULL DEFAULT false,
      published_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX lessons_by_position ON lessons (position, id)",
    """
    CREATE TABLE lesson_places (
      person_id uuid NOT NULL, lesson_id uuid NOT NULL, unlocked_at timestamptz NOT NULL DEFAULT now(),
      revision integer, started_at timestamptz, restarted_at timestamptz, completed_at timestamptz, score smallint,
      PRIMARY KEY (person_id, lesson_id)
    )
    """,
    "CREATE INDEX lesson_places_lesson ON lesson_places (lesson_id)",
    """
    CREATE TABLE seeded_entries (
      kind text NOT NULL, key text NOT NULL, digest bytea NOT NULL, PRIMARY KEY (kind, key)
    )
    """,
)


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    for statement in _STATEMENTS:
        op.execute(statement)
