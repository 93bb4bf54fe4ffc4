"""Describes a model as the registry holds it: a row of data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["chat", "realtime", "moderation"]
Status = Literal["active", "retiring", "retired"]
Dollars = Annotated[Decimal, Field(ge=0, le=100_000, decimal_places=6)]
Tokens = Annotated[int, Field(strict=True, ge=1, le=100_000_000)]
Name = Annotated[str, Field(strict=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._:/-]{0,79}$")]
Line = Annotated[str, Field(strict=True, min_length=1, max_length=300)]

#: tokens that a price is for
MILLION = Decimal(1_000_000)
#: characters that a token is taken for before anything was counted: English has about four, so this errs upwards
CHARACTERS_PER_TOKEN = 3


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Price(_Data):
    """Holds US dollars per million tokens, as they are from a day on, for requests of more than `above_tokens`.

    A request that is larger is charged at the higher price as a whole.
    """

    since: date = Field(alias="from")
    above_tokens: Annotated[int, Field(strict=True, ge=0)] = 0
    input: Dollars
    output: Dollars
    cached_input: Dollars | None = None
    audio_input: Dollars | None = None
    audio_output: Dollars | None = None

    def of(self, input_tokens: int, output_tokens: int, cached_input_tokens: int = 0) -> Decimal:
        """Returns what a call costs; the cached tokens are a part of the input's."""
        cached = self.input if self.cached_input is None else self.cached_input
        fresh = max(0, input_tokens - cached_input_tokens)
        return (fresh * self.input + cached_input_tokens * cached + output_tokens * self.output) / MILLION


class Model(_Data):
    """Holds what is known of one model, when that was read (`checked_on`), where, and whether at the vendor's own.

    `retires_at`: from this day on the vendor does not answer for it. `context_tokens`, `max_output_tokens` and `prices`
    may be unknown only of a model that nobody is to call. `languages`: None for any. `roles`: the only ones that it may
    be asked for; None for any. `small`: its answers say that they may be wrong.
    """

    id: Name
    provider: Line
    kind: Kind = "chat"
    aliases: tuple[Name, ...] = ()
    context_tokens: Tokens | None = None
    max_output_tokens: Tokens | None = None
    prices: tuple[Price, ...] = ()
    languages: tuple[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], ...] | None = None
    roles: tuple[Line, ...] | None = None
    small: Annotated[bool, Field(strict=True)] = False
    retires_at: date | None = None
    successor: Name | None = None
    profile: Line = "plain"
    checked_on: date
    source: Line
    verified: Annotated[bool, Field(strict=True)]

    def answers_for(self, role: str) -> bool:
        """Tells whether it may be asked for a role."""
        return self.roles is None or role in self.roles

    def price_on(self, day: date, input_tokens: int = 0) -> Price | None:
        """Returns the price of a request on a day; None where it is not known.

        The prices of the latest day hold, all of them: a later day leaves none of an earlier one in force.
        """
        since = max((price.since for price in self.prices if price.since <= day), default=None)
        valid = [price for price in self.prices if price.since == since and price.above_tokens <= input_tokens]
        return max(valid, key=lambda price: price.above_tokens, default=None)

    def status_on(self, day: date, retiring_days: int) -> Status:
        """Tells whether the model is there on a day, and whether it will go within the given days."""
        if self.retires_at is None or day < self.retires_at - timedelta(days=retiring_days):
            return "active"
        return "retiring" if day < self.retires_at else "retired"


def tokens_of(texts: Sequence[str]) -> int:
    """Estimates the tokens of some messages before a call, upwards."""
    return sum(-(-len(text) // CHARACTERS_PER_TOKEN) + 4 for text in texts)
