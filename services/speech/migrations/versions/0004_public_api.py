"""Lets people read their assessments in schema `public_api`."""

from __future__ import annotations

from alembic import op

from chassis.storage.public_view_v1 import PERSON, create_public_view

revision = "0004_public_api"
down_revision = "0003_findings"

_SHOWN = "attempt_id, transcript, words, scores, refusal, findings, engine, created_at"


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    create_public_view(
        op.execute,
        "speech",
        "assessments",
        f"SELECT {_SHOWN} FROM speech.assessments WHERE person_id = {PERSON}",
        reads={"assessments": f"person_id, {_SHOWN}"},
    )
