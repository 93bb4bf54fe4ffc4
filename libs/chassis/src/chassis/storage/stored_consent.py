"""Describes a consent as the key store keeps it, beside the person's key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class StoredConsent:
    """Holds what was decided last about one purpose and one recipient, as a state and not as a history.

    `number` counts the decisions, so that an older one that comes late changes nothing. `child`: a guardian has given
    it. It ends by itself at `until`.
    """

    person: UUID
    purpose: str
    recipient: str
    number: int
    granted: bool
    child: bool = False
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConsentAnswer:
    """Holds what the store says about a consent at the moment it is asked, by its own clock."""

    number: int
    holds: bool
    child: bool


#: what the store says where nothing was ever decided
NEVER = ConsentAnswer(0, holds=False, child=False)
