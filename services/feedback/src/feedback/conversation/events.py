"""Defines what a turn of a conversation yields, and what is told of it when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from feedback.conversation.schemas import ConversationAnswer, ConversationUsage
from feedback.models.answers import PaidBy
from feedback.models.notices import Notice


@dataclass(frozen=True, kw_only=True, slots=True)
class Began:
    """Says that the first token is there. Seconds: `waited` for the model, `own` for all else."""

    source: str
    prompt: str
    model: str | None
    paid_by: PaidBy
    notices: Sequence[Notice]
    waited: float
    own: float
    session_id: UUID | None = None
    turn: int = 1


@dataclass(frozen=True, slots=True)
class Delta:
    """Holds the next piece of an answer."""

    text: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """Describes one turn without a word of it. `interrupted`: its client went away. Times in seconds."""

    model: str | None
    source: str
    paid_by: PaidBy
    first_token: float | None
    total: float
    interrupted: bool
    usage: ConversationUsage | None
    cost_usd: str | None


Event = Began | Delta | ConversationAnswer
