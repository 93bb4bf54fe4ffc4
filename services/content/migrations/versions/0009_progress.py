"""Makes the tables of progress and gamification: what learners did, the folds of it, and what is earned."""

from __future__ import annotations

from alembic import op

revision = "0009_progress"
down_revision = "0008_lessons"

_PROGRESS = (
    """
    CREATE TABLE learning_events (
      id uuid PRIMARY KEY, person_id uuid NOT NULL, client_id uuid NOT NULL, type text NOT NULL,
      lesson_id uuid NOT NULL, exercise_id text, revision integer, at timestamptz NOT NULL,
      received_at timestamptz NOT NULL DEFAULT now(), day date NOT NULL, time_zone text NOT NULL, duration_ms integer,
      answer jsonb, correct boolean, score double precision, rating text, hint smallint, result jsonb,
      CONSTRAINT learning_events_client UNIQUE (person_id, client_id)
    )
    """,
    "CREATE INDEX learning_events_lesson ON learning_events (person_id, lesson_id)",
    "CREATE INDEX learning_events_time ON learning_events (person_id, at, id)",
    """
    CREATE TABLE lesson_progress (
      person_id uuid NOT NULL, lesson_id uuid NOT NULL, id uuid NOT NULL, revision integer NOT NULL,
      status text NOT NULL, score smallint, best_score smallint, attempts integer NOT NULL, started_at timestamptz,
      completed_at timestamptz, last_at timestamptz NOT NULL, exercises jsonb NOT NULL,
      PRIMARY KEY (person_id, lesson_id)
    )
    """,
    """
    CREATE TABLE review_cards (
      person_id uuid NOT NULL, lesson_id uuid NOT NULL, exercise_id text NOT NULL, revision integer NOT NULL,
      due timestamptz NOT NULL, state text NOT NULL, stability double precision, difficulty double precision,
      reviews integer NOT NULL, card jsonb NOT NULL, PRIMARY KEY (person_id, lesson_id, exercise_id)
    )
    """,
    "CREATE INDEX review_cards_due ON review_cards (person_id, due)",
    """
    CREATE TABLE handed_in (
      id uuid PRIMARY KEY, person_id uuid NOT NULL, answer jsonb NOT NULL, at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX handed_in_person ON handed_in (person_id)",
    "CREATE INDEX handed_in_at ON handed_in (at)",
)
_GAMIFICATION = (
    """
    CREATE TABLE clock_settings (
      person_id uuid NOT NULL, since timestamptz NOT NULL, time_zone text, day_start time,
      PRIMARY KEY (person_id, since)
    )
    """,
    """
    CREATE TABLE learned_days (
      person_id uuid NOT NULL, day date NOT NULL, time_zone text NOT NULL, events integer NOT NULL,
      reviews integer NOT NULL, PRIMARY KEY (person_id, day)
    )
    """,
    """
    CREATE TABLE xp_awards (
      person_id uuid NOT NULL, key text NOT NULL, xp integer NOT NULL, reason text, event_id uuid NOT NULL,
      day date NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (person_id, key)
    )
    """,
    "CREATE INDEX xp_awards_day ON xp_awards (person_id, day)",
    """
    CREATE TABLE badges (
      person_id uuid NOT NULL, badge text NOT NULL, event_id uuid, awarded_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (person_id, badge)
    )
    """,
    """
    CREATE TABLE learner_settings (
      person_id uuid PRIMARY KEY, leaderboard boolean NOT NULL, name text NOT NULL, daily_goal integer NOT NULL
    )
    """,
)


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    for statement in (*_PROGRESS, *_GAMIFICATION):
        op.execute(statement)
