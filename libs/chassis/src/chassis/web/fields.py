"""Checks what fields of many bodies have in common. A validator's words are shown to the client, and hold no input."""

from __future__ import annotations

import unicodedata
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field

T = TypeVar("T")

_NO_LINE = frozenset({"Cc", "Zl", "Zp"})
#: characters without a look of their own, such as those that turn the direction; two of them join and part letters
_INVISIBLE, _JOINERS = "Cf", "\u200c\u200d"


def _one_line(text: str) -> str:
    categories = [(character, unicodedata.category(character)) for character in text]
    if any(category in _NO_LINE for _, category in categories):
        raise ValueError("must be one line, without control characters")
    if any(category == _INVISIBLE and character not in _JOINERS for character, category in categories):
        raise ValueError("must hold no invisible characters")
    return text


def each_once(what: str) -> AfterValidator:
    """Returns a validator of lists that name nothing twice. `what` is the word for one item."""

    def check(items: list[T]) -> list[T]:
        if len(set(items)) < len(items):
            raise ValueError(f"must name each {what} once")
        return items

    return AfterValidator(check)


#: accepts a text of one line without invisible characters
OneLine = AfterValidator(_one_line)

#: characters that show nothing though they count as letters, symbols or marks
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
#: kinds of characters that are seen on their own; and of those that stand on another
_SEEN, _MARKS = ("L", "N", "P", "S"), ("Mn", "Me")
#: most marks on one character (Unicode Technical Standard 39, 5.4)
MOST_MARKS = 4
LONGEST_NAME = 50


def name_of(text: str) -> str:
    """Returns a person's name in one form for all ways of typing it (NFC), without spaces around it.

    Raises ValueError for one that shows nothing, or that is longer or higher than a line.
    """
    name = unicodedata.normalize("NFC", text).strip()
    kinds = [unicodedata.category(character) for character in name]
    if any(kind in ("Cn", "Co", "Cs") or character in _BLANK for kind, character in zip(kinds, name, strict=True)):
        raise ValueError("must hold no invisible characters")
    marks = 0
    for kind in kinds:
        marks = marks + 1 if kind in _MARKS else 0
        if marks > MOST_MARKS:
            raise ValueError(f"must have at most {MOST_MARKS} marks on one character")
    if not any(kind[0] in _SEEN for kind in kinds):
        raise ValueError("must have at least one character that can be seen")
    if len(name) > LONGEST_NAME:
        raise ValueError(f"must have at most {LONGEST_NAME} characters")
    return _one_line(name)


#: accepts a person's name
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME), AfterValidator(name_of)]
