"""Reads numbers as people type them: with a decimal comma or point, thousands apart, a unit behind."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import NamedTuple

_SPACES = re.compile(r"[\s'’_](?=\d{3}(?!\d))")
_NUMBER = re.compile(r"([+-]?)\s?(\d[\d.,]*|[.,]\d+)(?:[eE]([+-]?\d{1,3}))?(?![\d.,])\s*(\D{0,40})", re.ASCII)
_DASHES = dict.fromkeys(map(ord, "−‒–—"), "-")
#: digits that are no float any more
_MOST_DIGITS = 60


class Quantity(NamedTuple):
    """Holds a number and the word behind it, if there is one."""

    value: float
    unit: str


def quantities(text: str) -> list[Quantity]:
    """Returns what a text may mean, in most cases one quantity; two for “1,024”; none if it is no number."""
    if any(unicodedata.category(each) == "No" for each in text):  # NFKC would read “10²” as 102
        return []
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES).strip()
    if len(plain) > _MOST_DIGITS:
        return []
    found = _NUMBER.fullmatch(_SPACES.sub("", plain))
    if found is None:
        return []
    sign, digits, exponent, unit = found.groups()
    values = [float(f"{sign}{each}e{exponent or 0}") for each in _readings(digits)]
    return [Quantity(value, unit.strip().rstrip(".")) for value in values if math.isfinite(value)]


def _readings(digits: str) -> list[str]:
    """Returns the digits with a decimal point, in each way in which commas and points can be meant."""
    marks = [character for character in digits if character in ".,"]
    if not marks:
        return [digits]
    if len(set(marks)) == 2:  # the last one is decimal, the other parts thousands
        last, other = marks[-1], "," if marks[-1] == "." else "."
        whole, _, rest = digits.rpartition(last)
        return [f"{whole.replace(other, '')}.{rest}"] if last not in whole and _grouped(whole, other) else []
    grouped = _grouped(digits, marks[0])
    if len(marks) > 1:
        return [digits.replace(marks[0], "")] if grouped else []
    decimal = digits.replace(",", ".")
    return [decimal, digits.replace(marks[0], "")] if grouped else [decimal]


def _grouped(digits: str, mark: str) -> bool:
    """Tells whether a mark parts the digits into groups of three, the first with one to three and no leading zero."""
    first, *others = digits.split(mark)
    return 1 <= len(first) <= 3 and first[0] != "0" and bool(others) and all(len(group) == 3 for group in others)
