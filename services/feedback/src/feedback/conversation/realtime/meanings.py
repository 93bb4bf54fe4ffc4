"""Defines what the events of both sides mean, so that the relay needs to know no event by its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

Role = Literal["user", "assistant", "system"]


@dataclass(frozen=True, slots=True)
class Usage:
    """Counts the tokens of one answer, as its provider reports them. The cached ones are part of the input."""

    input_text: int = 0
    input_audio: int = 0
    cached_text: int = 0
    cached_audio: int = 0
    output_text: int = 0
    output_audio: int = 0

    @property
    def input(self) -> int:
        """Returns the tokens heard and read."""
        return self.input_text + self.input_audio

    @property
    def output(self) -> int:
        """Returns the tokens spoken and written."""
        return self.output_text + self.output_audio


@dataclass(frozen=True, slots=True)
class Item:
    """Holds one item of a conversation: who said it, and its text as far as it is known."""

    id: str
    role: Role
    text: str


# What a client says


@dataclass(frozen=True, slots=True)
class Appends:
    """Says that the client sends so many bytes of speech."""

    size: int


@dataclass(frozen=True, slots=True)
class Configures:
    """Says that the client changes the settings of the session."""

    session: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AsksAnswer:
    """Says that the client asks for an answer."""


@dataclass(frozen=True, slots=True)
class Cuts:
    """Says that the client itself shortens an answer to what it has played."""

    item: str
    ms: int


@dataclass(frozen=True, slots=True)
class Played:
    """Says how much of an answer the client has played, in milliseconds of its audio."""

    item: str
    ms: int


@dataclass(frozen=True, slots=True)
class Resumes:
    """Says that the client wants to go on with a session that it has lost."""

    word: str


@dataclass(frozen=True, slots=True)
class Passes:
    """Says nothing that the relay has to know: the event goes on as it is."""


ClientMeaning = Appends | Configures | AsksAnswer | Cuts | Played | Resumes | Passes


# What a provider says


@dataclass(frozen=True, slots=True)
class SessionIs:
    """Tells the settings that hold now: bytes of a second of audio, and whether speech interrupts an answer.

    `begins`: the session has just been made.
    """

    input_rate: int
    output_rate: int
    interrupts: bool
    begins: bool = False


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Tells that the person has begun to speak."""


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """Tells that the person has stopped speaking."""


@dataclass(frozen=True, slots=True)
class AnswerBegan:
    """Tells that an answer is being made."""


@dataclass(frozen=True, slots=True)
class AudioMade:
    """Tells that so many bytes of an answer's audio were made."""

    item: str
    index: int
    size: int


@dataclass(frozen=True, slots=True)
class WordsMade:
    """Tells words of an answer, those that follow or, if `whole`, all of them."""

    item: str
    text: str
    whole: bool = False


@dataclass(frozen=True, slots=True)
class ItemIs:
    """Tells an item and what stands before it; None where nothing does. `role` is None for what is no message."""

    id: str
    previous: str | None
    role: Role | None
    text: str


@dataclass(frozen=True, slots=True)
class UserSaid:
    """Tells what a person's speech was understood as."""

    item: str
    text: str


@dataclass(frozen=True, slots=True)
class ItemGone:
    """Tells that an item was deleted."""

    item: str


@dataclass(frozen=True, slots=True)
class AnswerDone:
    """Tells that an answer is complete or was ended; `usage` is None where nobody has counted."""

    usage: Usage | None


@dataclass(frozen=True, slots=True)
class KeyRefused:
    """Tells that the provider does not take the key."""


@dataclass(frozen=True, slots=True)
class MoneySpent:
    """Tells that the provider's account has no money left."""


@dataclass(frozen=True, slots=True)
class SessionExpired:
    """Tells that the provider ends the session because of its age."""


ProviderMeaning = (
    SessionIs
    | SpeechStarted
    | SpeechStopped
    | AnswerBegan
    | AudioMade
    | WordsMade
    | ItemIs
    | UserSaid
    | ItemGone
    | AnswerDone
    | KeyRefused
    | MoneySpent
    | SessionExpired
)


@dataclass(frozen=True, slots=True)
class Frame:
    """Holds an event of a provider as the client may see it, and its meaning if the relay has to know one."""

    text: str
    meaning: ProviderMeaning | None = None


# What the relay asks of a provider


@dataclass(frozen=True, slots=True)
class Truncate:
    """Asks to shorten an answer to its first `ms` milliseconds."""

    item: str
    index: int
    ms: int


@dataclass(frozen=True, slots=True)
class Delete:
    """Asks to delete an item."""

    item: str


@dataclass(frozen=True, slots=True)
class Configure:
    """Asks for the settings of a session."""

    session: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Create:
    """Asks to add an item with the id it had, as text."""

    item: Item


Command = Truncate | Delete | Configure | Create


@dataclass(frozen=True, slots=True)
class Turn:
    """Records one turn without any content: milliseconds, tokens, and what it cost in USD.

    `interrupted_at_ms` is how much of the answer was played before the person spoke; None if they let it end.
    """

    first_token_ms: int | None
    total_ms: int
    interrupted_at_ms: int | None
    input_tokens: int
    output_tokens: int
    cost: Decimal
    estimated: bool
