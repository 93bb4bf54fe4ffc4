"""Finds a secret that a hint hides: letter by letter, backwards, encoded, or told by its first letter and length."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import unquote

from contracts.leaks.mentions import compact
from contracts.leaks.numerals import in_digits
from contracts.leaks.text import plain, spelled, words

#: letters of a secret from which on it is looked for backwards; shorter ones stand backwards in many words
_SHORTEST_REVERSED = 4
#: letters of a secret from which on it is looked for with the alphabet turned by half
_SHORTEST_TURNED = 5
_ENCODED = re.compile(r"(?<![A-Za-z0-9+/=_-])(?:[A-Za-z0-9+/_-]{3,}={0,2}|[A-Za-z0-9+/]{2}==)(?![A-Za-z0-9+/_-])")
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}|\\x[0-9A-Fa-f]{2}|\\u\{?[0-9A-Fa-f]{4}\}?")
_CODES = re.compile(r"\b(?:\d{2,3}[\s,.;-]+){2,}\d{2,3}\b|\b(?:[01]{7,8}\s+){2,}[01]{7,8}\b")
_FIRST = re.compile(
    r"(?:(?:begin|start)(?:s|ning|ing)?(?: off)? with|first letter(?: is|:| of it is)?|initial(?: letter)?(?: is|:)?)"
    r"(?: (?:the|a|an|letter|capital))*\s*[\"'(]?([a-z0-9])\b"
)
_LENGTH = re.compile(r"\b(\d{1,3})[\s-]+(?:letter|character)s?\b|\b(?:length|long)(?: of| is|:)?\s+(\d{1,3})\b")
#: a letter, and a sign for each of the others
_BLANKS = re.compile(r"(?<![^\W_])([a-z0-9])((?:\s?[_.*•·?-]){2,})(?![^\W_])")


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


def is_turned(secret: str, text: str) -> bool:
    """Tells whether a plain text has a secret with each letter moved by half of the alphabet."""
    turned = codecs.encode(compact(secret), "rot13")
    return len(turned) >= _SHORTEST_TURNED and _in_a_row(turned, words(text))


@lru_cache(maxsize=64)
def decoded(text: str) -> tuple[str, ...]:
    """Returns the plain texts that stand in a text (as it was written) in base64, hexadecimal, escapes or codes."""
    found = []
    for part in _ENCODED.findall(text):
        for decode in (_base64, bytes.fromhex):
            try:
                said = decode(part).decode("utf-8")
            except (ValueError, binascii.Error):
                continue
            if said.isprintable():
                found.append(plain(said))
    found += [plain(_unescaped(part)) for part in text.split() if _ESCAPED.search(part)]
    for each in _CODES.findall(text):
        base = 2 if set(each) <= set("01 \t\n") else 10
        codes = [int(code, base) for code in re.findall(r"\d+", each)]
        if all(32 <= code < 127 for code in codes):
            found.append(plain("".join(map(chr, codes))))
    return tuple(found)


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


def _unescaped(part: str) -> str:
    part = re.sub(r"\\[xu]\{?([0-9A-Fa-f]{2,4})\}?", lambda found: chr(int(found[1], 16)), part)
    return unquote(part)


def _base64(part: str) -> bytes:
    part = part.rstrip("=").translate(str.maketrans("-_", "+/"))
    return base64.b64decode(part + "=" * (-len(part) % 4), validate=True)


def _in_a_row(letters: str, found: Sequence[str]) -> bool:
    """Tells whether neighbouring words put together are these letters."""
    for first, begin in enumerate(found):
        if not letters.startswith(begin):
            continue
        together = ""
        for word in found[first:]:
            together += word
            if together == letters:
                return True
            if len(together) >= len(letters):
                break
    return False
