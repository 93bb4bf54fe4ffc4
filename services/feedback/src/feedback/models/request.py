"""Describes what a provider is asked, and the pieces in which it answers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from chassis.privacy.law import Recipient
from chassis.privacy.outside import MayBegin
from feedback.models.secret import Secret

Role = Literal["system", "user", "assistant"]
#: why an answer ended: by itself, at the limit of tokens, or because the provider held it back
FinishReason = Literal["stop", "length", "safety"]


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """Holds one message; its text, which may be a person's words, is not printed."""

    role: Role
    text: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """Says which parameters a model takes. The registry's row of a model makes it."""

    #: the name of the limit of an answer's tokens
    token_limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"  # noqa: S105
    #: whether `temperature` is accepted
    sampling: Literal["never", "without_reasoning", "always"] = "never"
    #: what to send as `reasoning_effort`; None: nothing
    reasoning_effort: str | None = None
    #: whether a schema may be sent as `response_format`
    response_format: Literal["honoured", "ignored", "refused"] = "ignored"
    #: the role in which the system's message is sent
    system_role: Literal["system", "developer", "user"] = "system"


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelRequest:
    """Holds one call of a model; what people wrote, and a schema, are not printed."""

    model: str
    messages: Sequence[ChatMessage]
    max_output_tokens: int
    #: the JSON Schema of a structured answer
    schema: Mapping[str, Any] | None = field(default=None, repr=False)
    temperature: float | None = None
    profile: Profile = Profile()
    #: by the names of the provider's fields, what it is told of whom the call is for and of what it may keep
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)
    #: the most seconds that the call may take, where they are fewer than the provider's own limit
    within: float | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Counts tokens as the provider reports them; cached ones are a part of the input."""

    input_tokens: int
    output_tokens: int
    cached_input_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Text:
    """Holds the next piece of an answer's text; never empty."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Finished:
    """Ends a complete answer. `usage` is None where the provider did not report it."""

    reason: FinishReason
    usage: Usage | None = None
    request_id: str | None = None


Piece = Text | Finished


class ChatProvider(Protocol):
    """Asks the models of one provider."""

    @property
    def name(self) -> str:
        """Names it in the registry."""

    @property
    def recipient(self) -> Recipient:
        """Names who gets the words that are sent."""

    def stream(self, request: ModelRequest, key: Secret | None, may_begin: MayBegin) -> AsyncGenerator[Piece, None]:
        """Makes one call, and never a second; yields texts and, of a complete answer, one `Finished` at the end.

        `may_begin` is open while the first byte is sent. `key` is None for a server that wants none. Raises
        `ProviderError`, and what `may_begin` raises. Whoever leaves it early closes it (`aclosing`), which closes the
        connection.
        """
