"""Finds what a text writes short (numbers, money, dates, units, abbreviations) and every right way of saying it.

What no pattern takes is said as it is spelled.
"""

import re
from collections.abc import Iterator

from speech.assess.forms import Short
from speech.assess.letter_forms import LETTER_KINDS
from speech.assess.number_forms import NUMBER_KINDS
from speech.assess.numbers import unique
from speech.assess.sign_forms import BEFORE, BEHIND

#: most ways of one word that are kept
MOST_WAYS = 10
_CASELESS = ("month", "short")
#: of kinds that fit at the same place, the first counts
_KINDS = {
    kind: (re.compile(pattern, re.IGNORECASE if kind in _CASELESS else 0), read)
    for kind, (pattern, read) in {**BEFORE, **NUMBER_KINDS, **LETTER_KINDS, **BEHIND}.items()
}


def short_forms(text: str) -> Iterator[Short]:
    """Finds all short forms in order, without overlap. Apostrophes must be straight."""
    at = 0
    next_of = {kind: pattern.search(text) for kind, (pattern, _) in _KINDS.items()}
    while candidates := [(found.start(), order, kind) for order, (kind, found) in enumerate(next_of.items()) if found]:
        _, _, kind = min(candidates)
        found = next_of[kind]
        assert found is not None
        if shorts := _KINDS[kind][1](found):
            yield from (Short(each.start, each.end, tuple(unique(each.ways)[:MOST_WAYS])) for each in shorts)
            at = max(found.end(), at + 1)
        else:
            next_of[kind] = _KINDS[kind][0].search(text, found.start() + 1)
        for other, one in next_of.items():
            if one and one.start() < at:
                next_of[other] = _KINDS[other][0].search(text, at)
