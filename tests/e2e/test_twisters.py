"""Tests what becomes of attempts at a twister that an author deletes, on the whole product."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from httpx2 import AsyncClient, Response

from tests.e2e.conftest import PASSWORD

RECORDING = Path(__file__).parents[2] / "samples" / "peter-piper.webm"
ANY = {"If-Match": "*"}


@pytest.fixture
async def http(all_in_one: str, author: str) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(base_url=all_in_one, timeout=60) as client:
        session = await client.post("/auth/login", json={"email": author, "password": PASSWORD})
        client.headers["Authorization"] = f"Bearer {session.raise_for_status().json()['access_token']}"
        yield client


async def read_aloud(http: AsyncClient, twister: str) -> Response:
    """Sends a recording of a twister, and waits for its result."""
    files = {"recording": ("recording.webm", RECORDING.read_bytes(), "audio/webm")}
    return await http.post("/attempts", files=files, data={"twister_id": twister}, headers={"Prefer": "wait=30"})


async def test_a_deleted_twister_stays_readable_in_attempts_and_is_read_no_more(http: AsyncClient) -> None:
    text = f"Peter Piper picked a peck of peppers, number {uuid4().hex[:8]}."
    made = await http.post("/twisters", json={"text": text, "difficulty": 5, "sounds": ["P"]})
    assert made.status_code == 201, made.text
    path, id = made.headers["Location"], made.json()["id"]
    attempt = (await read_aloud(http, id)).json()
    assert (attempt["twister_id"], attempt["status"]) == (id, "assessed"), attempt

    assert (await http.delete(path, headers=ANY)).status_code == 204
    assert (await http.get(path)).status_code == 404
    kept = (await http.get(f"/attempts/{attempt['id']}")).json()
    assert (kept["twister_id"], kept["text"], kept["words"]) == (id, text, attempt["words"])
    refused = await read_aloud(http, id)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "twister_id")
    assert (await http.get("/twisters/progress")).json()["next_twister_id"] != id


async def test_everybody_reads_the_same_and_caches_may_keep_it(http: AsyncClient) -> None:
    """Tests the whole way: what the owner says of caches, tags and methods reaches the client as it is."""
    first = await http.get("/twisters?limit=1&sound=th")
    async with AsyncClient(base_url=http.base_url, timeout=60) as nobody:
        anonymous = await nobody.get("/twisters?limit=1&sound=th")
    assert (first.content, first.headers["etag"]) == (anonymous.content, anonymous.headers["etag"])
    assert first.headers["cache-control"] == "public, max-age=60, stale-while-revalidate=300"
    assert first.headers["vary"] == "Origin"  # CORS answers depend on it, and nothing depends on who asks
    path = f"/twisters/{first.json()['items'][0]['id']}"
    one = await http.head(path)
    same = await http.get(path, headers={"If-None-Match": one.headers["etag"]})
    assert (one.status_code, one.content, same.status_code) == (200, b"", 304)
    assert (await http.patch(path, json={"difficulty": 1})).status_code == 428
    stale = await http.patch(path, json={"difficulty": 1}, headers={"If-Match": '"999"'})
    assert (stale.status_code, stale.headers["etag"]) == (412, one.headers["etag"])
