"""Defines what a short form is: a place in a text, and the ways of saying what is written there."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Short:
    """Holds what stands in the text from `start` to `end`, and the ways of saying it: words with spaces between."""

    start: int
    end: int
    ways: tuple[str, ...]


#: for each kind its pattern, and what makes words of a match: none if it is no short form after all
Kinds = Mapping[str, tuple[str, Callable[[re.Match[str]], list[Short]]]]

FREE = r"(?<![\w.,/])"  # not inside a word or a number
END = r"(?!\w)"


def as_one(found: re.Match[str], ways: Sequence[str]) -> list[Short]:
    """Returns all that was found as one word with these ways."""
    return [Short(found.start(), found.end(), tuple(ways))]
