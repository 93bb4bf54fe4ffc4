"""Tells whether a plain text gives the right order of items away, or what belongs to what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from contracts.leaks.mentions import COMMON, mentions, place
from contracts.leaks.numerals import in_digits
from contracts.leaks.secrets import Rule
from contracts.leaks.text import roots, sentences

#: items of which the relative order is told away, where all that are named stand in it
_MANY = 3
#: letters of a word that may stand for an item alone, and short words that do not
_TELLING = 3
_FILLING = COMMON | frozenset(
    "the and you for not are has its can all any who how out off get set put use with".split()
)
_REVERSES = re.compile(r"\b(?:after|follow\w*|once|before|until|preced\w*|behind|backwards?|revers\w*|bottom|upside)\b")
#: what tells in one sentence that what is named first is first, or comes later
_FORWARDS = re.compile(r"\b(?:before|then|until|followed by|precedes?|next|later)\b|^\W*(?:after|once)\b|->|→")
_TURNED = re.compile(r"\b(?:after|once|follows)\b|^\W*before\b")
_BEGINS = re.compile(r"\b(?:first|begin\w*|start\w*|initial\w*|opens?|opening|earliest|foremost)\b")
_ENDS = re.compile(r"\b(?:last|end|ends|ending|final\w*|latest|finish\w*|clos(?:es|ing)|conclud\w*)\b")
_NEXT_TO_LAST = re.compile(r"\b(?:last but one|second[- ]to[- ]last|second[- ]last|penultimate|next[- ]to[- ]last)\b")
_ORDINALS = "first second third fourth fifth sixth seventh eighth".split()
#: what refers to the sentence before
_REFERS = re.compile(
    r"^\W*(?:and |so |because |for |i\.e\. |hence )?(?:that|this|it|its|it's|they|these|those|he|she|which|"
    r"the (?:one|answer|match|partner|thing))\b"
)


def order(items: Sequence[str], said: str) -> Rule | None:
    """Returns the rule by which a text tells the order, or the place of one item in it."""
    parts, own = sentences(said), _own_words(items)
    named = [[place(item, part) for item in items] for part in parts]
    for part, places in zip(parts, named, strict=True):
        if _in_one(places, part):
            return "order"
        if _has_place(places, own, part):
            return "position"
    if any(_next_to(*both, parts[n + 1]) for n, both in enumerate(pairwise(named))):
        return "order"
    if any(_by_own_words(own, part) for part in parts):
        return "order"
    return "order" if _in_all(items, said) or any(_by_a_word_each(own, part) for part in (*parts, said)) else None


def pair(pairs: Sequence[tuple[str, str]], said: str) -> Rule | None:
    """Returns the rule by which a text tells what belongs together: in one sentence, or in two that refer."""
    parts = sentences(said)
    for part in parts:
        if any(mentions(left, part) and mentions(right, part) for left, right in pairs):
            return "pair"
    lines = [part for part in re.split(r"[.!?…;\n]+", said) if part.strip()]
    for before, after in pairwise(lines):
        for left, right in pairs:
            if _told_apart(left, right, before, after) or _told_apart(right, left, before, after):
                return "pair"
    if any(
        mentions(left, said) and mentions(right, said) and _says_little_else(f"{left} {right}", said)
        for left, right in pairs
    ):
        return "pair"
    both = [(place(left, said), place(right, said)) for left, right in pairs]
    found = [(left, right) for left, right in both if left is not None and right is not None]
    if (
        len(found) > 1
        and found == sorted(found)
        and [right for _, right in found] == sorted(right for _, right in found)
    ):
        return "pair"
    return None


def _told_apart(first: str, second: str, before: str, after: str) -> bool:
    """Tells whether two sentences name the sides of a pair: the one refers to the other, or they say nothing else."""
    if not (mentions(first, before) and mentions(second, after)):
        return False
    return _REFERS.search(after) is not None or (_says_little_else(first, before) and _says_little_else(second, after))


def _says_little_else(item: str, part: str) -> bool:
    return len(roots(part)) <= len(roots(item)) + 2


def _in_one(places: Sequence[int | None], part: str) -> bool:
    """Tells whether a sentence has two neighbours in their order, or in the other one and says so."""
    return any(
        before is not None and after is not None and (before < after or _REVERSES.search(part) is not None)
        for before, after in pairwise(places)
    )


def _has_place(places: Sequence[int | None], own: Sequence[set[str]], part: str) -> bool:
    """Tells whether a sentence names an item together with its place."""
    last = len(places) - 1
    if last < 1:
        return False
    if (places[0] is not None and _BEGINS.search(part)) or (places[last] is not None and _ENDS.search(part)):
        return True
    if places[last - 1] is not None and _NEXT_TO_LAST.search(part):
        return True
    digits = in_digits(part)
    said = set(roots(part))
    return any(
        (at is not None and _numbered(n + 1).search(digits)) or (said & own[n] and _at_step(n + 1).search(digits))
        for n, at in enumerate(places)
    )


@lru_cache(maxsize=16)
def _at_step(n: int) -> re.Pattern[str]:
    return re.compile(
        rf"\b(?:step|place|position|rank|spot|stage|phase)\s*#?{n}\b"
        rf"|\b(?:comes?|goes?|is|are|stands?|belongs|done|happens?)\s+(?:the\s+)?"
        rf"(?:{_ORDINALS[n - 1]}(?:ly)?|{n}(?:st|nd|rd|th))\b(?!\s+[a-z])"
        rf"|\b(?:{_ORDINALS[n - 1]}|{n}(?:st|nd|rd|th))\s+(?:step|place|position|stage|phase)\b"
    )


@lru_cache(maxsize=16)
def _numbered(n: int) -> re.Pattern[str]:
    ordinal = _ORDINALS[n - 1] if n <= len(_ORDINALS) else str(n)
    return re.compile(
        rf"^\W*{n}\s*[.):=-]|[(\[]{n}[)\]]|#{n}\b"
        rf"|\b(?:step|place|number|position|rank|no\.?|nr\.?|spot|stage|phase)\s*#?{n}\b"
        rf"|\b{n}(?:st|nd|rd|th)\b|\b{ordinal}(?:ly)?\b|[=:]\s*{n}\W*$|\b(?:is|are|comes?|goes?)\s+{n}\b\W*$"
    )


def _next_to(before: Sequence[int | None], after: Sequence[int | None], part: str) -> bool:
    """Tells whether one sentence names an item and the next one its neighbour: in their order, or turned and told."""
    turned = _REVERSES.search(part) is not None
    return any(
        (before[n] is not None and after[n + 1] is not None)
        or (turned and before[n + 1] is not None and after[n] is not None)
        for n in range(len(before) - 1)
    )


def _in_all(items: Sequence[str], said: str) -> bool:
    """Tells whether a whole text names many items, all in their order, or all backwards and says so."""
    places = [at for item in items if (at := place(item, said)) is not None]
    return _in_order(places, said, _MANY)


def _in_order(places: Sequence[int], said: str, many: int) -> bool:
    if len(places) < many:
        return False
    return list(places) == sorted(places) or (
        list(places) == sorted(places, reverse=True) and _REVERSES.search(said) is not None
    )


def _by_own_words(own: Sequence[set[str]], part: str) -> bool:
    """Tells whether a sentence that speaks of an order has two neighbours in theirs, each by a word of its own."""
    forwards, turned = _FORWARDS.search(part), _TURNED.search(part)
    if not (forwards or turned):
        return False
    seen = roots(part)
    places = [min((seen.index(word) for word in each if word in seen), default=None) for each in own]
    return any(
        before is not None and after is not None and bool(forwards if before < after else turned)
        for before, after in pairwise(places)
    )


def _by_a_word_each(own: Sequence[set[str]], said: str) -> bool:
    """Tells whether a text names all items by a word that each has alone, in their order."""
    seen = roots(said)
    places = [min(found) for each in own if (found := [seen.index(word) for word in each if word in seen])]
    return _in_order(places, said, max(_MANY, len(own) - 1)) and len(set(places)) == len(places)


def _own_words(items: Sequence[str]) -> list[set[str]]:
    """Returns the roots that each item has alone."""
    told = [{word for word in roots(item) if len(word) >= _TELLING and word not in _FILLING} for item in items]
    return [each.difference(*(other for m, other in enumerate(told) if m != n)) for n, each in enumerate(told)]
