"""Describes the notify service: its routes, handlers, parts and settings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from chassis.errors import SettingsError
from chassis.installation_key import make_key, secret_key
from chassis.loops import every
from chassis.owners import owner_of
from chassis.privacy.outside import OutsideCalls
from chassis.privacy.recipients import Recipients
from chassis.service import Components, Platform, Service
from chassis.settings import PREFIX, Settings, load
from notify.export import EXPORT
from notify.mail.backlog import count_waiting
from notify.mail.deps import MailDeps
from notify.mail.folder import MailFolder
from notify.mail.handlers import send_mail
from notify.mail.letter import sender_of
from notify.mail.smtp import SmtpMailer, server_of
from notify.notifications import channel_routes
from notify.notifications import routes as notifications
from notify.notifications.channel_handlers import DeliveryDeps, deliver_notification, follow_address
from notify.notifications.channels import expo
from notify.notifications.channels.registry import channels_of
from notify.notifications.channels.seal import Sealing
from notify.notifications.channels.store import ChannelStore
from notify.notifications.channels.tools import Tools
from notify.notifications.channels.web_push import new_vapid_key
from notify.notifications.deps import NoticeDeps
from notify.notifications.due import DeliveryStore
from notify.notifications.erasure import Erasure
from notify.notifications.handlers import (
    note_learner,
    note_person,
    notify_coming_of_age,
    notify_ready,
    remind,
    tell_answer,
    tell_award,
    tell_due,
    tell_league_result,
)
from notify.notifications.pages import Pages
from notify.notifications.receipts import Receipts
from notify.notifications.settings_routes import settings_routes
from notify.outside import Outside
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
from notify.webhooks.ssrf import Lookup
from notify.webhooks.store import WebhookStore

ROUTES = (notifications.routes, settings_routes, channel_routes.routes, webhooks.routes)
#: the sender of mails that are written into files
_NOBODY = "Voxbus <no-reply@localhost>"
LOCAL = "localhost"
#: push services to which connections are kept open
_PUSH_SERVICES = 16


@dataclass(frozen=True, kw_only=True)
class NotifyDeps(WebhookDeps, MailDeps, NoticeDeps, DeliveryDeps):
    """Holds the dependencies of all verticals."""


def _own(_: Settings) -> NotifySettings:
    own = load(NotifySettings)
    if own.smtp_url is not None and own.mail_from is None:
        raise SettingsError(f"{PREFIX}MAIL_FROM is required when {PREFIX}SMTP_URL is set.")
    return own


@asynccontextmanager
async def open_notify(platform: Platform, resolve: Resolve = system) -> AsyncIterator[Components]:
    """Opens the clients of webhooks and of mail, and the application of routes. `resolve` asks for a name's addresses.

    Names that people give have a resolver of their own, since each of them may take a thread for half a minute.
    """
    own, settings = _own(platform.settings), platform.settings
    secret = secret_key(settings, settings.secret_key)
    previous = settings.secret_key_previous
    async with AsyncExitStack() as closing:
        resolver, given = Resolver(resolve=resolve), Resolver(threads=GIVEN_THREADS, resolve=resolve)
        closing.callback(resolver.close)
        closing.callback(given.close)
        ports = own.webhook_ports
        push = WebhookClient(secret, own.push_allow_nets, ports=ports, lookup=resolver.look_up, keeps=_PUSH_SERVICES)
        closing.push_async_callback(push.aclose)
        mailer = _mailer(platform, own)
        client = WebhookClient(secret, own.webhook_allow_nets, ports=ports, lookup=resolver.look_up, previous=previous)
        tools = Tools(
            mailer=mailer,
            sender=sender_of(own.mail_from or _NOBODY),
            public_url=own.public_url or f"http://{LOCAL}:{settings.port}",
            sealing=Sealing(platform.keys, secret, previous),
            push=push,
            webhooks=client,
            lookup=given.of,
            vapid_key=_vapid_key(settings, own),
            vapid_subject=own.vapid_subject,
            expo_url=own.expo_url,
            expo_token=own.expo_access_token,
            apprise_schemes=own.apprise_schemes,
        )
        deps = _deps(platform, own, tools, client, given.of)
        for channel in deps.channels.values():
            closing.push_async_callback(channel.aclose)
        receipts = Receipts(platform.database, deps.channels[expo.KIND], expo.KIND, deps.receipt_after)
        pulse = platform.watchdog.pulse("notify.receipts")
        yield Components(
            deps=deps,
            app=owner_of("notify", ROUTES, platform, deps),
            loops={
                "receipts": partial(every, min(10.0, own.expo_receipt_delay_s), receipts.ask, pulse),
                "mails": partial(
                    count_waiting, platform.database, "notify.send_mail", platform.watchdog.pulse("notify.mails")
                ),
            },
            retires={"mail": mailer} if isinstance(mailer, MailFolder) else {},
            tell_outside=Outside(mailer).tell,
        )


def _deps(
    platform: Platform, own: NotifySettings, tools: Tools, client: WebhookClient, lookup: Callable[[UUID], Lookup]
) -> NotifyDeps:
    """Makes what handlers and routes ask."""
    return NotifyDeps(
        client=client,
        consents=platform.consents,
        pages=Pages(own.app_url),
        outside=OutsideCalls(platform.consents, recipients=Recipients(platform.database)),
        webhooks=WebhookStore(platform.database),
        lookup=lookup,
        mailer=tools.mailer,
        sender=tools.sender,
        channels=channels_of(tools),
        receipt_after=timedelta(seconds=own.expo_receipt_delay_s),
        sealing=tools.sealing,
        channel_store=ChannelStore(platform.database),
        deliveries=DeliveryStore(platform.database, platform.consents),
    )


def _vapid_key(settings: Settings, own: NotifySettings) -> str | None:
    """Returns the key that signs pushes; with an embedded database one that is made once in the data directory."""
    if own.vapid_private_key is not None or settings.database_url is not None:
        return own.vapid_private_key
    path = settings.data_dir / "vapid_private_key"
    if not path.exists():
        make_key(path, new_vapid_key())
    return path.read_text(encoding="ascii").strip()


def _mailer(platform: Platform, own: NotifySettings) -> SmtpMailer | MailFolder:
    """Returns what sends mails; without a mail server they are written into the data directory."""
    if own.smtp_url is None:
        return MailFolder(platform.settings.data_dir / "mail")
    return SmtpMailer(server_of(own.smtp_url))


SERVICE = Service(
    name="notify",
    metadata=METADATA,
    migrations=Path(__file__).parents[2] / "migrations",
    open=open_notify,
    judge=_own,
    handlers=(
        notify_ready,
        notify_coming_of_age,
        note_person,
        note_learner,
        remind,
        tell_due,
        tell_award,
        tell_league_result,
        tell_answer,
        mark_read,
        create_webhook,
        delete_webhook,
        webhooks_of_succeeded,
        webhooks_of_failed,
        webhooks_of_cancelled,
        deliver_webhook,
        send_mail,
        deliver_notification,
        follow_address,
    ),
    on_path=True,
    erase=Erasure(),
    export=EXPORT,
    pools=("routes",),
    routes=ROUTES,
)
