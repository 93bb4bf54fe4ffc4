"""Tests which pages of other sites may call the API, and that they can send and read all that the document has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient, Response

from chassis.errors import SettingsError
from chassis.http.applications import Shared
from chassis.settings import load
from gateway.edge.app import create_app
from gateway.edge.context import GatewayContext
from gateway.edge.cors import EXPOSED_HEADERS
from gateway.edge.openapi import read_document
from gateway.settings import GatewaySettings

DOCUMENT = read_document().document
LISTED = "https://app.example"
#: headers that a page may read anyway (Fetch, “CORS-safelisted response-header name”)
SAFE = {"cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma"}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method in ("get", "post", "put", "patch", "delete"):
            if method in methods:
                yield path, method.upper(), methods[method]


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """Follows a reference within the document."""
    found: dict[str, Any] = DOCUMENT
    if "$ref" not in part:
        return part
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return found


async def preflight(client: AsyncClient, path: str, method: str, headers: str = "", origin: str = LISTED) -> Response:
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    if headers:
        asked["Access-Control-Request-Headers"] = headers
    return await client.options(path, headers=asked)


def test_a_page_can_read_each_header_that_an_answer_declares() -> None:
    declared = {
        name.lower()
        for _, _, operation in operations()
        for answer in operation["responses"].values()
        for name in resolved(answer).get("headers", {})
    }
    assert {"etag", "ratelimit", "retry-after", "location"} <= declared
    hidden = {"set-cookie"}  # which browsers show to no page
    assert declared - SAFE - hidden <= {name.lower() for name in EXPOSED_HEADERS}


async def test_a_page_can_send_each_request_of_the_document_and_browsers_keep_the_permission(
    client: AsyncClient,
) -> None:
    for path, method, operation in operations():
        sent = [resolved(each)["name"] for each in operation.get("parameters", ()) if resolved(each)["in"] == "header"]
        for each in (method, "HEAD") if method == "GET" else (method,):
            answer = await preflight(client, path, each, ", ".join(["authorization", "content-type", *sent]))
            assert answer.status_code == 200, (method, path, sent)
            assert answer.headers["access-control-allow-origin"] == LISTED
            assert int(answer.headers["access-control-max-age"]) >= 600
            assert "access-control-allow-credentials" not in answer.headers
            assert "origin" in answer.headers["vary"].lower()


@pytest.mark.parametrize(
    "sent",
    [
        "cache-control,pragma",
        "x-requested-with",
        "traceparent,tracestate",
        "baggage,sentry-trace",
        "apikey,x-client-info,x-supabase-api-version",
    ],
)
async def test_a_page_can_send_what_its_libraries_add(client: AsyncClient, sent: str) -> None:
    answer = await preflight(client, "/jobs", "GET", f"authorization,{sent}")
    assert answer.status_code == 200
    assert set(sent.split(",")) <= set(answer.headers["access-control-allow-headers"].lower().split(", "))


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://app.example", "https://app.example.evil.example", "*"]
)
async def test_a_page_of_another_origin_is_told_nothing(client: AsyncClient, origin: str) -> None:
    refused = await preflight(client, "/jobs", "GET", origin=origin)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/forbidden")
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["detail"] == "Pages of that origin may not send requests."
    read = await client.get("/api/health", headers={"Origin": origin})
    for answer in (refused, read):
        assert "access-control-allow-origin" not in answer.headers
        assert "origin" in answer.headers["vary"].lower()


async def test_what_a_page_may_not_send_is_a_problem(client: AsyncClient) -> None:
    for method, headers, named in (
        ("TRACE", "", "GET, HEAD, POST, PUT, PATCH, DELETE, and no other method"),
        ("GET", "authorization, X-Forwarded-For", "the header 'x-forwarded-for'"),
        ("GET", "cookie", "the header 'cookie'"),
    ):
        refused = await preflight(client, "/jobs", method, headers)
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/forbidden")
        assert named in refused.json()["detail"]
        assert "origin" not in refused.json()["detail"]


async def test_what_else_a_browser_asks_for_is_a_problem_too(client: AsyncClient) -> None:
    asked = {"Origin": LISTED, "Access-Control-Request-Method": "GET", "Access-Control-Request-Private-Network": "true"}
    for headers in ({}, {"Access-Control-Request-Headers": "x-" + "a" * 4000}):
        refused = await client.options("/jobs", headers=asked | headers)
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/forbidden")
        assert ("private network" in refused.json()["detail"]) is not bool(headers)
        assert len(refused.json()["detail"]) < 500


async def test_a_page_can_read_refusals_too(client: AsyncClient) -> None:
    large = {"content-type": "application/json", "content-length": "9999999"}
    for answer in (
        await client.get("/nothing", headers={"Origin": LISTED}),
        await client.get("/jobs", headers={"Origin": LISTED}),
        await client.post("/auth/login", content=b"{}", headers={"Origin": LISTED, **large}),
        await client.post("/auth/login", json={}, headers={"Origin": LISTED}),
    ):
        assert answer.status_code in (401, 404, 413, 422)
        assert answer.headers["access-control-allow-origin"] == LISTED
        assert "ETag" in answer.headers["access-control-expose-headers"]


async def test_what_the_server_answers_itself_has_the_same_headers(gateway: GatewayContext) -> None:
    app = create_app(gateway, read_document(), (LISTED,))
    assert isinstance(app, Shared)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://gateway") as client:
        answer = await client.get("/api/health", headers={"Origin": LISTED})
    assert {name: answer.headers[name] for name in app.headers_for(LISTED)} == app.headers_for(LISTED)
    assert len(app.headers_for(LISTED)) == 3
    for origin in ("https://evil.example", LISTED.upper(), "null"):
        assert app.headers_for(origin) == {}


@pytest.mark.parametrize("wrong", ["*", "null", "https://*.example", "https://app.example/page", "app.example"])
def test_the_setting_lists_origins_alone(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXBUS_CORS_ORIGINS", f"https://App.example/, {wrong}")
    with pytest.raises(SettingsError, match=r"^VOXBUS_CORS_ORIGINS is wrong: each must be an origin such as "):
        load(GatewaySettings)
    monkeypatch.setenv("VOXBUS_CORS_ORIGINS", "https://App.example/,http://localhost:3000")
    assert load(GatewaySettings).cors_origins == (LISTED, "http://localhost:3000")
