"""Defines what an analytics is told, and the request that tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from chassis.privacy.law import Recipient

#: the one event that there is
NAME = "operation_used"


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Says that somebody has used an operation: method and route template, such as `GET /twisters/{id}`.

    `who` is a pseudonym of 32 hexadecimal digits, which differs from recipient to recipient.
    """

    id: str
    who: str
    operation: str
    at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """Holds a POST: its address, its query, which may hold a secret, and its body."""

    url: str
    query: Mapping[str, str]
    body: Any


class Vendor(Protocol):
    """Writes events in the format of one recipient."""

    @property
    def recipient(self) -> Recipient:
        """Returns by which name consents know it."""

    def request_of(self, event: Event) -> Request:
        """Returns the request that tells of an event."""
