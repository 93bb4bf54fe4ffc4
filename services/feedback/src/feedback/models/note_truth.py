"""Tells whether a note says what its message says: its words stand there, in their order, in one sentence.

What is left out of the sentence may be anything but a word that turns its meaning. A sentence that is not English has
to be there whole, since those words are known in English alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate

_SENTENCE = re.compile(r"(?<=[.!?…;])\s+|(?<=[。！？])|\n+")
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]|[^\W_]+|[,:–—]")
_SHORT_FORMS = (
    (re.compile(r"\bcan't\b|\bcannot\b"), "can not"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"'(?:re|ll|ve|d|s|m)\b"), ""),
)
_ENDING = re.compile(r"(?<=\w{3})(?:ing|ed|es|s|e)$")
_TWICE = re.compile(r"([^aeiou])\1$")
#: a part of a sentence ends before one of these
_JOINTS = frozenset({",", ":", "–", "—", "but", "because", "so", "though", "although"})
#: words that turn what their part of a sentence means
_TURN = frozenset(
    "not no never none nobody nothing neither nor without hardly rarely instead except against stop avoid".split()
)
#: words that turn what the whole sentence means
_CONDITION = frozenset("if unless until otherwise whether assuming suppose".split())
#: words that make what is said no more than a thought
_LOOSE = frozenset("could might may should would can maybe perhaps possibly probably consider think wonder".split())
#: words that a note may add, since they say nothing
_GLUE = frozenset("a an and are be i is it of our that the to was we were will".split())
_ENGLISH = _GLUE | frozenset(
    "ask can for has have how if in let must need no not on should they this use what who with you".split()
)
#: by a section of the notes whether its lines are what somebody has settled
FIRM = frozenset({"decisions", "next_steps"})
#: where a line of a question may stand
_ASKED = frozenset({"open_questions", "ideas"})


def holds(note: str, message: str, section: str) -> bool:
    """Tells whether a line of a section says what one sentence of its message says."""
    said = list(_words(note))
    return bool(said) and any(
        _holds(said, list(_words(sentence, joints=True)), section)
        for sentence in _SENTENCE.split(message)
        if section in _ASKED or not sentence.rstrip("\"'”’)").endswith(("?", "？"))
    )


def _holds(said: Sequence[str], sentence: Sequence[str], section: str) -> bool:
    words = [word for word in sentence if word not in _JOINTS or word.isalpha()]
    if not _ENGLISH & set(words):
        return list(map(_stem, said)) == list(map(_stem, words))
    found = _found(said, sentence)
    if not found:
        return False
    parts = list(accumulate(word in _JOINTS for word in sentence))
    there = [word for place, word in enumerate(sentence) if parts[found[0]] <= parts[place] <= parts[found[-1]]]
    kept = _TURN | (_LOOSE if section in FIRM else frozenset())
    return _only(said, kept) == _only(there, kept) and _only(said, _CONDITION) == _only(sentence, _CONDITION)


def _found(said: Sequence[str], sentence: Sequence[str]) -> list[int]:
    """Returns where the words of a note stand in a sentence, in their order; nothing if one is missing."""
    stems, found, place = [_stem(word) for word in sentence], [], -1
    for word in said:
        following = next((at for at in range(place + 1, len(stems)) if stems[at] == _stem(word)), None)
        if following is not None:
            place = following
            found.append(place)
        elif word not in _GLUE:
            return []
    return found


def _only(words: Sequence[str], kept: frozenset[str]) -> list[str]:
    return [word for word in words if word in kept]


def _words(text: str, *, joints: bool = False) -> Iterator[str]:
    text = text.casefold().replace("’", "'")
    for form, whole in _SHORT_FORMS:
        text = form.sub(whole, text)
    yield from (word for word in _WORD.findall(text) if joints or word.isalnum())


def _stem(word: str) -> str:
    return _TWICE.sub(r"\1", _ENDING.sub("", word))
