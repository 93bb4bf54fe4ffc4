"""Tells whether the text of a hint gives the answer of its exercise away, and by which rule."""

from __future__ import annotations

import re

from contracts.leaks import disguise, numbers, orders, places, verdicts
from contracts.leaks.mentions import WITHIN, compact, mentions, place_of, says_enough, telling
from contracts.leaks.secrets import Rule, Secrets
from contracts.leaks.signs import is_sign
from contracts.leaks.text import as_written, plain, root, roots, sentences, unemphasized, unmasked, words

#: the part of an answer's telling words, two at least, that say it in one sentence, whatever stands between them
_ENOUGH = 0.75
_PER_CENT = re.compile(r"%|\bper\s?cent|\bpercentage")


def leak(secrets: Secrets, text: str) -> Rule | None:
    """Returns the first rule by which a hint gives the answer away; None for a hint that may be shown."""
    said = plain(text)
    return (
        _answer(secrets, said, text)
        or _number(secrets, said, text)
        or _ruled_out(secrets, said)
        or (orders.order([plain(item) for item in secrets.order], said) if secrets.order else None)
        or (
            orders.pair([(plain(left), plain(right)) for left, right in secrets.pairs], said) if secrets.pairs else None
        )
        or _position(secrets, said, text)
        or (verdicts.verdict(said, text) if secrets.verdict else None)
    )


def _answer(secrets: Secrets, said: str, text: str) -> Rule | None:
    hidden = disguise.decoded(text) if secrets.answers else ()
    for answer in map(plain, secrets.answers):
        if _says(answer, said, secrets):
            return "answer"
        if any(_says(answer, each, secrets) for each in hidden):
            return "encoded"
        if is_sign(answer):
            continue
        if disguise.is_spelled(answer, said):
            return "spelled"
        if disguise.is_reversed(answer, said):
            return "reversed"
        if disguise.is_turned(answer, said):
            return "encoded"
        if disguise.is_told_by_initial(answer, said):
            return "initials"
    return None


def _says(answer: str, said: str, secrets: Secrets) -> bool:
    """Tells whether a plain text says an answer: in its words, their forms, put together, or all that tells."""
    if mentions(answer, said):
        return True
    letters = compact(answer)
    if len(letters) >= WITHIN and any(letters in word for word in words(said)):
        return True
    wanted = roots(answer)
    if any(place_of(wanted, [root(word) for word in seen]) is not None for seen in unmasked(words(said))):
        return True
    tells = telling(answer)
    if len(tells) < 2:
        return False
    others = set(roots(plain(secrets.prompt))).union(*(roots(plain(each)) for each in secrets.wrong))
    tells = tuple(each for each in tells if each not in others)
    return any(says_enough(tells, roots(part), _ENOUGH) for part in sentences(said))


def _number(secrets: Secrets, said: str, text: str) -> Rule | None:
    if secrets.number is None:
        return None
    per_cent = _PER_CENT.search(plain(secrets.prompt)) is not None
    written = [(said, as_written(text)), *((each, each) for each in disguise.decoded(text))]
    if any(numbers.names(secrets.number, secrets.tolerance, *each, per_cent=per_cent) for each in written):
        return "number"
    return None


def _ruled_out(secrets: Secrets, said: str) -> Rule | None:
    if secrets.wrong and all(mentions(plain(each), said) for each in secrets.wrong):
        return "ruled-out"
    return None


def _position(secrets: Secrets, said: str, text: str) -> Rule | None:
    bare = unemphasized(said)
    if secrets.wrong and places.points_at_option(bare, unemphasized(as_written(text))):
        return "position"
    if (secrets.order or secrets.pairs) and places.points_at_item(bare):
        return "position"
    return None
