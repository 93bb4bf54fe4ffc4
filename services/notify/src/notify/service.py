"""Describes the notify service: its routes, handlers, parts and settings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from chassis.delivery.person_erasure import rows_about
from chassis.installation_key import secret_key
from chassis.owners import owner_of
from chassis.service import Components, Platform, Service
from chassis.settings import load
from notify.notifications import routes as notifications
from notify.notifications.handlers import notify_ready
from notify.retired import create_webhook, delete_webhook, mark_read
from notify.settings import NotifySettings
from notify.tables import METADATA
from notify.webhooks import routes as webhooks
from notify.webhooks.client import WebhookClient
from notify.webhooks.deps import WebhookDeps
from notify.webhooks.handlers import (
    deliver_webhook,
    webhooks_of_cancelled,
    webhooks_of_failed,
    webhooks_of_succeeded,
)
from notify.webhooks.resolver import GIVEN_THREADS, Resolve, Resolver, system
from notify.webhooks.store import WebhookStore

ROUTES = (notifications.routes, webhooks.routes)


@asynccontextmanager
async def open_notify(platform: Platform, resolve: Resolve = system) -> AsyncIterator[Components]:
    """Opens the client that calls webhooks, and the application of the routes. `resolve` asks for a name's addresses.

    Names that people give have a resolver of their own, since each of them may take a thread for half a minute.
    """
    secret = secret_key(platform.settings, platform.settings.secret_key)
    resolver, given = Resolver(resolve=resolve), Resolver(threads=GIVEN_THREADS, resolve=resolve)
    client = WebhookClient(secret, load(NotifySettings).webhook_allow_nets, lookup=resolver.look_up)
    deps = WebhookDeps(client=client, webhooks=WebhookStore(platform.database), lookup=given.look_up)
    try:
        yield Components(deps=deps, app=owner_of("notify", ROUTES, platform, deps))
    finally:
        resolver.close()
        given.close()


SERVICE = Service(
    name="notify",
    metadata=METADATA,
    migrations=Path(__file__).parents[2] / "migrations",
    open=open_notify,
    handlers=(
        notify_ready,
        mark_read,
        create_webhook,
        delete_webhook,
        webhooks_of_succeeded,
        webhooks_of_failed,
        webhooks_of_cancelled,
        deliver_webhook,
    ),
    on_path=True,
    erase=rows_about(METADATA),
    pools=("routes",),
    routes=ROUTES,
)
