"""Makes the table of signed forms, which wait for an admin."""

from __future__ import annotations

from alembic import op

revision = "0016_signed_forms"
down_revision = "0024_public_api"

_STATEMENTS = (
    """
    CREATE TABLE consent_forms (
      id uuid PRIMARY KEY, person_id uuid NOT NULL, by_id uuid NOT NULL, media_type text NOT NULL,
      size integer NOT NULL, sha256 text NOT NULL, content bytea,
      state text NOT NULL DEFAULT 'pending', reason text, decided_by uuid,
      at timestamptz NOT NULL DEFAULT now(), decided_at timestamptz,
      CONSTRAINT consent_forms_state CHECK (state IN ('pending', 'approved', 'refused', 'expired')),
      CONSTRAINT consent_forms_content CHECK (content IS NULL OR state = 'pending'))
    """,
    "CREATE INDEX consent_forms_of_person ON consent_forms (person_id)",
    "CREATE INDEX consent_forms_by ON consent_forms (by_id)",
    "CREATE INDEX consent_forms_decided_by ON consent_forms (decided_by) WHERE decided_by IS NOT NULL",
    "CREATE INDEX consent_forms_waiting ON consent_forms (id) WHERE state = 'pending'",
)


def upgrade() -> None:
    """Makes the table and its indexes."""
    for statement in _STATEMENTS:
        op.execute(statement)
