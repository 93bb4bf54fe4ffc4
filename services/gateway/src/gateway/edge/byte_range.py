"""Reads the headers by which a client asks for a part of a file (RFC 9110, section 14): one range of bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.ASCII | re.IGNORECASE)


class NotSatisfiable(Exception):
    """Says that a range begins behind the end of the file."""


@dataclass(frozen=True, slots=True)
class Part:
    """Holds the bytes from `start` up to, but without, `end`, of `size` in all."""

    start: int
    end: int
    size: int

    @property
    def content_range(self) -> str:
        """Returns the value of the header Content-Range."""
        return f"bytes {self.start}-{self.end - 1}/{self.size}"


def wanted_part(size: int, tag: str, wanted: str | None, if_range: str | None) -> Part | None:
    """Returns the part that is asked for; None for the whole file.

    That is also the answer to several ranges and to one that cannot be read, and where `if_range` names another file.
    Raises `NotSatisfiable`.
    """
    if wanted is None or (if_range is not None and if_range.strip() != tag):
        return None
    found = _RANGE.fullmatch(wanted.strip())
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if first == "":  # so many from the end
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= size or end <= start:
        raise NotSatisfiable
    return Part(start, end, size)
