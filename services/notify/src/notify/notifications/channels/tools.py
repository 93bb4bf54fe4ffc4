"""Holds what channels are made from."""

from __future__ import annotations

from dataclasses import dataclass
from email.headerregistry import Address

from notify.mail.deps import Mailer
from notify.notifications.channels.seal import Sealing


@dataclass(frozen=True, kw_only=True)
class Tools:
    """Holds clients, keys and settings. `public_url` is where people reach this installation, without a last slash."""

    mailer: Mailer
    sender: Address
    public_url: str
    sealing: Sealing
