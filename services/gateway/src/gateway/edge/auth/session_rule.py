"""Decides what becomes of a session when a refresh token is presented: the rule of `accounts.md` as a pure function.

The tokens of a session are numbered from 1. One is unspent, that of the session's `generation`; presenting it spends it
and begets the next. The access tokens that are issued together with a refresh token carry its number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

#: why a session has ended whose spent token was presented again
REUSED = "reused"

#: how long a session lasts after its sign-in, and after its last use
LONGEST = timedelta(days=90)
IDLE = timedelta(days=30)


class Verdict(Enum):
    """Says what follows from presenting a token."""

    #: the token is spent now; the session gets the next one
    SPEND = "spend"
    #: the token was spent before, and its successor is given again
    REPEAT = "repeat"
    #: the token was stolen, or its thief was here before: the session ends
    END = "end"
    #: the session ended before for that reason
    ENDED = "ended"
    #: there is no such session any more, or no such token
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class State:
    """Holds what a session's row says.

    `spent`: when its newest spent tokens were spent, the oldest first; the last is that of `generation` - 1.
    `used_generation`: the newest generation of which an access token was used.
    """

    generation: int
    spent: Sequence[datetime]
    used_generation: int
    ends_at: datetime
    why_ended: str | None = None


def judge(state: State, presented: int, now: datetime, grace: timedelta) -> Verdict:
    """Decides on a genuine token of a session whose row is locked. `presented` is the token's generation."""
    if state.why_ended == REUSED:
        return Verdict.ENDED
    if state.why_ended is not None or state.ends_at <= now or presented > state.generation:
        return Verdict.INVALID  # a token is ahead of its session after the restore of a backup
    if presented == state.generation:
        return Verdict.SPEND
    spent_at = _spent_at(state, presented)
    within_grace = spent_at is not None and now - spent_at < grace
    return Verdict.REPEAT if within_grace or _successor_unused(state, presented) else Verdict.END


def spent_after(state: State, now: datetime, grace: timedelta) -> list[datetime]:
    """Returns the times to keep once the unspent token is spent: its own, and those whose grace still runs."""
    running = next((place for place, spent in enumerate(state.spent) if now - spent < grace), len(state.spent))
    return [*state.spent[running:], now]


def _spent_at(state: State, presented: int) -> datetime | None:
    """Returns when a token was spent; None when that is too long ago to be kept."""
    place = len(state.spent) - (state.generation - presented)
    return state.spent[place] if place >= 0 else None


def _successor_unused(state: State, presented: int) -> bool:
    """Tells whether neither the successor nor an access token issued with it was used: its answer may be lost."""
    successor = presented + 1
    return successor == state.generation and state.used_generation < successor
