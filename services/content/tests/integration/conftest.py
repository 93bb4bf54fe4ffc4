"""Provides content's tables on a real Postgres, and its routes with two small lessons.

One service runs for all tests of a file; each of them finds the rows that a start leaves.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from chassis.fresh_databases import fresh_database
from chassis.shared_owner import SharedOwner, shared_owner
from chassis.storage.database import Database, open_database
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


@pytest.fixture(scope="module")
async def running_content(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SharedOwner]:
    async with shared_owner(SERVICE, postgres_url, tmp_path_factory.mktemp("content")) as shared:
        yield shared


@pytest.fixture
async def content(running_content: SharedOwner) -> AsyncIterator[SharedOwner]:
    """Runs content as after its start, with nobody as the caller."""
    yield running_content
    await running_content.restore()


@pytest.fixture
async def owner(content: SharedOwner) -> tuple[Harness, Caller]:
    await publish_toys(content.harness)
    return content.harness, content.caller.by(signed_in())
