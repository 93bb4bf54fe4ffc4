"""Draws leagues, ranks their members and says who goes up or down. All of it is pure.

Weeks are ISO weeks in UTC. League 1 is the highest. Every replica computes the same from the same rows.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Literal
from uuid import UUID

Move = Literal["up", "stays", "down"]

MOST_MEMBERS, MOVES = 30, 5
_STEPS: Mapping[Move, int] = {"up": -1, "stays": 0, "down": 1}
WEEK = timedelta(days=7)
_WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
_ADJECTIVES = "Amber Brave Calm Clever Coral Eager Gentle Golden Happy Ivory Jolly Keen Kind Lively Lucky Merry".split()
_ANIMALS = "Badger Beaver Crane Dolphin Falcon Finch Fox Hare Heron Lynx Marten Otter Owl Robin Seal Swift".split()


@dataclass(frozen=True, slots=True)
class Standing:
    """Holds what a person has earned in a week, and when they reached it; None: nothing yet."""

    person: UUID
    xp: int
    reached_at: datetime | None = None

    @property
    def order(self) -> tuple[int, float, UUID]:
        """Sorts the highest first, of equal ones who reached it earlier."""
        return -self.xp, self.reached_at.timestamp() if self.reached_at is not None else 0.0, self.person


def week_of(moment: datetime) -> str:
    """Returns the ISO week of a moment in UTC."""
    year, week, _ = moment.astimezone(UTC).isocalendar()
    return f"{year:04}-W{week:02}"


def begin_of(week: str) -> datetime:
    """Returns when a week begins. Raises ValueError for what is no week."""
    found = _WEEK.fullmatch(week)
    if found is None:
        raise ValueError("must be a week such as 2026-W48")
    return datetime.fromisocalendar(int(found[1]), int(found[2]), 1).replace(tzinfo=UTC)


def week_before(week: str) -> str:
    """Returns the week before."""
    return week_of(begin_of(week) - WEEK)


def ranked(standings: Iterable[Standing]) -> list[tuple[int, Standing]]:
    """Returns the members of a league with their ranks: equal XP have equal rank."""
    found: list[tuple[int, Standing]] = []
    for place, each in enumerate(sorted(standings, key=lambda each: each.order), start=1):
        same = found and found[-1][1].xp == each.xp
        found.append((found[-1][0] if same else place, each))
    return found


def moves(members: Sequence[Standing], league: int, leagues: int, frozen: Iterable[UUID] = ()) -> dict[UUID, Move]:
    """Says who goes up or down: the first five up, the last five down, but nobody who had a frozen day in the week."""
    ordered = sorted(members, key=lambda each: each.order)
    kept = set(frozen)
    found: dict[UUID, Move] = {each.person: "stays" for each in ordered}
    if league < leagues:
        found |= {each.person: "down" for each in ordered[-MOVES:] if each.person not in kept}
    return found | {each.person: "up" if league > 1 else "stays" for each in ordered[:MOVES] if each.xp > 0}


def members_of(earned: Mapping[UUID, Standing], before: Mapping[UUID, int]) -> dict[int, list[Standing]]:
    """Returns how the members of each league stand, the highest league first."""
    found: dict[int, list[Standing]] = {league: [] for league in sorted(set(before.values()))}
    for person, league in before.items():
        found[league].append(earned.get(person, Standing(person, 0)))
    return found


def draw(
    earned: Mapping[UUID, Standing], before: Mapping[UUID, int], kept: Collection[UUID] = frozenset()
) -> dict[UUID, int]:
    """Returns the league of each person in the next week, by the XP of this one.

    `before`: this week's leagues; who was in none begins in the lowest. `kept`: those of its members who had a frozen
    day. They have their seat first, so that none of them goes down, and need no XP.
    """
    lowest = max(before.values(), default=1)
    moved: dict[UUID, Move] = {}
    for league, there in members_of(earned, before).items():
        moved |= moves(there, league, lowest, kept)

    def level(person: UUID) -> int:
        return before[person] + _STEPS[moved[person]] if person in before else lowest

    seated = {each for each in earned.values() if each.xp > 0} | {earned.get(each, Standing(each, 0)) for each in kept}
    ordered = [each.person for each in sorted(seated, key=lambda each: (level(each.person), *each.order))]
    keeping: dict[int, list[UUID]] = {}
    for person in ordered:
        if person in kept:
            keeping.setdefault(before[person], []).append(person)
    found: dict[UUID, int] = {}
    rest = (person for person in ordered if person not in found)
    league = 0
    while len(found) < len(ordered):
        league += 1
        first = [person for person in keeping.get(league, ()) if person not in found]
        found |= dict.fromkeys(first, league)
        found |= dict.fromkeys(islice(rest, MOST_MEMBERS - len(first)), league)
    return found


def result_of(before: int, after: int) -> Move:
    """Says what has become of a member of a league who is drawn into another."""
    return "stays" if after == before else "up" if after < before else "down"


def pseudonym(person: UUID) -> str:
    """Returns the name under which others see a person who has chosen none; it does not tell the id."""
    digest = hashlib.sha256(b"voxbus league" + person.bytes).digest()
    number = int.from_bytes(digest[2:4], "big") % 1000
    return f"{_ADJECTIVES[digest[0] % len(_ADJECTIVES)]} {_ANIMALS[digest[1] % len(_ANIMALS)]} {number:03}"
