"""Runs notify alone on a real Postgres, once for all tests here: each works with people of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from functools import partial

import pytest

from chassis.conformance import owner_alone
from chassis.storage.media import open_media
from notify.notifications.channels.web_push import new_vapid_key
from notify.service import SERVICE, open_notify
from notify.webhooks.resolver import system
from services.notify.tests.integration.fixtures import HERE, Notify
from services.notify.tests.names import NameServer
from tests.expo_service import ExpoService, expo_service
from tests.mail_server import MailServer, serving


@pytest.fixture(scope="session")
async def mail_server() -> AsyncIterator[MailServer]:
    async with serving() as server:
        yield server


@pytest.fixture(scope="session")
async def expo() -> AsyncIterator[ExpoService]:
    async with expo_service() as service:
        yield service


@pytest.fixture(scope="session")
async def notify(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory, mail_server: MailServer, expo: ExpoService
) -> AsyncIterator[Notify]:
    media, names = open_media(None, tmp_path_factory.mktemp("media")), NameServer(_addresses)
    service = replace(SERVICE, open=partial(open_notify, resolve=names.resolve))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("VOXBUS_WEBHOOK_ALLOW_NETS", "127.0.0.0/8")
        environment.setenv("VOXBUS_SMTP_URL", mail_server.url)
        environment.setenv("VOXBUS_MAIL_FROM", "Voxbus <no-reply@voxbus.example>")
        environment.setenv("VOXBUS_PUSH_ALLOW_NETS", "127.0.0.0/8")
        environment.setenv("VOXBUS_VAPID_PRIVATE_KEY", new_vapid_key())
        environment.setenv("VOXBUS_EXPO_URL", expo.url)
        environment.setenv("VOXBUS_EXPO_ACCESS_TOKEN", "expo-secret")
        environment.setenv("VOXBUS_EXPO_RECEIPT_DELAY_S", "1")
        async with owner_alone(service, postgres_url, media) as (harness, anonymous):
            yield Notify(harness, anonymous, names)
    names.open.set()


def _addresses(host: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"] if host == HERE else system(host, port)
