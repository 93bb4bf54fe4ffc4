"""Defines the messages of feedback."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.base import PERSONAL, Command, Event, Json


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


class RunRole(Command):
    """Asks a role for an answer; `model` names the one that shall give it. The input is nobody's personal data.

    `age_band` is that of who asks: nothing that a child asks goes to a provider outside without a consent.
    """

    type = "ai.run"
    stream_name = "ai.accepted"
    public_fields = ("role", "model")
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "person_id": "018f6a1e-0000-7000-8000-000000000002",
                    "role": "conversation",
                    "input": {"message": "Who is it for?"},
                    "model": None,
                    "age_band": "of_age",
                }
            ]
        }
    )

    person_id: UUID
    role: str
    input: Annotated[Json, PERSONAL]
    model: str | None = None
    age_band: Annotated[Literal["unknown", "under_consent_age", "of_age"], PERSONAL] = "unknown"


class AiTry(BaseModel):
    """Tells of one model on the way to an answer: why it was not asked, or how a call of it came out.

    `ms`: milliseconds; `usd`: US dollars, as text.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    provider: str
    model: str
    outcome: str
    ms: int = Field(ge=0)
    usd: str


class AiUsage(BaseModel):
    """Counts the tokens of all calls of an answer."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    input_tokens: int = Field(ge=0)
    output_tokens: int = Field(ge=0)


class AiAnswered(Event):
    """A role has an answer: a text, or an object of the role's own shape. `source` names what gave it.

    `prompt` is null where rules answered, `usage` where no model was called. `cost_usd`: US dollars, as text.
    """

    type = "ai.answered"
    public_fields = ("answer", "source")
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "answer": "People who teach at night, you said. What do they have today?",
                    "source": "openai/gpt-6-luna",
                    "prompt": "conversation/1",
                    "tries": [
                        {
                            "provider": "openai",
                            "model": "gpt-6-luna",
                            "outcome": "answered",
                            "ms": 812,
                            "usd": "0.000068",
                        }
                    ],
                    "repaired": False,
                    "usage": {"input_tokens": 305, "output_tokens": 74},
                    "cost_usd": "0.000068",
                    "notices": [],
                }
            ]
        }
    )

    answer: Annotated[str | Json, PERSONAL]
    source: str
    prompt: str | None = None
    tries: tuple[AiTry, ...] = ()
    repaired: bool = False
    usage: AiUsage | None = None
    cost_usd: str
    notices: tuple[Json, ...] = ()
