"""Defines the dependencies of the handlers and routes of webhooks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from chassis.handler import Deps
from chassis.privacy.outside import OutsideCalls
from notify.webhooks.client import WebhookClient
from notify.webhooks.ssrf import Lookup
from notify.webhooks.store import WebhookStore
from notify.webhooks.turns import Turns


@dataclass(frozen=True, kw_only=True)
class WebhookDeps(Deps):
    """Holds the dependencies of webhooks: `client` calls them in `turns`, as `outside` allows.

    `webhooks` reads rows outside a unit. `lookup` resolves names of new webhooks of a person, in threads of its own:
    a name server that never answers occupies a thread for half a minute, and neither deliveries nor other people must
    wait for it.
    """

    client: WebhookClient
    outside: OutsideCalls
    webhooks: WebhookStore
    lookup: Callable[[UUID], Lookup]
    turns: Turns = field(default_factory=Turns)
