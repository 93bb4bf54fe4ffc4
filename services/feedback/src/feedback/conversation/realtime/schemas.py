"""Defines what a key for a direct session is asked with, and what is answered."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from chassis.web.fields import Lines
from chassis.web.problems import invalid
from chassis.web.validation import Input
from feedback.conversation.realtime.allowed import MOST_OUTPUT_TOKENS, OF_SESSION
from feedback.conversation.schemas import ApiKey

#: seconds for which a key is good where nobody says otherwise
_USUAL_S = 60
_Seconds = Annotated[int, Field(strict=True, ge=10, le=600)]
_Model = Annotated[str, Field(min_length=1, max_length=100)]
#: fields of a session that we pay, beside those that its client could change anyway
_OURS = OF_SESSION | {"model"}


class SecretRequest(Input):
    """Asks for a key of a direct session. `apiKey` is a key of the caller's, used for this call alone."""

    model_config = ConfigDict(
        extra="forbid",
        hide_input_in_errors=True,
        json_schema_extra={"examples": [{"model": "gpt-realtime-2.1-mini", "voice": "marin"}]},
    )

    api_key: ApiKey | None = Field(default=None, alias="apiKey")
    model: _Model | None = Field(default=None, repr=False)
    voice: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")] | None = Field(default=None, repr=False)
    instructions: Annotated[str, Field(min_length=1, max_length=8_000), Lines] | None = Field(default=None, repr=False)
    expires_in: _Seconds = _USUAL_S

    @property
    def named(self) -> str | None:
        """Returns the model that is asked for."""
        return self.model

    @property
    def seconds(self) -> int:
        """Returns for how many seconds the key is to be good."""
        return self.expires_in

    def settings(self, model: str, tokens: int | None) -> dict[str, Any]:
        """Returns the settings of the session. `tokens`: the most of one answer, where we pay; None: no limit."""
        told: dict[str, Any] = {"type": "realtime", "model": model}
        if self.instructions is not None:
            told["instructions"] = self.instructions
        if self.voice is not None:
            told["audio"] = {"output": {"voice": self.voice}}
        return told if tokens is None else {**told, "max_output_tokens": min(tokens, MOST_OUTPUT_TOKENS)}


class ExpiresAfter(Input):
    """Says for how long a key is good, as OpenAI's clients do."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    anchor: Literal["created_at"] = "created_at"
    seconds: _Seconds = _USUAL_S


class OpenAISecretRequest(SecretRequest):
    """Asks for the same as OpenAI's clients do: the settings are in `session`, as OpenAI's Realtime API knows them."""

    model_config = ConfigDict(
        extra="forbid",
        hide_input_in_errors=True,
        json_schema_extra={"examples": [{"session": {"type": "realtime", "model": "gpt-realtime-2.1-mini"}}]},
    )

    expires_after: ExpiresAfter | None = None
    session: dict[str, Any] = Field(default={}, repr=False)

    @property
    def named(self) -> str | None:
        """See `SecretRequest`."""
        named = self.session.get("model", self.model)
        if named is not None and not isinstance(named, str):
            raise invalid(("session", "must name its model"))
        return named

    @property
    def seconds(self) -> int:
        """See `SecretRequest`."""
        return self.expires_in if self.expires_after is None else self.expires_after.seconds

    def settings(self, model: str, tokens: int | None) -> dict[str, Any]:
        """See `SecretRequest`. Raises 422 for a field that a session does not have that we pay."""
        if self.session.get("type", "realtime") != "realtime":
            raise invalid(("session", "must be of type realtime"))
        if tokens is not None and not self.session.keys() <= _OURS:
            raise invalid(("session", f"may have these fields: {', '.join(sorted(_OURS))}"))
        pinned = super().settings(model, tokens)
        most = self.session.get("max_output_tokens")
        if tokens is not None and isinstance(most, int) and not isinstance(most, bool) and most >= 1:
            pinned["max_output_tokens"] = min(most, pinned["max_output_tokens"])
        return {**self.session, **pinned}


class ClientSecret(BaseModel):
    """Holds a key with which a client speaks to the provider directly, at `url`, until `expires_at` (seconds, 1970).

    The provider ends no session with the key, and of a direct session nobody here sees what it costs. `limits.usd` is
    what was booked for it; null: the caller pays. `session` has the settings that it begins with.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "value": "ek_68af296e8e408191a1120ab6383263c2",
                    "expires_at": 1796083260,
                    "session": {
                        "type": "realtime",
                        "object": "realtime.session",
                        "model": "gpt-realtime-2.1-mini",
                        "audio": {"output": {"voice": "marin"}},
                    },
                    "model": "gpt-realtime-2.1-mini",
                    "url": "wss://api.openai.com/v1/realtime?model=gpt-realtime-2.1-mini",
                    "limits": {"seconds": None, "tokens": None, "usd": None},
                    "notices": [],
                }
            ]
        }
    )

    value: str = Field(repr=False)
    expires_at: int
    session: dict[str, Any] = Field(repr=False)
    model: str
    url: str
    limits: dict[str, Any]
    notices: list[dict[str, Any]]
