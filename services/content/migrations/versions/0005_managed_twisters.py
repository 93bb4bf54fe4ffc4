"""Twisters can be edited over HTTP: a version and times, the words that make each one single, records of quick writes.

Of twisters with the same words the one with the lowest id has them for itself. The others stay, and stay readable: in
`words` their id stands as one more word. An author edits or deletes them.

`api.content_attempt_next_v2` names no twister that was deleted.
"""

from __future__ import annotations

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

from chassis.storage.idempotency_v1 import create_idempotency

revision = "0005_managed_twisters"
down_revision = "0004_no_next_twister"

_COLUMNS = """
    ALTER TABLE twisters
      ADD COLUMN words text, ADD COLUMN version integer NOT NULL DEFAULT 1,
      ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(), ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now()
"""
_FILL = sa.text("UPDATE twisters SET words = :words WHERE id = :id")
_UNIQUE = (
    "ALTER TABLE twisters ALTER COLUMN words SET NOT NULL",
    "CREATE UNIQUE INDEX twisters_words ON twisters (language, words)",
    """
    CREATE VIEW api.content_attempt_next_v2 AS
    SELECT f.attempt_id, f.person_id, t.id AS twister_id
      FROM folded_attempts f LEFT JOIN twisters t ON t.id = f.next_twister_id
    """,
)


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    create_idempotency(op.execute)
    op.execute(_COLUMNS)
    taken: set[tuple[str, str]] = set()
    for row in op.get_bind().execute(sa.text("SELECT id, text, language FROM twisters ORDER BY id")).all():
        words = _words(row.text)
        if (row.language, words) in taken:
            words = f"{words} {row.id.hex}".lstrip()
        taken.add((row.language, words))
        op.get_bind().execute(_FILL, {"id": row.id, "words": words})
    for statement in _UNIQUE:
        op.execute(statement)


def _words(text: str) -> str:
    """Does as `words_of` of content's twisters did when this was written."""
    seen = "".join(character for character in text if unicodedata.category(character) != "Cf")
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())
    return " ".join(re.findall(r"[^\W_]+", plain.translate(dict.fromkeys(map(ord, "'‘’ʼ")))))
