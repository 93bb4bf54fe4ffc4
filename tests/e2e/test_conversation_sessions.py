"""Walks through a conversation that is kept, as its person does over the gateway: from its start to its deletion."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from httpx2 import AsyncClient

from tests.e2e.conftest import PASSWORD, sign_up

SESSIONS = "/api/conversation/sessions"
SAID = ("We decided not to build an app. What about iPads?", "Maybe a web view, and it must work offline")


@pytest.fixture
async def http(all_in_one: str) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(base_url=all_in_one, timeout=60) as client:
        login = {"email": sign_up(all_in_one), "password": PASSWORD}
        session = (await client.post("/auth/login", json=login)).raise_for_status().json()
        client.headers["Authorization"] = f"Bearer {session['access_token']}"
        yield client


async def test_a_conversation_is_kept_read_noted_ended_and_deleted(http: AsyncClient) -> None:
    made = await http.post(SESSIONS, json={"title": "Kiosk"}, headers={"Idempotency-Key": "once"})
    again = await http.post(SESSIONS, json={"title": "Kiosk"}, headers={"Idempotency-Key": "once"})
    assert (made.status_code, again.json()) == (201, made.json())
    path = made.headers["location"]
    for number, message in enumerate(SAID, start=1):
        answer = await http.post("/api/conversation", json={"message": message, "sessionId": made.json()["id"]})
        assert (answer.json()["sessionId"], answer.json()["turn"]) == (made.json()["id"], number)
    [listed] = (await http.get(SESSIONS)).json()["items"]
    assert (listed["id"], listed["messages"]) == (made.json()["id"], 4)
    said = (await http.get(f"{path}/messages", params={"limit": 3})).json()
    assert [each["sender"] for each in said["items"]] == ["user", "bot", "user"]
    rest = await http.get(f"{path}/messages", params={"limit": 3, "cursor": said["next_cursor"]})
    assert [each["message_text"] for each in rest.json()["items"]] == [answer.json()["response"]]
    assert len((await http.get(f"{path}/turns")).json()["items"]) == 2
    notes = await http.get(f"{path}/notes")
    assert notes.headers["content-type"] == "text/markdown; charset=utf-8"
    assert "- We decided not to build an app. (1)\n" in notes.text
    assert "- Maybe a web view. (3)\n" in notes.text
    as_json = (await http.get(f"{path}/notes", headers={"Accept": "application/json"})).json()
    assert as_json["constraints"] == [{"text": "It must work offline.", "message": 3}]
    renamed = await http.patch(path, json={"title": "Ticket kiosk"}, headers={"If-Match": notes.headers["etag"]})
    assert renamed.status_code == 412  # that is the tag of the notes, not of the session
    current = (await http.get(path)).headers["etag"]
    renamed = await http.patch(path, json={"title": "Ticket kiosk"}, headers={"If-Match": current})
    assert renamed.json()["title"] == "Ticket kiosk"
    ended = [(await http.post(f"{path}/end")).raise_for_status().json() for _ in range(2)]
    assert ended[0]["ended_at"]
    assert ended[0] == ended[1]
    refused = await http.post("/api/conversation", json={"message": "hi", "sessionId": made.json()["id"]})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/session-ended")
    stored = (await http.delete(path)).status_code, (await http.get(path)).status_code
    assert stored == (204, 404)
    assert (await http.get(SESSIONS)).json()["items"] == []


async def test_notes_of_what_is_not_stored_need_no_account(all_in_one: str) -> None:
    history = [{"role": "user", "text": said} for said in SAID]
    async with AsyncClient(base_url=all_in_one, timeout=60) as client:
        notes = await client.post("/api/conversation/notes", json={"history": history})
        as_json = await client.post(
            "/api/conversation/notes", json={"history": history}, headers={"Accept": "application/json"}
        )
    assert notes.headers["content-type"] == "text/markdown; charset=utf-8"
    assert "- It must work offline. (2)\n" in notes.text
    assert as_json.json()["ideas"] == [{"text": "Maybe a web view.", "message": 2}]
