"""Checks what fields of many bodies have in common. A validator's words are shown to the client, and hold no input."""

from __future__ import annotations

import unicodedata
from typing import TypeVar

from pydantic import AfterValidator

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
