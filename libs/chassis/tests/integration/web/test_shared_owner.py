"""Tests that a service that tests share is for each of them as after its start."""

from __future__ import annotations

from pathlib import Path

import pytest

from chassis.conformance import owner_alone
from chassis.shared_owner import SharedOwner, shared_owner
from chassis.storage.media import Gone, open_media
from chassis.web.testing import signed_in
from libs.chassis.tests.integration.toys import TOYS
from libs.chassis.tests.integration.toys.messages import ToyChanged


async def test_what_a_test_has_done_is_undone(postgres_url: str, tmp_path: Path) -> None:
    media = open_media(None, tmp_path / "media")
    async with owner_alone(TOYS, postgres_url, media) as (harness, anonymous):
        author = anonymous.by(signed_in("author"))
        bear = (await author("POST", "/toys", {"name": "Bear"})).headers["location"]
        ball = (await author("POST", "/toys", {"name": "Ball"})).headers["location"]
        await media.write("old", b"of the start", "text/plain")
        await harness.until_settled("toys")
        shared = SharedOwner(harness, anonymous, media, "toys")
        await shared.keep()
        before = (await author("GET", "/toys")).body
        for _ in range(2):
            assert (await author("PATCH", bear, {"age": 7}, headers={"If-Match": "*"})).status == 200
            assert (await author("DELETE", ball, headers={"If-Match": "*"})).status == 204
            assert (await author("POST", "/toys", {"name": "Kite"}, headers={"Idempotency-Key": "k"})).status == 201
            await media.write("new", b"of a test", "text/plain")
            await harness.until_emitted(ToyChanged)
            await shared.restore()
            assert (await author("GET", "/toys")).body == before
            assert harness.heard == []
            assert await media.read_key("old") == b"of the start"
            with pytest.raises(Gone):
                await media.read_key("new")


async def test_nothing_is_under_way_when_the_next_test_begins(postgres_url: str, tmp_path: Path) -> None:
    async with shared_owner(TOYS, postgres_url, tmp_path / "media") as shared:
        author = shared.caller.by(signed_in("author"))
        for _ in range(20):
            await author("POST", "/toys", {"name": "Bear"})
            await shared.restore()
            assert await shared.harness.rows("toys", "SELECT FROM outbox") == []
            assert (await author("GET", "/toys")).json()["items"] == []
