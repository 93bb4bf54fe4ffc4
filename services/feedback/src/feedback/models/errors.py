"""Defines the errors of calls to models. They hold nothing that a provider wrote: providers repeat keys and prompts."""

from __future__ import annotations

from typing import Literal

from chassis.errors import VoxbusError

Kind = Literal[
    "unreachable",  # no connection: nothing was sent
    "key_refused",
    "quota",  # the account has no money left
    "no_model",  # no such model, or not with this key
    "rate_limited",
    "overloaded",
    "failed",
    "refused",  # the request itself: too long, a parameter, a policy
    "timeout",
    "cut",  # it broke off in the middle
]
#: the part of a call that took too long
Phase = Literal["first_token", "between_tokens", "whole"]

#: the code of a call that was not made, because the provider has failed too often
BREAKER = "breaker"
#: statuses after which the same call may succeed
RETRYABLE = frozenset({408, 409, 500, 502, 503, 529})
#: the code of a call that met no child of ours to answer it: that is started again by itself, so nobody has to rest
NO_CHILD = "no-child"


class ProviderError(VoxbusError):
    """Reports a call that brought no complete answer."""

    def __init__(
        self,
        kind: Kind,
        *,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        phase: Phase | None = None,
    ) -> None:
        """Takes `code`, a word of ours for logs, and `retry_after`, the seconds that the provider asks to wait."""
        super().__init__(kind if code is None else f"{kind} ({code})")
        self.kind = kind
        self.status = status
        self.code = code
        self.request_id = request_id
        self.retry_after = retry_after
        self.phase = phase

    @property
    def may_be_repeated(self) -> bool:
        """Tells whether the same call may succeed at once: for a caller's key, nothing else is repeated."""
        return (self.kind == "unreachable" and self.code != BREAKER) or self.status in RETRYABLE
