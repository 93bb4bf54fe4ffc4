"""Aligns a transcript with the text: finds which heard words stand for which written ones, by their sounds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from speech.assess.lexicon import SOUNDS, VOWELS, Pronunciation, Sounds

# Sounds that children and transcribers confuse most; their exchange costs less than that of any other two.
ALIKE = frozenset(
    frozenset(pair.split("-"))
    for pair in (
        "P-B T-D K-G F-V TH-DH S-Z SH-ZH CH-JH S-SH S-TH Z-DH T-TH D-DH F-TH V-DH SH-CH T-CH R-W L-W L-R M-N N-NG "
        "IH-IY EH-IH EH-AE AH-AA AH-IH AH-EH AH-AE AA-AO AO-OW UH-UW AH-UH AH-ER ER-R OW-AW AY-AA EY-EH OY-AO"
    ).split()
)
#: From this distance on, a heard word is another word, not a way of saying the written one.
OTHER_WORD = 0.6

#: Cost of a word on one side only. An exchanged word costs less than two of these, up to 0.9 at `OTHER_WORD`.
SKIPPED = 0.5

LONGEST_GROUP = 3
#: the same, where the one word is said in several: “1984” is up to seven, a date up to ten
LONGEST_SPOKEN = 10
#: variants of a group of words that are compared with others if none is the same
FEW = 2
#: most combinations of the variants of words that are said together
MOST_JOINED = 4
#: the distance that an unlisted word has at most from what was heard in its place: its sound is only guessed
GUESSED = 0.5
UNREACHED = float("inf")


@dataclass(frozen=True)
class Match:
    """Matches heard words `heard[h_start:h_end]` with written words `[t_start:t_end]`; either side may be empty.

    `distance` is 0 for the same sounds (homophones, words written apart or together) and at most 1.
    """

    t_start: int
    t_end: int
    h_start: int
    h_end: int
    distance: float


def match(text: Sequence[Pronunciation], heard: Sequence[Pronunciation]) -> list[Match]:
    """Finds the cheapest alignment of the heard words with the text, in order.

    Dynamic programming over groups of up to three words on one side against one on the other, so that "wood chuck" is
    "woodchuck".
    """
    sides = _Sides(text, heard)
    best = {(0, 0): (0.0, Match(0, 0, 0, 0, 0.0))}
    for t, h in product(range(len(text) + 1), range(len(heard) + 1)):
        if (t, h) != (0, 0):
            best[t, h] = min(_steps(best, sides, t, h), key=lambda step: step[0])
    path: list[Match] = []
    at = (len(text), len(heard))
    while at != (0, 0):
        path.append(best[at][1])
        at = (path[-1].t_start, path[-1].h_start)
    return path[::-1]


class _Sides:
    """Holds text and transcript, and remembers how groups of their words are said together."""

    def __init__(self, text: Sequence[Pronunciation], heard: Sequence[Pronunciation]) -> None:
        self.text, self.heard = text, heard
        self._joined: dict[tuple[bool, int, int], tuple[Sounds, ...]] = {}

    def distance(self, t_start: int, t_end: int, h_start: int, h_end: int) -> float:
        """Returns the distance of two groups of words. Long groups count only where they sound the same."""
        written, said = self._said(self.text, t_start, t_end), self._said(self.heard, h_start, h_end)
        largest = max(t_end - t_start, h_end - h_start)
        if largest == 1 or not set(written).isdisjoint(said):
            return distance(written, said)
        return distance(written[:FEW], said[:FEW]) if largest <= LONGEST_GROUP else 1.0

    def _said(self, side: Sequence[Pronunciation], start: int, end: int) -> tuple[Sounds, ...]:
        key = (side is self.text, start, end)
        if key not in self._joined:
            self._joined[key] = _joined(side[start:end])
        return self._joined[key]


def _steps(
    best: dict[tuple[int, int], tuple[float, Match]], sides: _Sides, t: int, h: int
) -> list[tuple[float, Match]]:
    steps = []
    for written, said in _groups(sides, t, h):
        start = (t - written, h - said)
        if written and said:
            apart = sides.distance(start[0], t, start[1], h)
            if written == 1 and not sides.text[t - 1].listed:
                apart = min(apart, GUESSED)
            # A larger group must reduce the cost: each further written word costs as much as a word of its own.
            cost = apart * max(written, said) * 1.5 if apart < OTHER_WORD else UNREACHED
        else:
            apart, cost = 1.0, SKIPPED
        steps.append((best[start][0] + cost, Match(start[0], t, start[1], h, apart)))
    return steps


def _groups(sides: _Sides, t: int, h: int) -> list[tuple[int, int]]:
    """Returns the sizes of groups that may end here: one word on a side, and on the other as many as it is said in."""
    longest_said = max(LONGEST_GROUP, min(sides.text[t - 1].longest, LONGEST_SPOKEN)) if t else 0
    longest_written = max(LONGEST_GROUP, min(sides.heard[h - 1].longest, LONGEST_SPOKEN)) if h else 0
    several = [*((1, n) for n in range(2, longest_said + 1)), *((n, 1) for n in range(2, longest_written + 1))]
    return [(written, said) for written, said in [(1, 1), *several, (1, 0), (0, 1)] if written <= t and said <= h]


def _joined(parts: Sequence[Pronunciation]) -> tuple[Sounds, ...]:
    """Returns the variants of words said together: all of one word, up to four combinations of several."""
    if len(parts) == 1:
        return parts[0].variants
    variants: list[Sounds] = [()]
    for part in parts:
        variants = [before + after for before in variants for after in part.variants][:MOST_JOINED]
    return tuple(variants)


@lru_cache(maxsize=20_000)
def distance(first: tuple[Sounds, ...], second: tuple[Sounds, ...]) -> float:
    """Returns the distance between the sounds of two words by their closest variants; 1 from `OTHER_WORD` on."""
    if not set(first).isdisjoint(second):
        return 0.0
    nearest = OTHER_WORD
    for one, other in product(first, second):
        longer = max(len(one), len(other), 1)
        if abs(len(one) - len(other)) * 0.8 < nearest * longer:  # else no exchange can bring them nearer
            nearest = min(nearest, _edit(one, other, nearest * longer) / longer)
    return nearest if nearest < OTHER_WORD else 1.0


def _edit(first: Sounds, second: Sounds, limit: float) -> float:
    """Returns the cost of turning one into the other, or infinity as soon as it is sure to reach the limit."""
    row = [0.8 * position for position in range(len(second) + 1)]
    for number, one in enumerate(first, start=1):
        costs = EXCHANGES[one]
        before = row[0]
        row[0] = left = 0.8 * number
        for position, other in enumerate(second, start=1):
            above = row[position]
            cost = before + costs[other]
            if above + 0.8 < cost:
                cost = above + 0.8
            if left + 0.8 < cost:
                cost = left + 0.8
            row[position] = left = cost
            before = above
        if min(row) >= limit:
            return math.inf
    return row[-1]


def _exchange(one: str, other: str) -> float:
    if one == other:
        return 0.0
    if frozenset((one, other)) in ALIKE:
        return 0.4
    return 0.7 if (one in VOWELS) == (other in VOWELS) else 1.0


#: what each exchange of one sound for another costs
EXCHANGES = {one: {other: _exchange(one, other) for other in SOUNDS} for one in SOUNDS}
