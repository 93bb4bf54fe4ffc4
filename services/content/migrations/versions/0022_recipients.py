"""Makes room for whether a learning record store may have something of each person, also where it has refused it."""

from __future__ import annotations

from alembic import op

from chassis.storage.recipients_v1 import create_recipients

revision = "0022_recipients"
down_revision = "0021_twister_progress"

_KNOWN = """
INSERT INTO recipients (person_id, recipient, own_key, first_at)
SELECT person_id, 'lrs', false, first_at FROM statements_sent
"""


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    create_recipients(op.execute)
    op.execute(_KNOWN)
