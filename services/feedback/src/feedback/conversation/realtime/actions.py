"""Defines what a session asks its relay to do."""

from __future__ import annotations

from dataclasses import dataclass, field

from feedback.conversation.realtime.meanings import Command, Turn


@dataclass(frozen=True, slots=True)
class ToProvider:
    """Passes an event of the client on, as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Asks:
    """Asks the provider for something by ourselves."""

    command: Command


@dataclass(frozen=True, slots=True)
class ToClient:
    """Sends an event to the client."""

    text: str


@dataclass(frozen=True, slots=True)
class Record:
    """Records a turn; `said` and `answer` are for a session whose person keeps it, and for nothing else."""

    turn: Turn
    said: str = field(default="", repr=False)
    answer: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class TakeUp:
    """Takes up another session in place of this one."""

    word: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """Closes the connection to the provider."""


@dataclass(frozen=True, slots=True)
class Close:
    """Closes the client's connection."""

    code: int


@dataclass(frozen=True, slots=True)
class Reconnect:
    """Connects to the provider again."""


Action = ToProvider | Asks | ToClient | Record | TakeUp | HangUp | Close | Reconnect
