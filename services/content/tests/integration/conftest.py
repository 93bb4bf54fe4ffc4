"""Provides content's tables on a real Postgres."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from chassis.storage.database import Database, open_database
from chassis.testing import fresh_database
from content.service import SERVICE


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    """Opens a new database, in content's role."""
    async with fresh_database(postgres_url, [SERVICE]) as url:
        opened = open_database(url, "content")
        yield opened
        await opened.close()
