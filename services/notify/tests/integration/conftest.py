"""Runs notify alone on a real Postgres, once for all tests here: each works with people of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from chassis.conformance import owner_alone
from chassis.storage.media import open_media
from notify.service import SERVICE
from services.notify.tests.integration.fixtures import Notify


@pytest.fixture(scope="session")
async def notify(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Notify]:
    media = open_media(None, tmp_path_factory.mktemp("media"))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("VOXBUS_WEBHOOK_ALLOW_NETS", "127.0.0.0/8")
        async with owner_alone(SERVICE, postgres_url, media) as (harness, anonymous):
            yield Notify(harness, anonymous)
