"""A request that is wrong is refused field by field, and never quoted."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from fastapi import APIRouter, Request
from httpx2 import ASGITransport, AsyncClient

from chassis.web.cursor import write_cursor
from chassis.web.operation import JSON_BYTES
from gateway.edge.auth.tokens import AccessToken, Tokens
from gateway.edge.document import Own
from gateway.edge.tickets import Application
from services.gateway.tests.unit.test_http import JOB, PERSON, problem


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


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=b"])
async def test_what_does_not_say_that_it_is_json_is_415(client: AsyncClient, kind: str) -> None:
    for path in ("/auth/login", "/auth/signup"):
        response = await client.post(path, content=b"email=a&password=b", headers={"content-type": kind})
        assert (response.status_code, problem(response)) == (415, "unsupported-media-type")
    nowhere = await client.post("/nowhere", content=b"a=b", headers={"content-type": kind})
    assert (nowhere.status_code, problem(nowhere)) == (404, "not-found")


async def test_a_missing_field_is_said_to_be_required(client: AsyncClient) -> None:
    response = await client.post("/auth/signup", json={name: PERSON[name] for name in PERSON if name != "email"})
    assert response.json()["errors"] == [{"field": "email", "message": "is required"}]


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
