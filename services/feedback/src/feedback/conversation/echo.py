"""Says a person's clause back to them: in the second person, short enough to be heard, or not at all."""

from __future__ import annotations

import re

from feedback.conversation.clauses import is_small

#: a clause of more words is cut where it can be, or not said back
_WORDS = 14
#: characters of words that can be spoken; anything else makes a clause odd
_SPOKEN = re.compile(r"(?:[\w\s'’,\-–%$€£/&+():\"]|(?<=\d)\.(?=\d))+")
_CUT = re.compile(
    r"(?:,\s|\s[-–]\s|;\s|\s(?=(?:because|so that|since|although|unless|which|while|when|if|but"
    r"|and (?:then|we|i|my|our|the|they|it))\b))",
    re.I,
)
_PERSON = re.compile(r"\b(?:i(?:'m| am)|am i|i(?:'ve|'d|'ll)|i|my|me|mine|myself)\b", re.I)
_SECOND = {
    "i'm": "you're", "i am": "you are", "am i": "are you", "i've": "you've", "i'd": "you'd", "i'll": "you'll",
    "i": "you", "my": "your", "me": "you", "mine": "yours", "myself": "yourself",
}  # fmt: skip
#: how people announce a clause; it is left out
_ANNOUNCED = re.compile(
    r"(?:the|my|our|one|a|another|main|biggest|real|first|other|only) (?:(?:main|biggest|real|first|other|only) )?"
    r"(?:risk|problem|danger|worry|concern|issue|trouble|thing|point) (?:is|was|here is)(?: that)?,? (?=\S+ \S+)",
    re.I,
)
_WAS = re.compile(r"\byou was\b")
_QUESTIONS = re.compile(
    r"(?:what|who|whom|whose|where|when|why|which|how|is|are|was|were|do|does|did|can|could|should|shall|would|will|has|have|may|might)\b",
    re.I,
)


def said_back(what: str) -> str:
    """Turns a clause so that it can be said to the person; empty where it would sound odd."""
    what = " ".join(what.split()).strip(" .,;:!?\"'")
    what = _ANNOUNCED.sub("", what, count=1) if _ANNOUNCED.match(what) else what
    if len(what.split()) > _WORDS:
        what = _shortened(what)
    letters = sum(map(str.isalpha, what))
    if (
        letters < 3
        or not _SPOKEN.fullmatch(what)
        or "_" in what
        or 2 * letters < len(what)
        or max(map(len, what.split())) > 30
    ):
        return ""
    if re.search(r"\byou\b", what, re.I) and _PERSON.search(what):
        return ""
    what = _WAS.sub("you were", _PERSON.sub(lambda word: _SECOND[word[0].lower()], what))
    return what if what[:2].isupper() or what.split()[0][1:] != what.split()[0][1:].lower() else _lowered(what)


def is_asked(what: str) -> bool:
    """Tells whether a clause begins as a question does, and wants a question mark."""
    return bool(_QUESTIONS.match(what))


def _lowered(what: str) -> str:
    """Writes the first word small, unless it may be a name."""
    first, _, rest = what.partition(" ")
    return f"{first.lower()} {rest}".strip() if is_small(first) else what


def _shortened(what: str) -> str:
    """Cuts a long clause before its last part that still leaves it short; empty where there is no such place."""
    cuts = [cut.start() for cut in _CUT.finditer(what) if 4 <= len(what[: cut.start()].split()) <= _WORDS]
    return what[: cuts[-1]] if cuts else ""
