"""Tells whether the text of a hint gives the answer of its exercise away, and by which rule."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise

from contracts.leaks import disguise
from contracts.leaks.numbers import in_digits, results, values
from contracts.leaks.secrets import Rule, Secrets
from contracts.leaks.text import plain, root, roots, sentences, unmasked, words

#: a word of a secret says something of its own from this many letters on
_TELLING = 4
#: the part of a secret's telling words, two at least, that say it in one sentence, whatever stands between them
_ENOUGH_OF_ANSWER, _ENOUGH_OF_ITEM = 0.75, 0.66
#: words that stand in any sentence
_COMMON = frozenset(
    root(word)
    for word in (
        "about after also another away back been before both could does down each from have here into itself just keep "
        "kept made make many more most much must need never once onto other over same should some such than that their "
        "them then there these they this those through upon used very want were what when where which while will with "
        "without would your"
    ).split()
)
#: letters from which on a secret is also found within a longer word; shorter ones stand in many words by chance
_WITHIN = 5
_ORDINAL = r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|1st|2nd|3rd|[4-8]th|last|final|top|bottom|middle)"
_LETTER = r"(?:[b-h]\b|a\b(?!\s+[a-z])|[1-8]\b|one\b|two\b|three\b|four\b|five\b|six\b)"
_PLACES = re.compile(
    rf"\b(?:option|choice|alternative|possibilit|letter|number)(?:s|y|ies)?\s*[\"'(:#]?{_LETTER}"
    rf"|\banswer\s*(?:is\s*)?[\"'(:#]?(?:[b-h]\b|a\b(?!\s+[a-z]))"
    rf"|(?:^|\s)\(?[a-h]\)(?:\s|[.,!]|$)"
    rf"|\b(?:choose|pick|select|tick|take|it is|it's|go (?:for|with))\s+[\"'(]?(?:[b-h]\b|a\b(?!\s+[a-z]))"
    rf"|\b(?:the|that|this|your) {_ORDINAL}\s+one\b"
    rf"|\b{_ORDINAL}\s+(?:option|choice|answer|alternative|possibility|in the list|of (?:the |these |those )"
    rf"(?:option|answer|choice|list|two|three|four|five|six))"
    rf"|\b(?:choose|pick|select|tick|take|try|it is|it's|answer is|go (?:for|with)|one is)\s+the\s+{_ORDINAL}\b"
    rf"(?!\s+[a-z])"
)
_PLACES_OF_ITEMS = re.compile(rf"\b{_ORDINAL}\s+(?:item|entry|line|in the list)|\b(?:item|entry)\s+{_LETTER}")
_REVERSES = re.compile(r"\b(?:after|follow\w*|once|before|until|preced\w*|behind)\b")
_BEGINS = re.compile(r"\b(?:first|begin\w*|start\w*|initial\w*)\b")
_ENDS = re.compile(r"\b(?:last|end|ends|ending|final\w*)\b")
_VERDICT = r"(?:true|untrue|false|correct|incorrect|right|wrong|yes|no|accurate|inaccurate|a fact|a myth|a lie)"
_VERDICTS = re.compile(
    rf"^\W*(?:{_VERDICT})\s*(?:[,.:!]|$)"
    rf"|\b(?:it|this|that|statement|claim|sentence|prompt|answer|what it says|which)\b[^.?!,]{{0,40}}?"
    rf"(?:\b(?:is|are|was|be|holds?|sounds?|seems?|stays?|remains?)\b|'s\b|n't\b)[^.?!,]{{0,25}}?\b{_VERDICT}\b(?!-)"
    rf"|\b(?:choose|pick|select|tick|answer|say|mark|press|click|reply|it as|with)\s+[\"'(]?{_VERDICT}\b(?!-)"
    rf"|\b(?:true|false|untrue)\b"
)
#: a sentence that asks for the verdict, or tells on what it hangs, gives none; one that ends in `isn't it?` does
_ASKS = re.compile(rf"\b(?:whether|if|when)\b[^,.!]*\b{_VERDICT}\b|\b(?:would|could|does|do|is|are|was)\b[^,]*\?\W*$")
_TAGS = re.compile(r",\s*(?:isn't it|is it not|is it|right|correct|no|yes|ok|okay|don't you think)\s*\?\W*$")


def leak(secrets: Secrets, text: str) -> Rule | None:
    """Returns the first rule by which a hint gives the answer away; None for a hint that may be shown."""
    said = plain(text)
    return (
        _answer(secrets, said, text)
        or _number(secrets, said, text)
        or _ruled_out(secrets, said)
        or _order(secrets, said)
        or _pair(secrets, said)
        or _position(secrets, said)
        or _verdict(secrets, said)
    )


def _answer(secrets: Secrets, said: str, text: str) -> Rule | None:
    hidden = disguise.decoded(text)
    for answer in map(plain, secrets.answers):
        if _says(answer, said, secrets):
            return "answer"
        if disguise.is_spelled(answer, said):
            return "spelled"
        if disguise.is_reversed(answer, said):
            return "reversed"
        if any(_says(answer, each, secrets) for each in hidden):
            return "encoded"
        if disguise.is_told_by_initial(answer, said):
            return "initials"
    return None


def _says(answer: str, said: str, secrets: Secrets) -> bool:
    """Tells whether a plain text says an answer: in its words, their forms, put together, or all that tells."""
    if _mentions(answer, said):
        return True
    letters = disguise.compact(answer)
    if len(letters) >= _WITHIN and any(letters in word for word in words(said)):
        return True
    if any(_at(_roots(answer), [root(word) for word in seen]) is not None for seen in unmasked(words(said))):
        return True
    others = set(roots(plain(secrets.prompt))).union(*(roots(plain(each)) for each in secrets.wrong))
    telling = [each for each in _telling(answer) if each not in others]
    return any(_says_enough(telling, roots(part), _ENOUGH_OF_ANSWER) for part in sentences(said))


def _mentions(what: str, said: str) -> bool:
    """Tells whether a plain text has the words of another in a row, in whichever form."""
    return _place(what, said) is not None


def _place(what: str, said: str) -> int | None:
    """Returns the number of the word at which a plain text names something: its words in a row, or all that tell."""
    seen = _roots(said)
    at = _at(_roots(what), seen)
    if at is None and len(disguise.compact(what)) >= _WITHIN:
        at = _put_together(disguise.compact(what), words(said))
    if at is None and _says_enough(telling := _telling(what), seen, _ENOUGH_OF_ITEM):
        at = min(seen.index(each) for each in telling if each in seen)
    return at


def _says_enough(telling: Sequence[str], seen: Sequence[str], part: float) -> bool:
    said = sum(each in seen for each in telling)
    return said >= max(2, math.ceil(part * len(telling)))


def _roots(text: str) -> list[str]:
    return roots(in_digits(text))


def _telling(text: str) -> list[str]:
    return list(dict.fromkeys(each for each in roots(text) if len(each) >= _TELLING and each not in _COMMON))


def _at(wanted: Sequence[str], seen: Sequence[str]) -> int | None:
    if not wanted:
        return None
    places = range(len(seen) - len(wanted) + 1)
    return next((n for n in places if list(seen[n : n + len(wanted)]) == list(wanted)), None)


def _put_together(letters: str, seen: Sequence[str]) -> int | None:
    for first in range(len(seen)):
        together = ""
        for word in seen[first:]:
            together += word
            if together == letters or root(together) == root(letters):
                return first
            if len(together) > len(letters):
                break
    return None


def _number(secrets: Secrets, said: str, text: str) -> Rule | None:
    if secrets.number is None:
        return None
    for told in (said, *disguise.decoded(text)):
        if any(abs(value - secrets.number) <= secrets.tolerance + 1e-9 for value in values(told) | results(told)):
            return "number"
    return None


def _ruled_out(secrets: Secrets, said: str) -> Rule | None:
    if secrets.wrong and all(_mentions(plain(each), said) for each in secrets.wrong):
        return "ruled-out"
    return None


def _order(secrets: Secrets, said: str) -> Rule | None:
    items = [plain(item) for item in secrets.order]
    for part in sentences(said):
        places = [_place(item, part) for item in items]
        for before, after in pairwise(places):
            if before is not None and after is not None and (before < after or _REVERSES.search(part)):
                return "order"
        if items and (
            (places[0] is not None and _BEGINS.search(part)) or (places[-1] is not None and _ENDS.search(part))
        ):
            return "position"
    return None


def _pair(secrets: Secrets, said: str) -> Rule | None:
    pairs = [(plain(left), plain(right)) for left, right in secrets.pairs]
    for part in sentences(said):
        if any(_mentions(left, part) and _mentions(right, part) for left, right in pairs):
            return "pair"
    return None


def _position(secrets: Secrets, said: str) -> Rule | None:
    if secrets.wrong and _PLACES.search(said):
        return "position"
    if (secrets.order or secrets.pairs) and _PLACES_OF_ITEMS.search(said):
        return "position"
    return None


def _verdict(secrets: Secrets, said: str) -> Rule | None:
    for part in sentences(said) if secrets.verdict else ():
        if _VERDICTS.search(part) and (_TAGS.search(part) or not _ASKS.search(part)):
            return "verdict"
    return None
