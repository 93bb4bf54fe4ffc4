"""Defines a message of a conversation, as the rules read it."""

from __future__ import annotations

from typing import Literal, Protocol


class Said(Protocol):
    """Holds what a person (`user`) or what answered (`assistant`) said."""

    @property
    def role(self) -> Literal["user", "assistant"]: ...

    @property
    def text(self) -> str: ...
