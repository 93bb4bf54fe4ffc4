"""Tests that a client cannot tell whether the owner of a route runs in the gateway's process or behind its port."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from httpx2 import AsyncClient, Response

from chassis.fresh_databases import fresh_database
from chassis.message.envelope import new_id
from content.service import SERVICE as CONTENT
from gateway.service import SERVICE as GATEWAY
from notify.service import SERVICE as NOTIFY
from tests.hops import Forward

TOLD = """
INSERT INTO notifications (id, person_id, type, title, body, channel, scheduled_time, delivered)
VALUES ($1, $2, 'feedback_ready', 'Your feedback is ready', 'Have a look.', 'in_app', now(), true)
"""
TWISTER = {"text": "Nine nimble noblemen nibble nuts", "language": "en", "difficulty": 2, "sounds": ["N"]}
KEY, JSON = {"Idempotency-Key": "once"}, {"Content-Type": "application/json"}
#: headers that no two answers share
_OWN = ("date", "x-request-id", "traceparent")
_REQUEST_ID = re.compile(rb'"request_id":"[0-9a-f]{32}"')
#: method, path, headers and body
Asked = tuple[str, str, Mapping[str, str], bytes]


async def test_status_headers_and_bytes_are_the_same_over_both_hops(forward: Forward, postgres_url: str) -> None:
    async with (
        fresh_database(postgres_url, [GATEWAY, CONTENT, NOTIFY], filled=True) as url,
        forward("process", CONTENT, NOTIFY, url=url) as near,
    ):
        author = await near.signed_in("author")
        told = new_id()
        await near.harness.rows("notify", TOLD, told, near.persons[author])
        etag = (await author.get("/notifications")).headers["etag"]
        made = (await author.post("/twisters", json=TWISTER, headers=KEY)).raise_for_status()
        await author.post(f"/notifications/{told}/read", headers=KEY)
        requests = [*reads(etag), *writes(made.headers["location"], f"/notifications/{told}/read")]
        first = await seen(author, [request for _, request in requests])
        async with forward("port", CONTENT, NOTIFY, url=url) as far:
            client = await far.client(Authorization=author.headers["Authorization"])
            second = await seen(client, [request for _, request in requests])
        assert second == first
        assert [status for status, _, _ in first] == [status for status, _ in requests]


def reads(etag: str) -> list[tuple[int, Asked]]:
    return [
        (200, ("GET", "/notifications", {}, b"")),
        (200, ("HEAD", "/notifications", {}, b"")),
        (200, ("GET", "/notifications?limit=1", {"Accept-Language": "de", "Cookie": "a=b"}, b"")),
        (200, ("GET", "/notifications", {"If-None-Match": etag}, b"")),  # it was read since
        (422, ("GET", "/notifications?limit=0", {}, b"")),
        (422, ("GET", "/notifications?colour=red", {}, b"")),
        (401, ("GET", "/notifications", {"Authorization": "Bearer nonsense"}, b"")),
        (401, ("GET", "/notifications", {"Authorization": "Basic eDp5"}, b"")),
        (405, ("PATCH", "/notifications", JSON, b"{}")),
        (204, ("OPTIONS", "/notifications", {}, b"")),
        (200, ("GET", "/twisters?limit=2", {}, b"")),
        (404, ("GET", f"/twisters/{new_id()}", {}, b"")),
    ]


def writes(twister: str, read: str) -> list[tuple[int, Asked]]:
    """Returns writes that change nothing, since they were done before or are refused."""
    return [
        (201, ("POST", "/twisters", {**KEY, **JSON}, json.dumps(TWISTER).encode())),
        (422, ("POST", "/twisters", {**KEY, **JSON}, json.dumps({**TWISTER, "difficulty": 1}).encode())),
        (409, ("POST", "/twisters", JSON, json.dumps(TWISTER).encode())),
        (304, ("GET", twister, {"If-None-Match": '"1"'}, b"")),
        (428, ("PATCH", twister, JSON, b"{}")),
        (412, ("PATCH", twister, {"If-Match": '"7"', **JSON}, b"{}")),
        (200, ("PATCH", twister, {"If-Match": '"1"', **JSON}, b"{}")),
        (415, ("PATCH", twister, {"If-Match": '"1"', "Content-Type": "text/plain"}, b"{}")),
        (413, ("POST", "/twisters", JSON, b" " * 65_537)),
        (404, ("DELETE", f"/twisters/{new_id()}", {"If-Match": "*"}, b"")),
        (200, ("POST", read, KEY, b"")),
    ]


async def seen(client: AsyncClient, requests: list[Asked]) -> list[tuple[int, list[tuple[str, str]], bytes]]:
    """Returns what a client sees of each answer, without its time and its request id, which is each answer's own."""
    answers = [
        await client.request(method, path, headers=headers, content=body) for method, path, headers, body in requests
    ]
    return [(answer.status_code, _headers(answer), _REQUEST_ID.sub(b"", answer.content)) for answer in answers]


def _headers(answer: Response) -> list[tuple[str, str]]:
    return sorted((name, value) for name, value in answer.headers.multi_items() if name not in _OWN)


async def test_the_health_names_the_owners(forward: Forward) -> None:
    async with forward("port", NOTIFY) as gateway:
        states = (await (await gateway.client()).get("/api/health")).json()["services"]
        assert (states["notify"], states["content"]) == ("ok", "down")
        assert (await (await gateway.client()).get("/readyz")).status_code == 200
