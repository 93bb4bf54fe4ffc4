"""Provides content's tables on a real Postgres, and its routes with two small lessons."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chassis.conformance import owner_alone
from chassis.fresh_databases import fresh_database
from chassis.storage.database import Database, open_database
from chassis.storage.media import open_media
from chassis.testing import Harness
from chassis.web.testing import Caller, signed_in
from content.service import SERVICE
from services.content.tests.integration.toy_lessons import publish_toys


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    """Opens a new database, in content's role."""
    async with fresh_database(postgres_url, [SERVICE]) as url:
        opened = open_database(url, "content")
        yield opened
        await opened.close()


@pytest.fixture
async def owner(postgres_url: str, tmp_path: Path) -> AsyncIterator[tuple[Harness, Caller]]:
    async with owner_alone(SERVICE, postgres_url, open_media(None, tmp_path)) as (harness, caller):
        await publish_toys(harness)
        yield harness, caller.by(signed_in())
