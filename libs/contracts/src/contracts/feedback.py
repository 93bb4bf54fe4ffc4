"""Defines the messages of feedback."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.base import PERSONAL, Event


class Tip(BaseModel):
    """Suggests one thing to try, about a sound (ARPAbet) or a word, or about neither."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    sound: str | None = None
    word: str | None = None
    tip: str


class FeedbackGiven(Event):
    """Feedback on an attempt is stored and ready to read; `source` names what wrote it."""

    type = "feedback.given"
    public_fields = ("summary", "tips")
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "attempt_id": "018f6a1e-0000-7000-8000-000000000001",
                    "person_id": "018f6a1e-0000-7000-8000-000000000002",
                    "summary": "You said “red” clearly.",
                    "tips": [{"sound": "R", "tip": "Curl your tongue back a little."}],
                    "source": "coach/1",
                }
            ]
        }
    )

    attempt_id: UUID
    person_id: UUID
    summary: Annotated[str, PERSONAL]
    tips: Annotated[tuple[Tip, ...], PERSONAL]
    source: str
