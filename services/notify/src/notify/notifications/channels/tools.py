"""Holds what channels are made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email.headerregistry import Address
from uuid import UUID

from notify.mail.deps import Mailer
from notify.notifications.channels.seal import Sealing
from notify.webhooks.client import WebhookClient
from notify.webhooks.ssrf import Lookup


@dataclass(frozen=True, kw_only=True)
class Tools:
    """Holds clients, keys and settings. `public_url` is where people reach this installation, without a last slash.

    `push` calls push services, `webhooks` people's own URLs; `lookup` resolves names that a person gives. What a
    channel cannot do without is None, or empty, where the installation has not set it.
    """

    mailer: Mailer
    sender: Address
    public_url: str
    sealing: Sealing
    push: WebhookClient | None = None
    webhooks: WebhookClient | None = None
    lookup: Callable[[UUID], Lookup] | None = None
    vapid_key: str | None = None
    vapid_subject: str | None = None
    expo_url: str | None = None
    expo_token: str | None = None
    apprise_schemes: frozenset[str] = frozenset()
