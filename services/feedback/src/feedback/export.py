"""Declares what feedback gives into a copy of everything about a person: what was told after each reading."""

from __future__ import annotations

from chassis.privacy.export import Shown, export_of
from feedback.tables import METADATA, feedback

EXPORT = export_of(
    METADATA,
    tables=(
        Shown(
            table=feedback,
            about="What you were told after each reading, one row a reading.",
            columns={
                "attempt_id": "the reading",
                "summary": "how it went, in a sentence or two",
                "tips": "what to try next",
                "source": "who wrote it: a part of Voxbus, or a provider of AI by its name",
                "created_at": "when it was written",
            },
        ),
    ),
)
