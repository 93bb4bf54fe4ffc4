"""Adds the toys' tables."""

from alembic import op

from chassis.storage.idempotency_v1 import create_idempotency

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_idempotency(op.execute)
    op.execute(
        "CREATE TABLE toys (id uuid PRIMARY KEY, name text NOT NULL CONSTRAINT toys_name UNIQUE, age integer NOT NULL,"
        " note text, worn_at timestamptz, version integer NOT NULL DEFAULT 1,"
        " created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),"
        " CONSTRAINT toys_not_forbidden CHECK (name <> 'forbidden'))"
    )
    op.execute(
        "CREATE TABLE notes (id uuid PRIMARY KEY, person_id uuid NOT NULL, text text NOT NULL,"
        " version integer NOT NULL DEFAULT 1)"
    )
    op.execute("CREATE INDEX notes_person ON notes (person_id, id)")
