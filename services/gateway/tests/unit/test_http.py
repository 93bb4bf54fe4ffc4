"""Tests what every resource shares: problems, limits, headers, documents."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi import APIRouter, Request
from httpx2 import ASGITransport, AsyncClient, Response
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from chassis.web.cursor import write_cursor
from chassis.web.operation import JSON_BYTES
from gateway.edge.app import create_app
from gateway.edge.auth import session_statements
from gateway.edge.auth.tokens import AccessToken, Tokens
from gateway.edge.context import GatewayContext
from gateway.edge.document import Own
from gateway.edge.openapi import read_document
from gateway.edge.tickets import Application
from services.gateway.tests.described import DOCUMENT
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
        for path, methods in DOCUMENT["paths"].items()
        for method, described in methods.items()
        if "public" not in described["x-access"]
    ],
)
async def test_what_is_not_declared_public_needs_a_token(client: AsyncClient, method: str, path: str) -> None:
    response = await client.request(method, path.replace("{id}", JOB))
    assert (response.status_code, problem(response)) == (401, "unauthorized")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"email": "no-address"}, "email"),
        ({"email": "a@b@c.example"}, "email"),
        ({"email": "a" * 250 + "@b.example"}, "email"),
        ({"password": "short77"}, "password"),
        ({"password": "x" * 201}, "password"),
        ({"username": "   "}, "username"),
        ({"username": "a\u0000b"}, "body"),
        ({"username": "a\u202eb"}, "username"),
        ({"username": "\u3164"}, "username"),
        ({"username": "a" + "\u0301" * 49}, "username"),
        ({"username": "x" * 51}, "username"),
        ({"birth_date": "3001-01-01"}, "birth_date"),
        ({"birth_date": "0001-01-01"}, "birth_date"),
        ({"birth_date": "1880-01-01"}, "birth_date"),
        ({"birth_date": 5}, "birth_date"),
    ],
)
async def test_an_invalid_field_is_named_and_never_quoted(
    client: AsyncClient, changed: dict[str, object], field: str
) -> None:
    response = await client.post("/auth/signup", json={**PERSON, **changed})
    assert (response.status_code, problem(response)) == (422, "invalid")
    assert [error["field"] for error in response.json()["errors"]] == [field]
    value = json.dumps(next(iter(changed.values()))).strip('" ')
    assert len(value) < 2 or value not in response.text


async def test_an_answer_without_a_body_has_no_type_of_one(gateway: GatewayContext) -> None:
    app = create_app(gateway, read_document())

    @app.delete("/thing", status_code=204)
    async def nothing() -> None:
        """Answers as the framework does."""

    async with AsyncClient(transport=ASGITransport(app), base_url="http://gateway") as client:
        answer = await client.delete("/thing")
    assert (answer.status_code, answer.headers.get("content-type"), answer.content) == (204, None, b"")


async def test_broken_json_is_not_quoted_either(client: AsyncClient) -> None:
    response = await client.post(
        "/auth/login",
        content='{"email": "me@home.example", "password": "hunter2',
        headers={"content-type": "application/json"},
    )
    assert response.status_code == 422
    assert "hunter2" not in response.text


async def test_a_large_json_body_is_refused_declared_or_not(client: AsyncClient) -> None:
    big = json.dumps({**PERSON, "username": "x" * JSON_BYTES}).encode()

    async def pieces() -> AsyncIterator[bytes]:
        yield big

    for content in (big, pieces()):
        response = await client.post("/auth/signup", content=content, headers={"content-type": "application/json"})
        assert (response.status_code, problem(response)) == (413, "too-large")


async def test_a_declared_length_is_believed_when_it_is_too_much(client: AsyncClient) -> None:
    headers = {"content-type": "application/json", "content-length": str(JSON_BYTES + 1)}
    response = await client.post("/auth/signup", content=b"{}", headers=headers)
    assert (response.status_code, problem(response)) == (413, "too-large")


async def test_a_missing_field_is_said_to_be_required(client: AsyncClient) -> None:
    response = await client.post("/auth/signup", json={name: PERSON[name] for name in PERSON if name != "email"})
    assert response.json()["errors"] == [{"field": "email", "message": "is required"}]


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
async def test_every_answer_has_a_request_id_of_ours_and_a_problem_quotes_it(
    client: AsyncClient, method: str, path: str
) -> None:
    theirs = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{theirs}-b7ad6b7169203331-01", "X-Request-Id": "canary"}
    answers = [await client.request(method, path, headers=headers) for _ in range(2)]
    ids = {answer.headers["x-request-id"] for answer in answers}
    assert len(ids - {theirs}) == 2 and all(len(bytes.fromhex(each)) == 16 for each in ids)
    for answer in answers:
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
    assert 'route="/livez",status="200"' in exposition
    assert 'route="unmatched",status="404"' in exposition
    assert 'route="/nothing' not in exposition
    assert 'route="/jobs/{id}",status="401"' in exposition


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


async def test_an_unknown_field_is_refused_with_the_nearest_known_name(client: AsyncClient) -> None:
    response = await client.post("/auth/signup", json={**PERSON, "birthdate": "2001-05-17"})
    assert (response.status_code, problem(response)) == (422, "invalid")
    [error] = response.json()["errors"]
    assert (error["field"], "birth_date" in error["message"]) == ("birthdate", True)


@pytest.mark.parametrize(
    ("path", "nearest"), [("/jobs?limt=3", "limit"), ("/attempts?cusor=x", "cursor"), (f"/jobs/{JOB}?limt=3", None)]
)
async def test_an_unknown_query_parameter_is_refused_after_the_token(
    client: AsyncClient, signed_in: AsyncClient, path: str, nearest: str | None
) -> None:
    assert problem(await client.get(path)) == "unauthorized"
    response = await signed_in.get(path)
    assert (response.status_code, problem(response)) == (422, "invalid")
    [error] = response.json()["errors"]
    assert error["field"] == path.partition("?")[2].partition("=")[0]
    assert ("nearest" in error["message"], (nearest or "") in error["message"]) == (nearest is not None, True)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/jobs?limit=1&limit=2", "limit"),
        ("/attempts?limit=1&limit=1", "limit"),
        ("/jobs?ticket=canary", "ticket"),
        (f"/jobs/{JOB}?ticket=canary", "ticket"),
        (f"/jobs/{JOB}/events?ticket=canary&ticket=canary", "ticket"),
        (f"/jobs/{JOB}/events?after=1&after=2", "after"),
    ],
)
async def test_a_query_parameter_is_sent_once_and_a_ticket_where_one_is_taken(
    signed_in: AsyncClient, path: str, field: str
) -> None:
    response = await signed_in.get(path)
    assert (response.status_code, problem(response)) == (422, "invalid")
    assert {error["field"] for error in response.json()["errors"]} == {field}
    assert "canary" not in response.text


async def test_a_ticket_is_taken_by_the_routes_that_declare_it_and_by_no_others() -> None:
    router, queries = APIRouter(prefix="/toys"), list[tuple[str, str]]()

    @router.get("/{id}/sounds")
    @Own(access=("own",), ticket=True)
    async def hear(request: Request) -> None:
        queries.append(("sounds", request.url.query))

    @router.get("/{id}")
    @Own(access=("own",))
    async def read(request: Request) -> None:
        queries.append(("toy", request.url.query))

    transport = ASGITransport(Application([router]))
    async with AsyncClient(transport=transport, base_url="http://gateway") as client:
        for path in ("/toys/1/sounds", "/toys/1"):
            await client.get(f"{path}?a=b&ticket=canary")
    assert queries == [("sounds", "a=b"), ("toy", "a=b&ticket")]


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "", str(2**63)])
async def test_a_stream_resumes_after_a_whole_number(signed_in: AsyncClient, after: str) -> None:
    response = await signed_in.get(f"/jobs/{JOB}/events", params={"after": after})
    assert (response.status_code, [each["field"] for each in response.json()["errors"]]) == (422, ["after"])


async def test_a_header_that_is_one_is_sent_once(client: AsyncClient, tokens: Tokens) -> None:
    token = ("Authorization", f"Bearer {tokens.issue(AccessToken(uuid4(), uuid4(), 1))}")
    assert problem(await client.get("/jobs", headers=[token, token])) == "unauthorized"
    response = await client.post("/attempts", headers=[token, ("Idempotency-Key", "a"), ("Idempotency-Key", "b")])
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "Idempotency-Key")


async def test_a_cursor_is_one_of_its_own_list(signed_in: AsyncClient) -> None:
    other = write_cursor(JOB, JOB, {"of": "AttemptsQuery"})
    for cursor in (JOB, "x", other):
        response = await signed_in.get("/jobs", params={"cursor": cursor})
        assert (response.status_code, problem(response)) == (422, "invalid")
        assert response.json()["errors"][0]["field"] == "cursor"


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
    with capture_logs(processors=[merge_contextvars]) as lines:
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


@pytest.mark.parametrize(
    "path", ["/try", "/openapi.json", "/api/health", "/problems/invalid", "/nothing", "/livez", "/"]
)
async def test_head_is_get_without_the_body(client: AsyncClient, path: str) -> None:
    got, asked = await client.get(path), await client.head(path)
    assert (asked.status_code, asked.content) == (got.status_code, b"")
    other = {"x-request-id"}
    assert {n: v for n, v in asked.headers.items() if n not in other} == {
        name: value for name, value in got.headers.items() if name not in other
    }


async def test_each_get_of_the_document_is_answered_to_head(client: AsyncClient) -> None:
    reads = [path for path, methods in read_document().document["paths"].items() if "get" in methods]
    assert len(reads) > 10
    for path in reads:
        path = path.replace("{id}", JOB)
        got, asked = await client.get(path), await client.head(path)
        assert (asked.status_code, asked.content) == (got.status_code, b""), path
        assert asked.headers.get("content-type") == got.headers.get("content-type"), path


async def test_head_is_checked_and_counted_as_head(client: AsyncClient) -> None:
    refused = await client.head("/jobs")
    assert (refused.status_code, refused.content, refused.headers["www-authenticate"]) == (401, b"", "Bearer")
    assert (await client.head("/auth/login")).status_code == 405
    exposition = (await client.get("/metrics")).text
    assert 'method="HEAD",route="/jobs",status="401"' in exposition


@pytest.mark.parametrize("path", ["/try", "/openapi.json", "/api/health", "/problems/invalid"])
async def test_who_has_it_is_told_so(client: AsyncClient, path: str) -> None:
    got = await client.get(path)
    tag = got.headers["etag"]
    assert tag.startswith('W/"')
    for method in ("GET", "HEAD"):
        same = await client.request(method, path, headers={"If-None-Match": f'"other", {tag}'})
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
        assert same.headers.get("cache-control") == got.headers.get("cache-control")
        assert same.headers["content-security-policy"] == got.headers["content-security-policy"]
        assert not {"content-length", "content-type"} & set(same.headers)
    assert (await client.get(path, headers={"If-None-Match": '"other"'})).content == got.content
    assert "etag" not in (await client.get("/nothing")).headers


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/try/", "/try"),
        ("/docs/?a=b", "/docs?a=b"),
        ("/twisters/?limit=3", "/twisters?limit=3"),
        (f"/jobs/{JOB}/", f"/jobs/{JOB}"),
        ("/problems/invalid/", "/problems/invalid"),
    ],
)
async def test_a_slash_too_many_leads_to_the_path_without_it(client: AsyncClient, path: str, meant: str) -> None:
    for method in ("GET", "HEAD", "POST"):
        answer = await client.request(method, path, headers={"Host": "evil.example"})
        assert (answer.status_code, answer.headers["location"]) == (308, meant)


@pytest.mark.parametrize("path", ["/nothing/", "/try//", "//evil.example/", "//try/", "/jobs/%2E%2E/", "/%2F/try/"])
async def test_no_other_slash_leads_anywhere(client: AsyncClient, path: str) -> None:
    answer = await client.get(f"http://gateway{path}")
    assert answer.status_code == 404 and "location" not in answer.headers


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(PERSON).encode("utf-16"),
        json.dumps(PERSON).encode("utf-16-be"),
        json.dumps(PERSON).encode("utf-32"),
        b"\xef\xbb\xbf" + json.dumps(PERSON).encode(),
        json.dumps(PERSON).encode().replace(b"{", b'{"email": "z@b.example", ', 1),
        json.dumps(PERSON).encode().replace(b"{", b'{"n": NaN, ', 1),
        json.dumps({**PERSON, "password": "\ud800" * 8}).encode(),
        json.dumps({**PERSON, "password": "\0" * 8}).encode(),
        b"[" * 5000,
    ],
)
@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-16", "application/vnd.api+json"])
async def test_json_that_readers_understand_differently_is_refused(client: AsyncClient, body: bytes, kind: str) -> None:
    response = await client.post("/auth/signup", content=body, headers={"content-type": kind})
    assert (response.status_code, problem(response)) == (422, "invalid")
    assert [error["field"] for error in response.json()["errors"]] == ["body"]
