"""Aligns a transcript with the text: finds which heard words stand for which written ones, by their sounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from speech.assess.lexicon import VOWELS, Pronunciation, Sounds

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
    best = {(0, 0): (0.0, Match(0, 0, 0, 0, 0.0))}
    for t, h in product(range(len(text) + 1), range(len(heard) + 1)):
        if (t, h) != (0, 0):
            best[t, h] = min(_steps(best, text, heard, t, h), key=lambda step: step[0])
    path: list[Match] = []
    at = (len(text), len(heard))
    while at != (0, 0):
        path.append(best[at][1])
        at = (path[-1].t_start, path[-1].h_start)
    return path[::-1]


def _steps(
    best: dict[tuple[int, int], tuple[float, Match]],
    text: Sequence[Pronunciation],
    heard: Sequence[Pronunciation],
    t: int,
    h: int,
) -> list[tuple[float, Match]]:
    steps = []
    for written, said in _groups(t, h):
        start = (t - written, h - said)
        if written and said:
            apart = distance(_joined(text[start[0] : t]), _joined(heard[start[1] : h]))
            # A larger group must reduce the cost: each further written word costs as much as a word of its own.
            cost = apart * max(written, said) * 1.5 if apart < OTHER_WORD else UNREACHED
        else:
            apart, cost = 1.0, SKIPPED
        steps.append((best[start][0] + cost, Match(start[0], t, start[1], h, apart)))
    return steps


def _groups(t: int, h: int) -> list[tuple[int, int]]:
    pairs = [(1, 1), *((1, n) for n in range(2, LONGEST_GROUP + 1)), *((n, 1) for n in range(2, LONGEST_GROUP + 1))]
    return [(written, said) for written, said in [*pairs, (1, 0), (0, 1)] if written <= t and said <= h]


def _joined(parts: Sequence[Pronunciation]) -> tuple[Sounds, ...]:
    """Returns the variants of words said together (at most eight)."""
    variants: list[Sounds] = [()]
    for part in parts:
        variants = [before + after for before in variants for after in part.variants][:8]
    return tuple(variants)


@lru_cache(maxsize=20_000)
def distance(first: tuple[Sounds, ...], second: tuple[Sounds, ...]) -> float:
    """Returns the distance between the sounds of two words, 0 to 1, by their closest variants."""
    return min(_edit(one, other) / max(len(one), len(other), 1) for one, other in product(first, second))


def _edit(first: Sounds, second: Sounds) -> float:
    row = [0.8 * position for position in range(len(second) + 1)]
    for number, one in enumerate(first, start=1):
        before, row[0] = row[0], 0.8 * number
        for position, other in enumerate(second, start=1):
            exchanged = before + _exchange(one, other)
            before = row[position]
            row[position] = min(exchanged, row[position] + 0.8, row[position - 1] + 0.8)
    return row[-1]


def _exchange(one: str, other: str) -> float:
    if one == other:
        return 0.0
    if frozenset((one, other)) in ALIKE:
        return 0.4
    return 0.7 if (one in VOWELS) == (other in VOWELS) else 1.0
