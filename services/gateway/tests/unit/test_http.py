"""Tests what every resource shares: problems, access, headers, the log."""

from __future__ import annotations

import copy
import json
import logging
from pathlib import Path
from uuid import uuid4

import pytest
from httpx2 import ASGITransport, AsyncClient, Response
from structlog.testing import capture_logs

from chassis.observe.logs import add_bound
from gateway.edge.app import create_app
from gateway.edge.auth import session_statements
from gateway.edge.auth.tokens import AccessToken, Tokens
from gateway.edge.context import GatewayContext
from gateway.edge.openapi import PublicDocument, read_document
from services.gateway.tests.unit.conftest import KnowsCallers

JOB = "018f6a1e-0000-7000-8000-000000000001"
PERSON = {"email": "a@b.example", "password": "correct horse", "username": "Robin", "birth_date": "2001-05-17"}


def problem(response: Response) -> str:
    """Checks a problem document's status against the response, and returns the problem's name."""
    assert response.headers["content-type"] == "application/problem+json"
    document = response.json()
    assert document["status"] == response.status_code
    assert document["title"]
    name: str = document["type"].removeprefix("/problems/")
    return name


async def test_what_is_not_there_and_what_is_not_allowed_are_problems(client: AsyncClient) -> None:
    assert problem(await client.get("/nothing/here")) == "not-found"
    refused = await client.put("/twisters")
    assert (refused.status_code, problem(refused)) == (405, "method-not-allowed")
    assert refused.headers["allow"]


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/me", "DELETE, GET, HEAD, OPTIONS, PATCH"),
        (f"/jobs/{JOB}", "DELETE, GET, HEAD, OPTIONS"),
        ("/auth/login", "OPTIONS, POST"),
        ("/twisters", "GET, HEAD, OPTIONS, POST"),
    ],
)
async def test_allow_lists_every_method_whoever_serves_the_path(client: AsyncClient, path: str, methods: str) -> None:
    refused, asked = await client.put(path), await client.options(path)
    assert (refused.status_code, refused.headers["allow"]) == (405, methods)
    assert (asked.status_code, asked.headers["allow"]) == (204, methods)


@pytest.mark.parametrize("path", ["/attempts", "/jobs", f"/jobs/{JOB}", "/notifications", "/twisters/progress"])
async def test_what_is_personal_needs_a_token(client: AsyncClient, access_token: str, path: str) -> None:
    cookies = "; ".join(f"{name}={access_token}" for name in ("access_token", "token", "session", "Authorization"))
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}, {"Cookie": cookies}):
        response = await client.get(path, headers=headers)
        assert (response.status_code, problem(response)) == (401, "unauthorized")
        assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        (method, path)
        for path, methods in read_document().document["paths"].items()
        for method, described in methods.items()
        if described["x-service"] == "gateway" and "public" not in described["x-access"]
    ],
)
async def test_what_is_not_declared_public_needs_a_token(client: AsyncClient, method: str, path: str) -> None:
    response = await client.request(method, path.replace("{id}", JOB))
    assert (response.status_code, problem(response)) == (401, "unauthorized")


@pytest.mark.parametrize("access", [None, ["public"]])
async def test_an_operation_is_not_served_if_the_document_does_not_say_who_may_call_it(
    gateway: GatewayContext, access: list[str] | None
) -> None:
    content = copy.deepcopy(read_document().document)
    if access is None:
        del content["paths"]["/admin/audit"]["get"]
    else:
        content["paths"]["/admin/audit"]["get"]["x-access"] = access
    with pytest.raises(ValueError, match=r"^GET /admin/audit: openapi.json does not say who may call it"):
        create_app(gateway, PublicDocument(json.dumps(content).encode()))


async def test_an_answer_without_a_body_has_no_type_of_one(gateway: GatewayContext) -> None:
    app = create_app(gateway, read_document())

    @app.delete("/thing", status_code=204)
    async def nothing() -> None:
        """Answers as the framework does."""

    async with AsyncClient(transport=ASGITransport(app), base_url="http://gateway") as client:
        answer = await client.delete("/thing")
    assert (answer.status_code, answer.headers.get("content-type"), answer.content) == (204, None, b"")


