"""The toys' tables."""

from alembic import op

from chassis.storage.delivery_v1 import create_delivery_tables
from chassis.storage.delivery_v2 import create_erased_people
from chassis.storage.delivery_v3 import create_open_view
from chassis.storage.delivery_v4 import add_media_tried
from chassis.storage.idempotency_v1 import create_idempotency

revision = "0001"
down_revision = None


def upgrade() -> None:
    for step in (create_delivery_tables, create_erased_people, create_open_view, add_media_tried, create_idempotency):
        step(op.execute)
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
