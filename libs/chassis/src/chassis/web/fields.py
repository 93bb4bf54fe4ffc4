"""Checks what fields of many bodies have in common. A validator's words are shown to the client, and hold no input."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from chassis.text import checked, checked_line, is_picture

T = TypeVar("T")


def _one_line(value: object) -> object:
    return checked_line(value) if isinstance(value, str) else value


def _lines(value: object) -> object:
    return checked(value) if isinstance(value, str) else value


def each_once(what: str) -> AfterValidator:
    """Returns a validator of lists that name nothing twice. `what` is the word for one item."""

    def check(items: list[T]) -> list[T]:
        if len(set(items)) < len(items):
            raise ValueError(f"must name each {what} once")
        return items

    return AfterValidator(check)


#: brings a text of one line into one form, before its length is looked at
OneLine = BeforeValidator(_one_line)

#: brings a text that may have several lines into one form, before its length is looked at
Lines = BeforeValidator(_lines)

#: characters that show nothing though they count as letters, symbols or marks
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
#: characters that hide or turn a part of a name: tags but those of a flag, notes between lines, and overrides of the
#: direction. Isolates and embeddings, which programs put around what they copy, mean nothing here and are dropped
_HIDING = re.compile("[\u202d\u202e\ufff0-\ufffb]|(?<![\U0001f3f4\U000e0020-\U000e007e])[\U000e0000-\U000e007f]")
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

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)


def _rfc3339(value: object) -> object:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ValueError("must be a time with an offset such as 2026-11-29T19:00:00+01:00 (RFC 3339)")
    return value


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("must be a time that can be written in UTC") from None


#: accepts a time as RFC 3339 has it, always with an offset; it is in UTC afterwards
Moment = Annotated[AwareDatetime, BeforeValidator(_rfc3339), AfterValidator(_in_utc)]
