"""Defines what a conversation is sent and what it answers. The seed's `apiKey` sets the style: camel case."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, GetPydanticSchema, model_validator
from pydantic.alias_generators import to_camel

from chassis.text import checked
from chassis.web.validation import Input
from feedback.models.secret import Secret

#: characters of a message, and of a whole history
LONGEST, LONGEST_HISTORY = 8_000, 32 * 1024
#: messages of a history, at most
MOST_ITEMS = 40
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def _cleaned(text: object) -> object:
    """Removes control characters but line ends and tabs, and brings the text into one form."""
    return checked(_CONTROL.sub("", text.replace("\r\n", "\n")), tabs=True) if isinstance(text, str) else text


Said = Annotated[str, Field(min_length=1, max_length=LONGEST), BeforeValidator(_cleaned)]
_Key = Annotated[str, Field(min_length=8, max_length=256, pattern=r"^[\x21-\x7e]+$"), AfterValidator(Secret)]
#: a provider's key, of which nothing but the way to the provider ever sees the text
ApiKey = Annotated[Secret, GetPydanticSchema(lambda _, handler: handler(_Key))]
_STYLE = ConfigDict(extra="forbid", alias_generator=to_camel, hide_input_in_errors=True)


class HistoryItem(Input):
    """Holds one earlier message."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    role: Literal["user", "assistant"]
    text: Said = Field(repr=False)


class Heard(Input):
    """Says how much of the last answer of a session was heard, because the person interrupted it.

    `turn` is its turn; `characters`: so many of it, in Unicode code points, were spoken.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    turn: Annotated[int, Field(strict=True, ge=1, le=1_000)]
    characters: Annotated[int, Field(strict=True, ge=0, le=LONGEST)]


class ConversationRequest(Input):
    """Holds one message to talk about; nothing of it is kept, unless `sessionId` names a session of the caller's.

    `apiKey` is a key of the caller's for the provider of `model`, used for this call alone: it is then the caller who
    pays, and no other model answers. Without one `model` answers at the installation's expense, or rules do.
    """

    model_config = ConfigDict(
        **_STYLE, json_schema_extra={"examples": [{"message": "We decided to start with the sign-up page."}]}
    )

    message: Said = Field(repr=False)
    api_key: ApiKey | None = None
    #: an id or an alias of GET /ai/models
    model: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(default=None, repr=False)
    history: Annotated[list[HistoryItem], Field(max_length=MOST_ITEMS)] = Field(default=[], repr=False)
    #: a session of one's own, in which this turn is kept and whose messages are its history
    session_id: UUID | None = None
    #: with `sessionId`: what was heard of its last answer, which is all that is kept of it, and read by who answers now
    heard: Heard | None = None
    stream: Annotated[bool, Field(strict=True)] = False
    max_output_tokens: Annotated[int, Field(strict=True, ge=16, le=1024)] = 300

    @model_validator(mode="after")
    def _not_too_long(self) -> ConversationRequest:
        if self.history and self.session_id is not None:
            raise ValueError("history and sessionId: only one of the two")
        if self.heard is not None and self.session_id is None:
            raise ValueError("heard: only with a sessionId")
        if sum(len(each.text.encode()) for each in self.history) > LONGEST_HISTORY:
            raise ValueError("the history is too long: at most 32 kB together")
        return self


class ConversationUsage(BaseModel):
    """Counts the tokens of one answer; `estimated` where the provider has not said it."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    input_tokens: int
    output_tokens: int
    estimated: bool


class ConversationAnswer(BaseModel):
    """Holds an answer that is fit to be spoken. `source` names who made it; `costUsd` is an estimate by list prices."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        json_schema_extra={
            "examples": [
                {
                    "response": "I noted that as a decision. Who has the problem that this solves?",
                    "source": "rules/facilitator-1",
                    "prompt": "conversation/1",
                    "model": None,
                    "finishReason": "stop",
                    "usage": None,
                    "costUsd": None,
                    "paidBy": "nobody",
                    "sessionId": None,
                    "turn": 1,
                    "notices": [{"code": "no-key", "message": "No key came with this message."}],
                }
            ]
        },
    )

    response: str = Field(repr=False)
    source: str
    prompt: str
    model: str | None
    finish_reason: Literal["stop", "length", "safety"]
    usage: ConversationUsage | None
    cost_usd: str | None
    paid_by: Literal["caller", "voxbus", "nobody"]
    session_id: str | None
    turn: int
    notices: list[dict[str, Any]]


class NotesRequest(Input):
    """Holds a conversation of which nothing is stored, oldest message first."""

    model_config = ConfigDict(
        **_STYLE,
        json_schema_extra={"examples": [{"history": [{"role": "user", "text": "We decided to drop the tour."}]}]},
    )

    history: Annotated[list[HistoryItem], Field(max_length=1_000)] = Field(repr=False)
