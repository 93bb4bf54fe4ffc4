"""Tells whether a plain text names something: in its words, their forms, put together, or in most of what tells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from contracts.leaks.numerals import in_digits
from contracts.leaks.signs import is_sign, place_of_sign
from contracts.leaks.text import root, roots, words

#: a word of a secret says something of its own from this many letters on
_TELLING = 4
#: the part of what is named's telling words, two at least, that name it, whatever stands between them
_ENOUGH = 0.66
#: words that stand in any sentence
COMMON = frozenset(
    root(word)
    for word in (
        "about after also another away back been before both could does down each from have here into itself just keep "
        "kept made make many more most much must need never once onto other over same should some such than that their "
        "them then there these they this those through upon used very want were what when where which while will with "
        "without would your"
    ).split()
)
#: letters from which on a secret is also found within a longer word; shorter ones stand in many words by chance
WITHIN = 5


def compact(text: str) -> str:
    """Returns the letters and digits of a plain text alone."""
    return "".join(words(text))


def mentions(what: str, said: str) -> bool:
    """Tells whether a plain text names another."""
    return place(what, said) is not None


@lru_cache(maxsize=4096)
def place(what: str, said: str) -> int | None:
    """Returns the number of the word at which a plain text names something: its words in a row, or all that tell."""
    if is_sign(what):
        sign = place_of_sign(what, said)
        return None if sign is None else len(roots(in_digits(said[:sign])))
    seen = roots(in_digits(said))
    at = place_of(roots(in_digits(what)), seen)
    if at is None and len(compact(what)) >= WITHIN:
        at = _put_together(compact(what), words(said))
    if at is None and says_enough(tells := telling(what), seen, _ENOUGH):
        at = min(seen.index(each) for each in tells if each in seen)
    return at


@lru_cache(maxsize=1024)
def telling(text: str) -> tuple[str, ...]:
    """Returns the roots of a plain text's words that say something of their own."""
    return tuple(dict.fromkeys(each for each in roots(text) if len(each) >= _TELLING and each not in COMMON))


def says_enough(tells: Sequence[str], seen: Sequence[str], part: float) -> bool:
    """Tells whether this part of some roots, two at least, is among those of a text."""
    return len(tells) > 1 and sum(each in seen for each in tells) >= max(2, math.ceil(part * len(tells)))


def place_of(wanted: Sequence[str], seen: Sequence[str]) -> int | None:
    """Returns where the one stands in the other, in a row."""
    if not wanted:
        return None
    places = range(len(seen) - len(wanted) + 1)
    return next((n for n in places if seen[n] == wanted[0] and list(seen[n : n + len(wanted)]) == list(wanted)), None)


def _put_together(letters: str, seen: Sequence[str]) -> int | None:
    for first, begin in enumerate(seen):
        if not letters.startswith(begin[:WITHIN]):
            continue
        together = ""
        for word in seen[first:]:
            together += word
            if together == letters or root(together) == root(letters):
                return first
            if len(together) > len(letters):
                break
    return None
