"""Describes what the key store keeps beside a person's key: bytes that it cannot read."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Sealed:
    """Holds the bytes that a person's key has sealed, or None where there are none.

    `mark` is another one after each write, so that a writer can tell whether somebody has written since it has read.
    `now` is the clock of the store in seconds since 1970, by which all its processes reckon.
    """

    content: bytes | None
    mark: UUID | None
    now: float
