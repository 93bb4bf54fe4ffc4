"""Makes room for the providers to which something of each person may have gone, whoever paid for it."""

from __future__ import annotations

from alembic import op

from chassis.storage.recipients_v1 import create_recipients

revision = "0008_recipients"
down_revision = "0007_conversation_notes"

# what the ledger knows stays known once its rows have gone
_KNOWN = """
INSERT INTO recipients (person_id, recipient, own_key, first_at)
SELECT person_id, provider, false, min(opened_at) FROM ai_ledger
 WHERE person_id IS NOT NULL AND provider IN ('openai', 'anthropic', 'gemini') GROUP BY person_id, provider
"""


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    create_recipients(op.execute)
    op.execute(_KNOWN)
