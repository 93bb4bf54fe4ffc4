"""Runs feedback alone on a real Postgres, once for all tests here: each works with people of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from chassis.conformance import owner_alone
from chassis.storage.media import open_media
from chassis.web.testing import Caller, signed_in
from feedback.service import SERVICE
from services.feedback.tests.integration.fixtures import Feedback


@pytest.fixture(scope="session")
async def feedback(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Feedback]:
    media = open_media(None, tmp_path_factory.mktemp("media"))
    async with owner_alone(SERVICE, postgres_url, media) as (harness, anonymous), Feedback.of(harness, anonymous) as it:
        yield it


@pytest.fixture
def caller(feedback: Feedback) -> Caller:
    return feedback.anonymous.by(signed_in())
