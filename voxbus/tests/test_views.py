"""Tests that a view in schema `api` that is not as declared, or breaks the release before, is reported."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from chassis.fresh_databases import fresh_database
from contracts.views import ASSESSMENTS, MEDIA, WEBHOOKS
from voxbus import view_releases
from voxbus.checks import check_released, check_views
from voxbus.services import SERVICES


@pytest.fixture
async def url(postgres_url: str) -> AsyncIterator[str]:
    async with fresh_database(postgres_url, SERVICES) as found:
        yield found


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("ALTER VIEW api.content_next_v1 RENAME COLUMN twister_id TO other", "content_next_v1: declared"),
        ("DROP VIEW api.speech_media_v1", "speech_media_v1: declared"),
        ("CREATE VIEW api.speech_media_v2 AS SELECT ref FROM speech.media_deletions", "speech_media_v2: declared"),
        (
            "DROP VIEW api.content_attempt_next_v1; CREATE VIEW api.content_attempt_next_v1 AS "
            "SELECT attempt_id, person_id, next_twister_id::text AS twister_id FROM content.folded_attempts",
            "content_attempt_next_v1: declared",
        ),
        (
            "DROP VIEW api.speech_assessments_v1; CREATE VIEW api.speech_assessments_v1 AS "
            "SELECT attempt_id, person_id, transcript, words, scores, refusal, engine, created_at "
            "FROM speech.assessments",
            "speech_assessments_v1: refusal.reason gives no_speech, whispered, noisy, unintelligible, which its "
            "readers refuse",
        ),
    ],
    ids=["renamed column", "missing view", "undeclared view", "other type", "unmapped values"],
)
async def test_a_view_that_is_not_as_declared_is_drift(url: str, change: str, found: str) -> None:
    owner = await asyncpg.connect(url)
    await owner.execute(change)
    [wrong] = await check_views(url)
    assert wrong.startswith(f"api.{found}")
    await owner.close()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("ALTER VIEW public_api.me RESET (security_barrier)", "it is voxbus_public_api's, has no security barrier"),
        ("ALTER VIEW public_api.me OWNER TO voxbus_gateway", "it is voxbus_gateway's"),
        ("GRANT SELECT ON public_api.me TO anon", "its rights are ['anon SELECT', 'authenticated SELECT']"),
        ("GRANT UPDATE ON public_api.me TO PUBLIC", "its rights are ['- UPDATE', 'authenticated SELECT']"),
        ("CREATE VIEW public_api.them AS SELECT id FROM gateway.people", "them: declared {}"),
    ],
    ids=["no barrier", "another owner", "another reader", "a writer", "undeclared view"],
)
async def test_a_view_for_clients_with_other_rights_is_drift(url: str, change: str, found: str) -> None:
    owner = await asyncpg.connect(url)
    await owner.execute(change)
    assert found in (await check_views(url))[0]
    await owner.close()


async def test_the_views_are_as_declared_and_looking_leaves_no_rows(url: str) -> None:
    assert await check_views(url) == []
    owner = await asyncpg.connect(url)
    assert not await owner.fetch("SELECT FROM speech.assessments UNION ALL SELECT FROM notify.webhooks")
    await owner.close()


def test_the_views_keep_what_was_released() -> None:
    assert check_released() == []


def test_a_released_view_that_is_gone_or_other_or_gives_more_is_told(tmp_path: Path) -> None:
    view_releases.release(tmp_path, [ASSESSMENTS, MEDIA, WEBHOOKS])
    wider = replace(ASSESSMENTS, values={**ASSESSMENTS.values, "refusal.reason": ("silent", "asleep", "away")})
    columns = {name: kind for name, kind in WEBHOOKS.columns.items() if name != "url"}
    found = view_releases.broken(tmp_path, [wider, replace(WEBHOOKS, columns=columns, values={})])
    assert [sentence.split(":")[0] for sentence in found] == [
        "api.notify_webhooks_v1",
        "api.notify_webhooks_v1",
        "api.speech_assessments_v2",
        "api.speech_media_v1",
    ]
    assert "events[] may be any value, which the release before refuses" in found[1]
    assert "refusal.reason may be asleep, away, which the release before refuses" in found[2]
    assert "is gone" in found[3]
    assert view_releases.broken(tmp_path, [ASSESSMENTS, MEDIA, WEBHOOKS]) == []


def test_a_column_that_clients_read_stays_and_more_may_come(tmp_path: Path) -> None:
    view_releases.release_public(tmp_path, {"me": {"id": "uuid", "email": "text"}, "notes": {"id": "uuid"}})
    assert view_releases.broken_public(tmp_path, {"me": {"id": "uuid", "email": "text", "name": "text"}}) == [
        "public_api.notes: its column id was released and is gone: clients read it."
    ]
    assert view_releases.broken_public(tmp_path, {"me": {"id": "text", "email": "text"}, "notes": {"id": "uuid"}}) == [
        "public_api.me: its column id was released as uuid and is text now."
    ]
