"""Tests that a view in schema `api` that is not as declared is reported as drift."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from chassis.storage.migrations import view_drift
from chassis.testing import fresh_database
from voxbus.checks import declared_views
from voxbus.services import SERVICES


@pytest.fixture
async def url(postgres_url: str) -> AsyncIterator[str]:
    async with fresh_database(postgres_url, SERVICES) as found:
        yield found


@pytest.mark.parametrize(
    ("change", "view"),
    [
        ("ALTER VIEW api.content_next_v1 RENAME COLUMN twister_id TO other", "content_next_v1"),
        ("DROP VIEW api.speech_media_v1", "speech_media_v1"),
        ("CREATE VIEW api.speech_media_v2 AS SELECT ref FROM speech.media_deletions", "speech_media_v2"),
        (
            "DROP VIEW api.content_attempt_next_v1; CREATE VIEW api.content_attempt_next_v1 AS "
            "SELECT attempt_id, person_id, next_twister_id::text AS twister_id FROM content.folded_attempts",
            "content_attempt_next_v1",
        ),
    ],
    ids=["renamed column", "missing view", "undeclared view", "other type"],
)
async def test_a_view_that_is_not_as_declared_is_drift(url: str, change: str, view: str) -> None:
    assert await view_drift(url, declared_views()) == []
    owner = await asyncpg.connect(url)
    await owner.execute(change)
    await owner.close()
    [found] = await view_drift(url, declared_views())
    assert found.startswith(f"api.{view}: ")
