"""Makes canary words, and finds them in bytes however they are written.

All have one beginning, so a search of everything there is looks for the few ways in which that can be written.
"""

from __future__ import annotations

import base64
import random
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from string import ascii_lowercase

#: how every canary word begins; nine letters, which no other text has
BEGINS = "zyqcanary"
_LABEL = re.compile(BEGINS.encode() + rb"[a-z]{6}", re.IGNORECASE)
_BASE64 = "base64"


def _forms(text: str) -> dict[str, bytes]:
    """Returns the ways in which a text may be written, as the bytes of each."""
    clear = text.encode()
    percent = "".join(f"%{byte:02x}" for byte in clear)
    found = {
        "clear": clear,
        "capitals": clear.upper(),
        "hex": clear.hex().encode(),
        "hex in capitals": clear.hex().upper().encode(),
        "UTF-16, little end first": text.encode("utf-16-le"),
        "UTF-16, big end first": text.encode("utf-16-be"),
        "reversed": clear[::-1],
        "percent-encoded": percent.encode(),
        "percent-encoded in capitals": percent.upper().encode(),
        "JSON escapes": "".join(f"\\u{byte:04x}" for byte in clear).encode(),
    }
    for shift in range(3):  # what stands before decides at which of three places of a group it begins
        encoded = base64.b64encode(b"\0" * shift + clear)
        first = -(-8 * shift // 6)
        last = (8 * (shift + len(clear))) // 6  # the characters between depend on the text alone
        found[f"{_BASE64} at {shift}"] = encoded[first:last]
    return found


FORMS: Mapping[str, bytes] = _forms(BEGINS)


class Words:
    """Makes words, each for one field."""

    def __init__(self) -> None:
        self._field_of: dict[bytes, str] = {}

    def new(self, field: str) -> str:
        """Returns a new word of 15 small letters."""
        word = BEGINS + "".join(random.choices(ascii_lowercase, k=6))
        self._field_of[word.encode()] = field
        return word

    def __len__(self) -> int:
        return len(self._field_of)

    def fields_in(self, content: bytes) -> set[str]:
        """Returns whose words stand in clear in some bytes."""
        return {self._field_of.get(found.lower(), "?") for found in _LABEL.findall(content)}


def count(content: bytes) -> Counter[str]:
    """Counts the canary words in some bytes, by how they are written."""
    return Counter({form: number for form, what in FORMS.items() if (number := content.count(what))})


def count_below(folder: Path, *, without: Path | None = None) -> Counter[str]:
    """Counts those in all files below a folder, by file; files that go meanwhile count for nothing."""
    found: Counter[str] = Counter()
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file() or (without is not None and path.is_relative_to(without)):
            continue
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            continue
        if number := count(content).total() + count(path.name.encode()).total():
            found[str(path.relative_to(folder))] += number
    return found
