"""Records turns: how long the answer took, what it cost, and how much of it was heard. Nothing of what was said."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from feedback.conversation.realtime.meanings import Turn, Usage


@dataclass(slots=True)
class _Open:
    began: float
    first: float | None = None
    ended: float | None = None
    interrupted: int | None = None
    usage: Usage = field(default_factory=Usage)
    cost: Decimal = Decimal(0)
    estimated: bool = False


class Turns:
    """Follows the turn at hand. A turn is recorded once it cannot be interrupted any more."""

    def __init__(self) -> None:
        self._asked: float | None = None
        self._open: _Open | None = None

    def asked(self, now: float) -> None:
        """Notes that the person has said their part, from when on they wait."""
        self._asked = now

    def began(self, now: float) -> list[Turn]:
        """Begins a turn, and returns the one before."""
        before = self.end(now)
        self._open = _Open(now if self._asked is None else self._asked)
        self._asked = None
        return before

    def made(self, now: float) -> None:
        """Notes that the answer has begun to come."""
        if self._open is not None and self._open.first is None:
            self._open.first = now

    def done(self, now: float, usage: Usage, cost: Decimal, *, estimated: bool) -> list[Turn]:
        """Notes that the answer is made, and returns the turn if it was interrupted already."""
        if self._open is None:
            return []
        self._open.ended, self._open.usage, self._open.cost, self._open.estimated = now, usage, cost, estimated
        return [] if self._open.interrupted is None else self.end(now)

    def interrupted(self, ms: int, now: float) -> list[Turn]:
        """Notes how much was heard of the answer, and returns the turn if the answer was made already."""
        if self._open is None:
            return []
        self._open.interrupted = ms
        return [] if self._open.ended is None else self.end(now)

    @property
    def is_answering(self) -> bool:
        """Tells whether an answer is being made."""
        return self._open is not None and self._open.ended is None

    def end(self, now: float) -> list[Turn]:
        """Returns the turn at hand, if there is one."""
        turn, self._open = self._open, None
        if turn is None:
            return []
        first = None if turn.first is None else _ms(turn.first - turn.began)
        total = _ms((now if turn.ended is None else turn.ended) - turn.began)
        return [Turn(first, total, turn.interrupted, turn.usage.input, turn.usage.output, turn.cost, turn.estimated)]


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
