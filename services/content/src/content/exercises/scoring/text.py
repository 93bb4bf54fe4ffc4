"""Compares texts as people type them, and forgives one typo where an exercise does."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

#: letters that an accepted text needs before a typo is forgiven
SHORTEST_FORGIVEN = 5
_QUOTES = dict.fromkeys(map(ord, "‘’‚‛′´`ʼ"), "'") | dict.fromkeys(map(ord, "“”„‟″«»"), '"')
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－"), "-")
_OUTER = " .,;:!?…¿¡\"'()[]{}"
_ARTICLE = re.compile(r"^(?:a|an|the) (?=\S)")


def normalised(text: str) -> str:
    """Returns a text without what makes no difference.

    That is case, width and form of characters, kinds of quotes and dashes, punctuation around it, an article before
    it, and more than one space between words. A text of nothing else is returned without its spaces.
    """
    seen = "".join(each for each in unicodedata.normalize("NFKC", text) if unicodedata.category(each) != "Cf")
    plain = unicodedata.normalize("NFKC", seen.casefold()).translate(_QUOTES | _DASHES)
    spaced = " ".join(plain.split())
    return _ARTICLE.sub("", spaced.strip(_OUTER), count=1).strip(_OUTER) or spaced


def is_accepted(text: str, accepted: Iterable[str], *, typos: int = 0, refused: Iterable[str] = ()) -> bool:
    """Tells whether a text is one of the accepted, or one typo away from one and none of the `refused`."""
    given, right = normalised(text), [normalised(each) for each in accepted]
    if given in right:
        return True
    if not typos or given in {normalised(each) for each in refused}:
        return False
    return any(len(each) >= SHORTEST_FORGIVEN and one_typo(given, each) for each in right)


def one_typo(given: str, right: str) -> bool:
    """Tells whether two texts have a Damerau–Levenshtein distance of one at most.

    That is a letter too much, too few, another letter, or two neighbours the wrong way round.
    """
    if abs(len(given) - len(right)) > 1:
        return False
    while given and right and given[0] == right[0]:
        given, right = given[1:], right[1:]
    while given and right and given[-1] == right[-1]:
        given, right = given[:-1], right[:-1]
    return max(len(given), len(right)) <= 1 or (len(given) == len(right) == 2 and given == right[::-1])
