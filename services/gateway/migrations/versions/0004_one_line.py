"""Adds nothing: several lines of steps become one, so that the next step has one before it."""

from __future__ import annotations

revision = "0004_one_line"
down_revision = ("0002_audit", "0002_tickets", "0002_topology", "0002_turns", "0003_jobs_of_kind")


def upgrade() -> None:
    """Changes nothing."""
