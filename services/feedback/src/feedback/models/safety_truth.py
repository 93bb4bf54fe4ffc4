"""Checks that feedback is true: it names only what was read, and praises nothing that was not right."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from feedback.assessment import Assessment
from feedback.models.safety_patterns import any_of
from feedback.models.safety_text import Text, is_common, plain_words

#: a clause that begins so says what to do, and praises nothing
_TO_DO = re.compile(
    r"\W*(?:(?:and|then|now|so|but|please|just) )*"
    r"(?:next|say|try|read|listen|put|keep|make|take|look|let|slow|go|pick|close|open"
    r"|press|push|pull|move|lift|blow|hum|hold|give|practi[cs]e|work|use|start|stop|feel|think|watch|clap|tap|point"
    r"|when|if|to|for|with|this is|can you|could you|you can|you could|you will|one|do|see|get|pretend|break"
    r"|sing|stretch|curl|smile)\b"
)
_PRAISE = re.compile(
    r"\b(?:right|well|great|good|nice|nicely|perfect|perfectly|clear|clearly|nailed|super|awesome|amazing|wow|hooray|bravo"
    r"|excellent|fantastic|wonderful|best|strong|correct|correctly|lovely|brilliant|spot on|smooth|smoothly|proud|crisp"
    r"|got)\b"
)
_NOT_PRAISE = re.compile(
    r"\b(?:not|n't|wasn't|isn't|weren't|almost|nearly|not yet|yet|got away|right (?:here|now|there|back)|as well)\b"
)
_EFFORT = re.compile(
    r"\b(?:tr(?:y|ied|ying)|turn|effort|brave|bravely|heart|thanks?|took|start|started|going|gave|go|work|keep)\b"
)
#: praise that has none of its words
_FAULTLESS = any_of(
    r"\b(?:flaw|fault)less\w*|\bno (?:slips?|misses)\b|\bnothing to (?:fix|mend)\b",
    r"\bwithout (?:a|one|any) (?:slip|miss)\b",
    r"(?:\bnot|n't|\bnever) (?:miss|skip|drop)\w* (?:a|one|any)\b",
)
_EVERYTHING = any_of(
    r"\b(?:every|each|all|whole|everything)\b[^.!?;]*\b(?:right|well|clear|clearly|great|correct|correctly|good|nicely)\b",
    r"\bperfect(?:ly)?\b",
    _FAULTLESS.pattern,
)
_CLAUSES = any_of(
    r"[.!?;:\n]+|,(?=\s)|\s-+\s|\b(?:but|while|though)\b",
    r"\band\b(?=\s+(?:now|next|then|try|say|one|let)\b)",
)
#: how a word is named without quotation marks
_NAMED = re.compile(
    r"\b(?:the words?|said|read|nailed|practi[cs]e|called|saying|reading)\s+(?:the words?\s+)?([a-z][a-z']{2,})\b"
)
#: words behind “you read” that name themselves only between quotation marks
_LITTLE = frozenset("the and this that all each every once with for your his her out more some one aloud again".split())
_SOUND = any_of(
    r"\b(?:the|your|that|this) ['\"]?([a-z]{1,3})['\"]?(?:-| )sounds?\b",
    r"\bsound of (?:the )?['\"]?([a-z]{1,2})\b|\bletter ['\"]?([a-z])\b",
    r"\bthe ([b-hj-z]|[bcdfghj-np-tv-xz]h) (?:in|of|at)\b",
)
#: a name within a sentence, or with a comma behind it where one begins
_CAPITALISED = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]{2,}\b|(?:^|(?<=[.!?] ))[A-Z][a-z]{2,}(?=,)")

#: ways in which a sound is spelled, besides its own name
_SPELLED = {
    "ch": "ch|tch|t",
    "f": "f|ph|gh",
    "g": "g|x",
    "h": "h|wh",
    "j": "j|g|dge",
    "k": "c|k|q|x",
    "n": "n|kn|gn",
    "s": "s|c|x|z",
    "sh": "sh|ti|ci|ch|s",
    "v": "v|f",
    "w": "w|u|o",
    "y": "y|u|i",
    "z": "z|s|x",
}


def names_others(text: Text, assessment: Assessment) -> bool:
    """Tells whether a text names a word or a sound that is not of this reading."""
    for quoted in text.quoted:
        if not _is_own(quoted, text):
            return True
    if any(not text.may_name(word) for word in _NAMED.findall(text.plain)):
        return True
    if any(not text.may_name(plain_words(name)[0]) for name in _CAPITALISED.findall(text.text)):
        return True
    sounds = (next(filter(None, found)) for found in _SOUND.findall(text.plain))
    return any(not has_sound(sound, text.own) for sound in sounds if len(sound) < 3 or not is_common(sound))


def has_sound(name: str, own: Iterable[str]) -> bool:
    """Tells whether words may have a sound, which is given by a child's name for it: `th`, `r`."""
    ways = _SPELLED.get(name, name).split("|")
    return any(way in word for word in own for way in ways)


def _is_own(quoted: str, text: Text) -> bool:
    inside = plain_words(quoted)
    if not inside or text.own.issuperset(inside):
        return True
    # “rrr”, “th”: a sound
    letters = {re.sub(r"(.)\1+", r"\1", word) for word in inside}
    return all(len(each) <= 2 and has_sound(each, text.own) for each in letters)


def praises_wrong(text: Text, assessment: Assessment) -> bool:
    """Tells whether a text praises a word that was not right each time, or a reading in which nothing was right."""
    right, marred = _judged(assessment)
    praise = list(_praise(text.plain))
    if not right:
        return any(not _EFFORT.search(clause) for clause in praise)
    if marred and any(_EVERYTHING.search(clause) for clause in praise):
        return True
    return any(word in marred - right for clause in praise for word in _named_in(clause, marred))


def _judged(assessment: Assessment) -> tuple[set[str], set[str]]:
    """Returns the words that were right at least once, and those that at least once were not."""
    by_verdict: dict[bool, set[str]] = {True: set(), False: set()}
    for word in assessment.words:
        if word.verdict not in ("inserted", "repeated"):
            by_verdict[word.verdict == "correct"].update(plain_words(word.word))
    return by_verdict[True], by_verdict[False]


def _praise(plain: str) -> Iterator[str]:
    for clause in _CLAUSES.split(plain):
        praised = _PRAISE.search(clause) and not _NOT_PRAISE.search(clause)
        if (praised or _FAULTLESS.search(clause)) and not _TO_DO.match(clause):
            yield clause


def _named_in(clause: str, marred: set[str]) -> Iterator[str]:
    quoted = Text(clause).quoted
    for name in quoted:
        yield from plain_words(name)
    yield from (word for word in plain_words(clause) if word in marred and not is_common(word))
    yield from (word for word in _NAMED.findall(clause) if word in marred - _LITTLE)
