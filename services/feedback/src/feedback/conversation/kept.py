"""Defines a conversation that is kept, as its person sees it: the session, its messages and turns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from chassis.web.fields import OneLine
from chassis.web.validation import Input
from feedback.models.answers import PaidBy

#: messages of a session, and sessions of a person, at most
MOST_MESSAGES, MOST_SESSIONS = 1_000, 200
_SESSION: dict[str, Any] = {
    "id": "018f6a1e-0000-7000-8000-000000000011",
    "title": "Kiosk at the station",
    "started_at": "2026-11-20T10:00:00Z",
    "ended_at": None,
    "expires_at": "2026-12-20T10:00:00Z",
    "messages": 2,
    "version": 2,
}


def _example(value: dict[str, Any]) -> ConfigDict:
    return ConfigDict(from_attributes=True, json_schema_extra={"examples": [value]})


class TitleFields(Input):
    """Holds what can be changed of a session."""

    model_config = _example({"title": _SESSION["title"]})

    title: Annotated[str | None, Field(min_length=1, max_length=120), OneLine] = None


class SessionFields(TitleFields):
    """Holds what a new session is made with: it is deleted `keep_days` after its beginning, with all its messages."""

    model_config = _example({"title": _SESSION["title"], "keep_days": 30})

    keep_days: Annotated[int, Field(strict=True, ge=1, le=365)] = 30


class ConversationSessionOut(BaseModel):
    """Shows a session. `messages`: how many it holds; `ended_at`: since when it takes no more; null: it does."""

    model_config = _example(_SESSION)

    id: UUID
    title: str | None
    started_at: datetime
    ended_at: datetime | None
    expires_at: datetime
    messages: int
    version: int


class ConversationMessageOut(BaseModel):
    """Shows a message. `source`: who answered, null for one's own; `interrupted`: only so much of it was said."""

    model_config = _example(
        {
            "id": "018f6a1e-0000-7000-8000-000000000012",
            "sender": "bot",
            "message_text": "Noted as a decision: to drop the tour. Who has this problem most?",
            "created_at": "2026-11-20T10:00:03Z",
            "source": "rules/facilitator-1",
            "interrupted": False,
        }
    )

    id: UUID
    sender: Literal["user", "bot"]
    message_text: str
    created_at: datetime
    source: str | None
    interrupted: bool


class ConversationTurnOut(BaseModel):
    """Shows what one turn was: who answered, how fast, and what it cost. Times in milliseconds; null: unknown."""

    model_config = _example(
        {
            "turn": 1,
            "model": None,
            "source": "rules/facilitator-1",
            "first_token_ms": 1,
            "total_ms": 1,
            "interrupted_at_ms": None,
            "input_tokens": None,
            "output_tokens": None,
            "cost_usd": None,
            "paid_by": "nobody",
        }
    )

    turn: int
    model: str | None
    source: str
    first_token_ms: int | None
    total_ms: int
    interrupted_at_ms: int | None
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: Decimal | None
    paid_by: PaidBy


@dataclass(frozen=True, kw_only=True)
class Turn:
    """Holds a turn that is over: what was `said`, and as much of the `answer` as was given. Times in milliseconds."""

    said: str
    answer: str
    source: str
    total_ms: int
    paid_by: PaidBy
    model: str | None = None
    first_token_ms: int | None = None
    #: the answer was interrupted after so long; None: it was given whole
    interrupted_at_ms: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: Decimal | None = None


@dataclass(frozen=True)
class Message:
    """Holds a message as rules and models read it."""

    role: Literal["user", "assistant"]
    text: str
