"""Makes room for which recordings are kept after use, because that was agreed to."""

from __future__ import annotations

from alembic import op

revision = "0034_kept_recordings"
down_revision = "0033_log_erased"


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    op.execute(
        "CREATE TABLE kept_recordings (id uuid PRIMARY KEY, person_id uuid NOT NULL, media_type text NOT NULL,"
        " size bigint NOT NULL, created_at timestamptz NOT NULL DEFAULT now())"
    )
    op.execute("CREATE INDEX kept_recordings_of_person ON kept_recordings (person_id, id)")
    op.execute("CREATE INDEX kept_recordings_age ON kept_recordings (created_at)")
