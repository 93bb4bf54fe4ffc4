"""Models sessions by their tokens: which are spent, which of them lately, and of which an access token was used."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

#: what a refresh gives: the generation of the tokens, or why there are none
Refreshed = int | str
INVALID, REUSED = "invalid", "reused"


@dataclass(frozen=True)
class Seen:
    """Holds what a row says. `lately`: the generations that were spent within the grace."""

    generation: int
    used_generation: int
    why_ended: str | None
    over: bool
    lately: frozenset[int]


@dataclass(frozen=True)
class Picture:
    """Holds the sessions, all in order of their sign-ins, and those of which an event tells that a token came again."""

    sessions: dict[UUID, Seen]
    order: tuple[UUID, ...]
    told: tuple[UUID, ...]


@dataclass
class Session:
    """Models one session by its tokens, which are numbered from 1."""

    spent: set[int] = field(default_factory=set)
    lately: set[int] = field(default_factory=set)
    used: set[int] = field(default_factory=set)
    why_ended: str | None = None
    timed_out: bool = False

    @property
    def over(self) -> bool:
        return self.timed_out or self.why_ended is not None

    @property
    def unspent(self) -> int:
        return len(self.spent) + 1


@dataclass
class People:
    """Models the sessions of one person, the oldest first."""

    most: int
    beside: bool = False
    sessions: dict[UUID, Session] = field(default_factory=dict)
    told: list[UUID] = field(default_factory=list)

    def copy(self) -> Self:
        return copy.deepcopy(self)

    def picture(self) -> Picture:
        seen = {
            id_: Seen(each.unspent, max(each.used, default=0), each.why_ended, each.over, frozenset(each.lately))
            for id_, each in self.sessions.items()
        }
        return Picture(seen, tuple(seen), tuple(sorted(self.told)))

    def signed_in(self, session: UUID) -> None:
        now = [each for each in self.sessions.values() if not each.over]
        for each in now[: max(0, len(now) - self.most + 1)]:
            each.why_ended = "too_many"
        self.sessions[session] = Session()

    def refreshed(self, id_: UUID, token: int, result: Refreshed) -> None:
        session = self.sessions[id_]
        expected: Refreshed = token + 1
        if session.over:
            expected = REUSED if session.why_ended == REUSED else INVALID
        elif token not in session.spent:
            session.spent.add(token)
            session.lately.add(token)
        elif token not in session.lately and (token + 1 in session.spent or token + 1 in session.used):
            session.why_ended = expected = REUSED
            self.told.append(id_)
        assert result == expected, f"a refresh with {token} should give {expected}"

    def used(self, id_: UUID, token: int, accepted: bool) -> None:
        session = self.sessions[id_]
        assert accepted == (not session.over), "accepted" if accepted else "refused"
        if accepted:
            session.used.add(token)

    def ended(self, id_: UUID, result: bool, *, own: bool) -> None:
        session = self.sessions[id_]
        assert result == (own and not session.over)
        if result:
            session.why_ended = "logout"

    def ended_all(self, result: int, keep: UUID | None) -> None:
        now = [each for id_, each in self.sessions.items() if not each.over and id_ != keep]
        assert result == len(now)
        for each in now:
            each.why_ended = "logout"

    def grace_over(self) -> None:
        for each in self.sessions.values():
            each.lately.clear()

    def time_over(self, id_: UUID) -> None:
        self.sessions[id_].timed_out = True
