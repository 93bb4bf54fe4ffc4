"""Defines the messages of feedback."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

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


class ConversationTurn(Event):
    """A turn of a conversation has ended: who answered, how long that took, and who paid.

    No field says who spoke or what was said. Tokens and cost may be estimates; `interrupted_at_ms` is when the client
    went away.
    """

    type = "conversation.turn"
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "model": "gpt-6-luna",
                    "source": "openai/gpt-6-luna",
                    "first_token_ms": 412,
                    "total_ms": 1630,
                    "interrupted_at_ms": None,
                    "input_tokens": 180,
                    "output_tokens": 46,
                    "cost_usd": "0.000041",
                    "paid_by": "caller",
                }
            ]
        }
    )

    model: str | None
    source: str
    first_token_ms: int | None = Field(ge=0)
    total_ms: int = Field(ge=0)
    interrupted_at_ms: int | None = Field(ge=0)
    input_tokens: int | None = Field(ge=0)
    output_tokens: int | None = Field(ge=0)
    cost_usd: str | None
    paid_by: Literal["caller", "voxbus", "nobody"]
