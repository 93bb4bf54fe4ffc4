"""A twister may be without `words` for a while: the release before adds its catalogue at each start without them.

Its process may start again until it is replaced. The next write over HTTP fills them in (`content.twisters.store`). The
release after makes them NOT NULL.
"""

from __future__ import annotations

from alembic import op

revision = "0006_words_may_wait"
down_revision = "0005_managed_twisters"


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    op.execute("ALTER TABLE twisters ALTER COLUMN words DROP NOT NULL")
