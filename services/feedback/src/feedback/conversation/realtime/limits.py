"""Keeps the limits of a session by our clock and our count, whatever the client says.

Between two reports of the provider, tokens are estimated from the audio, by the vendor's rule of thumb: ten a second
heard, twenty a second spoken.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from feedback.conversation.realtime.meanings import Usage
from feedback.models.money import dollars

LimitName = Literal["seconds", "tokens", "usd"]

#: tokens of a second of audio
HEARD_TOKENS, SPOKEN_TOKENS = 10, 20
#: the part of a limit at which the client is warned
WARNED_AT = Decimal("0.9")
#: seconds without audio or event after which a session ends
IDLE_S = 60.0
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Prices:
    """Holds USD for a million tokens."""

    text_input: Decimal
    text_output: Decimal
    audio_input: Decimal
    audio_output: Decimal
    cached_input: Decimal

    def cost(self, usage: Usage) -> Decimal:
        """Returns what tokens cost, in USD."""
        cached = usage.cached_text + usage.cached_audio
        whole = (
            self.text_input * (usage.input_text - usage.cached_text)
            + self.audio_input * (usage.input_audio - usage.cached_audio)
            + self.cached_input * cached
            + self.text_output * usage.output_text
            + self.audio_output * usage.output_audio
        )
        return whole / _MILLION


@dataclass(frozen=True, slots=True)
class Limits:
    """Holds the limits of a session. None: there is none, because the caller pays."""

    seconds: int
    tokens: int | None = None
    usd: Decimal | None = None

    def document(self) -> dict[str, object]:
        """Returns the limits as the client is told them."""
        return {"seconds": self.seconds, "tokens": self.tokens, "usd": None if self.usd is None else dollars(self.usd)}


@dataclass(frozen=True, slots=True)
class Warned:
    """Says that nine tenths of a limit are used: what is left of it, for a machine, and a sentence to speak."""

    limit: LimitName
    left: int | str
    say: str


@dataclass(frozen=True, slots=True)
class Reached:
    """Says that a limit is reached."""

    limit: LimitName


class Meter:
    """Counts the seconds, tokens and dollars of one session."""

    def __init__(self, limits: Limits, prices: Prices, now: float) -> None:
        self.limits = limits
        self._prices = prices
        self._began = now
        self._reported = Usage()
        self._cost = Decimal(0)
        #: milliseconds that no report has counted: heard before and since the present answer began, and spoken
        self._heard = self._heard_since = self._spoken = 0.0
        self._is_reported = True
        self._warned: set[LimitName] = set()

    def heard(self, ms: float) -> None:
        """Counts audio of the person."""
        self._heard_since += ms

    def spoken(self, ms: float) -> None:
        """Counts audio of the model."""
        self._spoken += ms

    def answer_began(self) -> None:
        """Notes that what was heard until now is what the next report will count."""
        self._heard += self._heard_since
        self._heard_since = 0.0

    def settle(self, usage: Usage, *, reported: bool = True) -> None:
        """Replaces the estimate of an answer by what the provider has reported, or lets it stand for that."""
        self._is_reported &= reported
        self._heard, self._spoken = 0.0, 0.0
        self._reported = _sum(self._reported, usage)
        self._cost += self._prices.cost(usage)

    def cost_of(self, usage: Usage) -> Decimal:
        """Returns what tokens cost, in USD."""
        return self._prices.cost(usage)

    @property
    def answer_estimate(self) -> Usage:
        """Returns the tokens of the present answer, and of what was heard before it, as estimated."""
        return _estimated(self._heard, self._spoken)

    @property
    def estimate(self) -> Usage:
        """Returns the tokens that no report has counted yet."""
        return _estimated(self._heard + self._heard_since, self._spoken)

    @property
    def tokens(self) -> int:
        """Returns the tokens used: reported, and estimated since."""
        estimate = self.estimate
        return self._reported.input + self._reported.output + estimate.input + estimate.output

    @property
    def usd(self) -> Decimal:
        """Returns the dollars used: reported, and estimated since."""
        return self._cost + self._prices.cost(self.estimate)

    @property
    def usage(self) -> Usage:
        """Returns all tokens used, with those that are estimated."""
        return _sum(self._reported, self.estimate)

    @property
    def is_reported(self) -> bool:
        """Tells whether all that was used was reported by the provider."""
        return self._is_reported and self.estimate == Usage()

    def seconds(self, now: float) -> float:
        """Returns the age of the session."""
        return now - self._began

    def check(self, now: float) -> list[Warned | Reached]:
        """Returns what the client has to be told: each warning once, and at last the limit that is reached."""
        warned: list[Warned | Reached] = []
        for name, used, limit in self._all(now):
            if limit is None:
                continue
            if used >= limit:
                return [Reached(name)]
            if used >= limit * WARNED_AT and name not in self._warned:
                self._warned.add(name)
                warned.append(_warning(name, limit - used))
        return warned

    def next_at(self) -> float:
        """Returns when time alone will have to be told next."""
        part = Decimal(1) if "seconds" in self._warned else WARNED_AT
        return self._began + float(self.limits.seconds * part)

    def _all(self, now: float) -> list[tuple[LimitName, Decimal, Decimal | None]]:
        tokens = self.limits.tokens
        return [
            ("seconds", Decimal(self.seconds(now)), Decimal(self.limits.seconds)),
            ("tokens", Decimal(self.tokens), None if tokens is None else Decimal(tokens)),
            ("usd", self.usd, self.limits.usd),
        ]


def _warning(limit: LimitName, left: Decimal) -> Warned:
    if limit == "seconds":
        seconds = max(1, round(left))
        return Warned(limit, seconds, f"We have {_spoken(seconds)} left.")
    if limit == "tokens":
        return Warned(limit, int(left), "We can say only a little more in this conversation.")
    return Warned(limit, dollars(left), "The budget of this conversation is nearly spent.")


def _estimated(heard_ms: float, spoken_ms: float) -> Usage:
    heard, spoken = heard_ms * HEARD_TOKENS, spoken_ms * SPOKEN_TOKENS
    return Usage(input_audio=round(heard / 1000), output_audio=round(spoken / 1000))


def _spoken(seconds: int) -> str:
    """Returns a time as one says it."""
    if seconds < 60:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    minutes = round(seconds / 60)
    return "about a minute" if minutes == 1 else f"about {minutes} minutes"


def _sum(a: Usage, b: Usage) -> Usage:
    return Usage(
        a.input_text + b.input_text,
        a.input_audio + b.input_audio,
        a.cached_text + b.cached_text,
        a.cached_audio + b.cached_audio,
        a.output_text + b.output_text,
        a.output_audio + b.output_audio,
    )
