"""Checks what fields of many bodies have in common. A validator's words are shown to the client, and hold no input."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field

from chassis.text import checked_line, is_picture

T = TypeVar("T")


def _one_line(value: object) -> object:
    return checked_line(value) if isinstance(value, str) else value


def each_once(what: str) -> AfterValidator:
    """Returns a validator of lists that name nothing twice. `what` is the word for one item."""

    def check(items: list[T]) -> list[T]:
        if len(set(items)) < len(items):
            raise ValueError(f"must name each {what} once")
        return items

    return AfterValidator(check)


#: brings a text of one line into one form, before its length is looked at
OneLine = BeforeValidator(_one_line)

#: characters that show nothing though they count as letters, symbols or marks
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
#: characters that hide or turn a part of a name: tags but those of a flag, and what parts words or changes direction
_HIDING = re.compile(
    "[\u200b\u202a-\u202e\u2066-\u206f\ufff0-\ufffb]|(?<![\U0001f3f4\U000e0020-\U000e007e])[\U000e0000-\U000e007f]"
)
#: kinds of characters that are seen on their own; and of those that stand on another
_SEEN, _MARKS = ("L", "N", "P", "S"), ("Mn", "Me")
#: most marks on one character (Unicode Technical Standard 39, 5.4)
MOST_MARKS = 4
LONGEST_NAME = 50


def name_of(text: str) -> str:
    """Returns a person's name in one form for all ways of typing it, without spaces around it.

    Raises ValueError for one that shows nothing, that hides a part of itself, or that is longer or higher than a line.
    """
    if _HIDING.search(text) or any(_is_blank(character) for character in text):
        raise ValueError("must hold no invisible characters")
    name = checked_line(text)
    marks = 0
    for character in name:
        marks = marks + 1 if unicodedata.category(character) in _MARKS else 0
        if marks > MOST_MARKS:
            raise ValueError(f"must have at most {MOST_MARKS} marks on one character")
    if not any(unicodedata.category(character)[0] in _SEEN or is_picture(character) for character in name):
        raise ValueError("must have at least one character that can be seen")
    return name


def _is_blank(character: str) -> bool:
    kind = unicodedata.category(character)
    return character in _BLANK or kind == "Co" or (kind == "Cn" and not is_picture(character))


def _name(value: object) -> object:
    return name_of(value) if isinstance(value, str) and value else value


#: accepts a person's name
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME), BeforeValidator(_name)]
