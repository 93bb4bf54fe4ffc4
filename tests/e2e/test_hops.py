"""Tests that a client cannot tell whether the owner of a route runs in the gateway's process or behind its port."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from httpx2 import AsyncClient, Response

from chassis.message.envelope import new_id
from chassis.testing import fresh_database
from gateway.service import SERVICE as GATEWAY
from notify.service import SERVICE as NOTIFY
from tests.hops import Forward

TOLD = """
INSERT INTO notifications (id, person_id, type, title, body, channel, scheduled_time, delivered)
VALUES ($1, $2, 'feedback_ready', 'Your feedback is ready', 'Have a look.', 'in_app', now(), true)
"""
#: method, path, headers and body
Asked = tuple[str, str, Mapping[str, str], bytes]


async def test_status_headers_and_bytes_are_the_same_over_both_hops(forward: Forward, postgres_url: str) -> None:
    async with (
        fresh_database(postgres_url, [GATEWAY, NOTIFY]) as url,
        forward("process", NOTIFY, url=url) as near,
    ):
        client = await near.signed_in()
        told = new_id()
        await near.harness.rows("notify", TOLD, told, near.persons[client])
        etag = (await client.get("/notifications")).headers["etag"]
        first = await seen(client, asked(told, etag))
        async with forward("port", NOTIFY, url=url) as far:
            second = await seen(await far.client(Authorization=client.headers["Authorization"]), asked(told, etag))
        assert second == first
        assert [status for status, _, _ in first] == [200, 200, 200, 304, 422, 422, 401, 401, 405, 204]


def asked(told: UUID, etag: str) -> list[Asked]:
    return [
        ("GET", "/notifications", {}, b""),
        ("HEAD", "/notifications", {}, b""),
        ("GET", "/notifications?limit=1", {"Accept-Language": "de", "Cookie": "a=b"}, b""),
        ("GET", "/notifications", {"If-None-Match": etag}, b""),
        ("GET", "/notifications?limit=0", {}, b""),
        ("GET", "/notifications?colour=red", {}, b""),
        ("GET", "/notifications", {"Authorization": "Bearer nonsense"}, b""),
        ("GET", "/notifications", {"Authorization": "Basic eDp5"}, b""),
        ("PATCH", "/notifications", {"Content-Type": "application/json"}, b"{}"),
        ("OPTIONS", "/notifications", {}, b""),
    ]


async def seen(client: AsyncClient, requests: list[Asked]) -> list[tuple[int, list[tuple[str, str]], bytes]]:
    """Returns what a client sees of each answer; the server's own header Date is left out."""
    answers = [
        await client.request(method, path, headers=headers, content=body) for method, path, headers, body in requests
    ]
    return [(answer.status_code, _headers(answer), answer.content) for answer in answers]


def _headers(answer: Response) -> list[tuple[str, str]]:
    return sorted((name, value) for name, value in answer.headers.multi_items() if name != "date")


async def test_the_health_names_the_owners(forward: Forward) -> None:
    async with forward("port", NOTIFY) as gateway:
        states = (await (await gateway.client()).get("/api/health")).json()["services"]
        assert (states["notify"], states["content"]) == ("ok", "down")
        assert (await (await gateway.client()).get("/readyz")).status_code == 200
