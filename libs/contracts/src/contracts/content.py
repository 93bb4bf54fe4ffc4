"""What content says."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict

from contracts.base import PERSONAL, Event


class ProgressFolded(Event):
    """An attempt was folded into its person's progress, and the next twister chosen from it."""

    type = "progress.folded"
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "attempt_id": "018f6a1e-0000-7000-8000-000000000001",
                    "person_id": "018f6a1e-0000-7000-8000-000000000002",
                    "next_twister_id": "018f6a1e-0000-7000-8000-000000000004",
                }
            ]
        }
    )

    attempt_id: UUID
    person_id: UUID
    next_twister_id: Annotated[UUID, PERSONAL]
