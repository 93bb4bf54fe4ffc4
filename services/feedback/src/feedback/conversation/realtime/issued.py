"""Defines a short-lived key that a provider has made, and who makes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from chassis.privacy.outside import MayBegin
from feedback.models.secret import Secret


@dataclass(frozen=True, slots=True)
class Issued:
    """Holds a key that was made, and when it is good no more, in seconds since 1970. `url`: where it is good."""

    value: str = field(repr=False)
    expires_at: int
    url: str


class Issuer(Protocol):
    """Makes keys at one provider."""

    async def issue(self, session: Mapping[str, Any], seconds: int, key: Secret, may_begin: MayBegin) -> Issued:
        """Returns a key for a session with these settings, one call. `may_begin` is open while its first byte is sent.

        Raises `ProviderError`, and what `may_begin` raises.
        """