async def test_a_database_that_is_away_is_a_503_and_the_log_holds_nothing_personal(
    client: AsyncClient, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    response = await client.post("/auth/signup", json=PERSON)
    assert (response.status_code, problem(response)) == (503, "unavailable")
    assert int(response.headers["retry-after"]) > 0
    logged = caplog.text + "".join(capsys.readouterr())
    assert "request refused" in logged
    assert PERSON["email"] not in logged
    assert PERSON["password"] not in logged


async def test_an_attempt_is_not_stored_while_the_database_is_away(
    client: AsyncClient, tokens: Tokens, tmp_path: Path
) -> None:
    response = await client.post(
        "/attempts",
        files={"recording": ("a.webm", b"\x1a\x45\xdf\xa3" + bytes(100))},
        data={"text": "Red lorry"},
        headers={"Authorization": f"Bearer {tokens.issue(AccessToken(uuid4(), uuid4(), 1))}"},
    )
    assert problem(response) == "unavailable"
    assert not list((tmp_path / "media").rglob("*recording*"))


async def test_every_answer_has_the_security_headers(client: AsyncClient) -> None:
    for path in ("/nothing", "/try", "/livez", "/openapi.json"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nothing"), ("GET", "/try"), ("GET", "/jobs"), ("PUT", "/twisters"), ("GET", "/livez")],
)
async def test_every_answer_has_a_request_id_of_ours_or_the_traces_and_a_problem_quotes_it(
    client: AsyncClient, method: str, path: str
) -> None:
    theirs, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    headers = {"traceparent": f"00-{theirs}-{span}-01", "X-Request-Id": "canary"}
    traced = await client.request(method, path, headers=headers)
    assert traced.headers["x-request-id"] == theirs
    others = [await client.request(method, path, headers={"X-Request-Id": "canary"}) for _ in range(2)]
    ids = {answer.headers["x-request-id"] for answer in others}
    assert len(ids - {theirs}) == 2 and all(len(bytes.fromhex(each)) == 16 for each in ids)
    for answer in (traced, *others):
        version, trace, own, _ = answer.headers["traceparent"].split("-")
        assert (version, trace, len(bytes.fromhex(own))) == ("00", answer.headers["x-request-id"], 8) and own != span
        if answer.status_code >= 400:
            assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_a_preflight_tells_what_a_page_may_send_and_an_answer_what_it_may_read(client: AsyncClient) -> None:
    origin = {"Origin": "https://app.example"}
    asks = {**origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "traceparent"}
    preflight = await client.options("/attempts", headers=asks)
    assert preflight.status_code == 200 and preflight.headers["x-request-id"]
    readable = (await client.get("/nothing", headers=origin)).headers["access-control-expose-headers"]
    wanted = {
        "ETag",
        "Location",
        "RateLimit",
        "RateLimit-Policy",
        "Retry-After",
        "X-Request-Id",
        "traceparent",
        "Idempotency-Replayed",
    }
    assert wanted <= set(readable.split(", "))


async def test_only_listed_origins_may_read(client: AsyncClient) -> None:
    listed = await client.get("/nothing", headers={"Origin": "https://app.example"})
    assert listed.headers["access-control-allow-origin"] == "https://app.example"
    stranger = await client.get("/nothing", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in stranger.headers


async def test_requests_are_measured_by_template(client: AsyncClient) -> None:
    await client.get(f"/jobs/{uuid4()}")
    await client.get(f"/nothing/{uuid4()}")
    await client.get("/livez")
    exposition = (await client.get("/metrics")).text
    for status in (200, 401, 404):  # a page that is no route of the API, and what is refused
        assert f'voxbus_http_requests_total{{method="any",route="any",status="{status}"}}' in exposition
    assert 'route="/nothing' not in exposition


async def test_a_stranger_is_told_neither_metrics_nor_why_a_replica_cannot_work(gateway: GatewayContext) -> None:
    gateway.watchdog.draining = True
    app = create_app(gateway, read_document())
    for address, reasons in (("127.0.0.1", {"process": "draining"}), ("203.0.113.7", {})):
        transport = ASGITransport(app, client=(address, 1))
        async with AsyncClient(transport=transport, base_url="http://gateway") as asking:
            health = await asking.get("/api/health")
            metrics = await asking.get("/metrics")
        assert (health.status_code, health.json()["status"], health.json()["reasons"]) == (503, "unready", reasons)
        assert metrics.status_code == (200 if reasons else 404)
    assert problem(metrics) == "not-found"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/jobs?cursor=x"),
        ("GET", f"/jobs/{JOB}?limt=3"),
        ("POST", "/attempts"),
        ("GET", f"/jobs/{JOB}/events?a=b"),
    ],
)
async def test_who_calls_is_found_by_one_statement(
    signed_in: AsyncClient, callers: KnowsCallers, method: str, path: str
) -> None:
    assert problem(await signed_in.request(method, path)) not in ("unauthorized", "guardian-consent-required")
    assert callers.asked == [session_statements.USE]


async def test_each_type_of_problem_has_a_page(client: AsyncClient) -> None:
    for name, words in (("email-taken", "Log in instead."), ("recording-too-long", "30 seconds"), ("gave-up", "500")):
        page = await client.get(f"/problems/{name}")
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert words in page.text
        assert f"/problems/{name}" in page.text
    assert problem(await client.get("/problems/nothing-like-it")) == "not-found"


async def test_a_request_is_one_log_line_without_path_and_query(client: AsyncClient, signed_in: AsyncClient) -> None:
    with capture_logs(processors=[add_bound]) as lines:
        answers = [
            await client.get("/nothing/canary?q=canary"),
            await client.get(f"/jobs/{JOB}?limt=canary"),
            await signed_in.get(f"/jobs/{JOB}/events"),
            await client.options("/twisters"),
            await client.get("/livez"),
        ]
    written = [line for line in lines if line["event"] == "request"]
    assert [(line["method"], line["route"], line["status"], line["log_level"]) for line in written] == [
        ("GET", "unmatched", 404, "info"),
        ("GET", "/jobs/{id}", 401, "info"),
        ("GET", "/jobs/{id}/events", 503, "info"),
        ("OPTIONS", "unmatched", 204, "info"),
        ("GET", "/livez", 200, "debug"),
    ]
    assert [line["trace"] for line in written] == [answer.headers["x-request-id"] for answer in answers]
    assert [line.get("job") for line in written] == [None, None, JOB, None, None]
    assert "canary" not in str(lines)
