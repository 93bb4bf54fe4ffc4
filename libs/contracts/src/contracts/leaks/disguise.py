"""Finds a secret that a hint hides: letter by letter, backwards, encoded, or told by its first letter and length."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence

from contracts.leaks.numbers import in_digits
from contracts.leaks.text import plain, spelled, words

#: letters of a secret from which on it is looked for backwards; shorter ones stand backwards in many words
_SHORTEST_REVERSED = 4
_ENCODED = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/_-]{3,}={0,2}(?![A-Za-z0-9+/_-])")
_FIRST = re.compile(
    r"(?:(?:begin|start)(?:s|ning|ing)?(?: off)? with|first letter(?: is|:| of it is)?|initial(?: letter)?(?: is|:)?)"
    r"(?: (?:the|a|an|letter|capital))*\s*[\"'(]?([a-z0-9])\b"
)
_LENGTH = re.compile(r"\b(\d{1,3})[\s-]+(?:letter|character)s?\b|\b(?:length|long)(?: of| is|:)?\s+(\d{1,3})\b")
#: a letter, and a sign for each of the others
_BLANKS = re.compile(r"(?<![^\W_])([a-z0-9])((?:\s?[_.*•·?-]){2,})(?![^\W_])")


def compact(text: str) -> str:
    """Returns the letters and digits of a plain text alone."""
    return "".join(words(text))


def is_spelled(secret: str, text: str) -> bool:
    """Tells whether a plain text has a secret letter by letter."""
    letters = compact(secret)
    return len(letters) > 1 and any(letters == run or (len(letters) > 2 and letters in run) for run in spelled(text))


def is_reversed(secret: str, text: str) -> bool:
    """Tells whether a plain text has a secret backwards."""
    backwards = compact(secret)[::-1]
    if len(backwards) < _SHORTEST_REVERSED or backwards == backwards[::-1]:
        return False
    return _in_a_row(backwards, words(text)) or any(backwards in run for run in spelled(text))


def decoded(text: str) -> list[str]:
    """Returns the plain texts that stand in a text (as it was written) in base64 or hexadecimal."""
    found = []
    for part in _ENCODED.findall(text):
        for decode in (_base64, bytes.fromhex):
            try:
                said = decode(part).decode("utf-8")
            except (ValueError, binascii.Error):
                continue
            if said.isprintable():
                found.append(plain(said))
    return found


def is_told_by_initial(secret: str, text: str) -> bool:
    """Tells whether a plain text has the first letter of a secret together with its length."""
    letters = compact(secret)
    if len(letters) < 3:
        return False
    if any(
        initial == letters[0] and len(re.sub(r"\s", "", blanks)) == len(letters) - 1
        for initial, blanks in _BLANKS.findall(text)
    ):
        return True
    lengths = {int(a or b) for a, b in _LENGTH.findall(in_digits(text))}
    return len(letters) in lengths and letters[0] in _FIRST.findall(text)


def _base64(part: str) -> bytes:
    part = part.rstrip("=").translate(str.maketrans("-_", "+/"))
    return base64.b64decode(part + "=" * (-len(part) % 4), validate=True)


def _in_a_row(letters: str, found: Sequence[str]) -> bool:
    """Tells whether neighbouring words put together are these letters."""
    for first in range(len(found)):
        together = ""
        for word in found[first:]:
            together += word
            if together == letters:
                return True
            if len(together) >= len(letters):
                break
    return False
