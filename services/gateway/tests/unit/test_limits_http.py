"""Tests the limits through the application: what they apply to, in which order, and what the client is told."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import ASGITransport, AsyncClient
from starlette.types import ASGIApp, Message

from chassis.settings import Settings
from gateway.edge.app import create_app
from gateway.edge.auth.refresh_tokens import RefreshToken
from gateway.edge.auth.sessions import Sessions
from gateway.edge.auth.tokens import AccessToken
from gateway.edge.context import GatewayContext
from gateway.edge.limits.counters import Counters
from gateway.edge.limits.logins import Logins
from gateway.edge.limits.open_jobs import OpenJobs
from gateway.edge.limits.policies import read_policies
from gateway.edge.limits.rates import Rates
from gateway.edge.openapi import read_document
from services.gateway.tests.unit.conftest import KnowsCallers
from services.gateway.tests.unit.test_http import problem
from services.gateway.tests.unit.test_limits import Clock

ORIGIN = "https://app.example"
LOGIN = {"email": "robin@example.org", "password": "correct horse"}


def application(
    gateway: GatewayContext,
    limits: str | None = None,
    *,
    count: Callable[[UUID, int], Awaitable[int]] | None = None,
    trusted: str = "",
    knows_callers: bool = True,
) -> ASGIApp:
    clock = Clock()
    rates = Rates(Counters(wall_clock=clock, clock=clock), key=b"k", policies=read_policies(limits))
    jobs = OpenJobs(rates, count or none_open)
    database = KnowsCallers() if knows_callers else gateway.database
    parts = dataclasses.replace(
        gateway, database=database, sessions=Sessions(database), rates=rates, logins=Logins(rates), open_jobs=jobs
    )
    proxies = Settings.model_validate({"trusted_proxies": trusted}).trusted_proxies
    return create_app(parts, read_document(), (ORIGIN,), proxies)


async def none_open(person: UUID, most: int) -> int:
    return 0


def client_of(app: ASGIApp, token: str | None = None, address: str = "192.0.2.1") -> AsyncClient:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return AsyncClient(transport=ASGITransport(app, client=(address, 1)), base_url="http://gateway", headers=headers)


@pytest.fixture
def token(gateway: GatewayContext) -> str:
    return gateway.tokens.issue(AccessToken(uuid4(), uuid4(), 1))


async def test_an_address_is_limited_before_its_token_is_looked_at(gateway: GatewayContext, token: str) -> None:
    app = application(gateway, '{"address": "2/60"}')
    async with client_of(app, "nonsense") as client:
        refused = await client.get("/jobs")
        assert problem(refused) == "unauthorized"
        assert refused.headers["ratelimit-policy"] == '"address";q=2;w=60'
        assert refused.headers["ratelimit"] == '"address";r=1;t=60'
        assert problem(await client.get("/nothing")) == "not-found"
        over = await client.get("/jobs", headers={"Authorization": f"Bearer {token}", "Origin": ORIGIN})
    assert (over.status_code, problem(over), over.headers["retry-after"]) == (429, "rate-limited", "60")
    assert over.headers["ratelimit"] == '"address";r=0;t=60'
    assert over.headers["access-control-allow-origin"] == ORIGIN
    assert {"RateLimit", "RateLimit-Policy", "Retry-After"} <= {
        each.strip() for each in over.headers["access-control-expose-headers"].split(",")
    }
    assert over.headers["cache-control"] == "no-store"
    async with client_of(app, address="192.0.2.2") as other:
        assert problem(await other.get("/nothing")) == "not-found"


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics", "/api/health"])
async def test_what_operators_ask_is_not_limited(gateway: GatewayContext, path: str) -> None:
    async with client_of(application(gateway, '{"address": "1/60"}')) as client:
        for _ in range(3):
            answer = await client.get(path)
            assert answer.status_code != 429
            assert "ratelimit" not in answer.headers


@pytest.mark.parametrize("path", ["/jobs", "/notifications", "/jobs/x/events"])
async def test_a_person_is_limited_at_every_address(gateway: GatewayContext, token: str, path: str) -> None:
    app = application(gateway, '{"person": "2/60"}')
    statuses = []
    for number in range(3):
        async with client_of(app, token, f"192.0.2.{number}") as client:
            answer = await client.get(path)
        statuses.append(answer.status_code == 429)
        assert answer.headers["ratelimit-policy"] == '"address";q=1200;w=60, "person";q=2;w=60'
    assert statuses == [False, False, True]
    async with client_of(app, gateway.tokens.issue(AccessToken(uuid4(), uuid4(), 1))) as other:
        assert (await other.get(path)).status_code != 429


async def test_a_limit_comes_before_role_and_body(gateway: GatewayContext, token: str) -> None:
    app = application(gateway, '{"person": "1/60"}')
    async with client_of(app, token) as client:
        assert problem(await client.post("/twisters", content=b"x" * 70_000)) == "forbidden"
        assert problem(await client.post("/twisters", content=b"x" * 70_000)) == "rate-limited"


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/auth/signup"), ("POST", "/auth/login"), ("GET", "/api/health"), ("GET", "/twisters")],
)
async def test_a_bad_token_is_refused_also_where_none_is_needed(
    gateway: GatewayContext, method: str, path: str
) -> None:
    async with client_of(application(gateway), "nonsense") as client:
        refused = await client.request(method, path, content=b"{")
        assert (refused.status_code, problem(refused)) == (401, "unauthorized")
        assert refused.headers["www-authenticate"] == "Bearer"


async def test_uploads_are_limited_before_a_byte_is_read(gateway: GatewayContext, token: str) -> None:
    app = application(gateway, '{"upload": "1/600"}')
    async with client_of(app, token) as client:
        first = await client.post("/attempts", content=b"x", headers={"content-type": "text/plain"})
        assert problem(first) == "unsupported-media-type"
        assert '"upload";r=0;t=600' in first.headers["ratelimit"]
        assert problem(await client.post("/attempts", content=b"x" * 11_000_000)) == "rate-limited"
        assert (await client.get("/attempts")).status_code != 429


async def test_open_jobs_are_limited_before_a_byte_is_read(gateway: GatewayContext, token: str) -> None:
    open_jobs = 0

    async def count(person: UUID, most: int) -> int:
        return open_jobs

    app = application(gateway, '{"jobs-open": "1"}', count=count)
    async with client_of(app, token) as client:
        assert problem(await client.post("/attempts", content=b"x")) == "unsupported-media-type"
        open_jobs = 1
        over = await client.post("/attempts", content=b"x" * 11_000_000)
    assert (over.status_code, problem(over)) == (429, "rate-limited")
    assert over.headers["ratelimit"].endswith(', "jobs-open";r=0')


async def test_sign_ups_are_limited_by_address_whatever_they_say(gateway: GatewayContext) -> None:
    app = application(gateway, '{"sign-up": "2/3600"}')
    async with client_of(app) as client:
        for _ in range(2):
            assert problem(await client.post("/auth/signup", json={})) == "invalid"
        over = await client.post("/auth/signup", json={})
        assert (problem(over), over.headers["retry-after"]) == ("rate-limited", "3600")
        assert problem(await client.post("/auth/login", json={})) == "invalid"


async def test_refreshes_are_limited_by_session(gateway: GatewayContext) -> None:
    first, second = (gateway.refresh_tokens.write(RefreshToken(uuid4(), 1)) for _ in range(2))
    async with client_of(application(gateway, '{"refresh": "1/600"}', knows_callers=False)) as client:
        for token, expected in ((first, "unavailable"), (first, "rate-limited"), (second, "unavailable")):
            answer = await client.post("/auth/refresh", json={"refresh_token": token})  # the database is away
            assert problem(answer) == expected
            assert answer.headers["ratelimit-policy"].endswith(', "refresh";q=1;w=600')


async def test_log_ins_wait_after_failures_and_begin_no_hash(gateway: GatewayContext) -> None:
    app = application(gateway, knows_callers=False)  # nor anything else: the database is away
    async with client_of(app) as client:
        answers = [await client.post("/auth/login", json=LOGIN) for _ in range(6)]
        assert [problem(each) for each in answers] == ["unavailable"] * 5 + ["rate-limited"]
        assert answers[-1].headers["retry-after"] == "1"
        assert answers[-1].headers["ratelimit"] == '"address";r=1194;t=60, "login";r=24;t=600'
        other = await client.post("/auth/login", json={**LOGIN, "email": " ROBIN@example.org "})
        assert problem(other) == "rate-limited"
    async with client_of(app, address="2001:db8::1") as client:
        for number in range(31):
            answer = await client.post("/auth/login", json={**LOGIN, "email": f"{number}@example.org"})
        assert problem(answer) == "rate-limited"
        assert answer.headers["ratelimit"].endswith('"login";r=0;t=600')
    async with client_of(app, address="2001:db8::2") as neighbour:
        assert problem(await neighbour.post("/auth/login", json=LOGIN)) == "rate-limited"


async def test_behind_a_trusted_proxy_each_client_counts(gateway: GatewayContext) -> None:
    app = application(gateway, '{"address": "1/60"}', trusted="192.0.2.0/24")
    async with client_of(app) as client:
        for address, status in (("1.1.1.1", 404), ("2.2.2.2", 404), ("6.6.6.6, 1.1.1.1", 429)):
            assert (await client.get("/nothing", headers={"X-Forwarded-For": address})).status_code == status


async def opened(app: ASGIApp, extensions: dict[str, Any]) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"} if not sent else {"type": "websocket.disconnect", "code": 1005}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "websocket",
        "path": "/events/ws",
        "raw_path": b"/events/ws",
        "query_string": b"",
        "headers": [],
        "client": ("192.0.2.1", 1),
        "subprotocols": [],
        "extensions": extensions,
        "state": {},
    }
    await app(scope, receive, send)
    return sent


async def test_a_websocket_is_limited_before_it_opens(gateway: GatewayContext) -> None:
    app = application(gateway, '{"address": "1/60"}')
    assert (await opened(app, {}))[0]["type"] == "websocket.accept"
    denied = await opened(app, {"websocket.http.response": {}})
    assert (denied[0]["type"], denied[0]["status"]) == ("websocket.http.response.start", 429)
    headers = dict(denied[0]["headers"])
    assert (headers[b"retry-after"], headers[b"ratelimit"]) == (b"60", b'"address";r=0;t=60')
    assert await opened(app, {}) == [{"type": "websocket.close", "code": 1013}]


def test_the_document_tells_the_limits() -> None:
    document = read_document().document
    assert set(document["components"]["headers"]) == {"RateLimit", "RateLimit-Policy", "X-Request-Id", "traceparent"}
    for path, methods in document["paths"].items():
        for operation in methods.values():
            limited = path != "/api/health"
            assert ("429" in operation["responses"]) == limited, path
            for response in operation["responses"].values():
                if "$ref" in response:
                    response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
                    assert "RateLimit" in response["headers"]
                else:
                    assert ("RateLimit" in response.get("headers", {})) == limited, path
    assert document["paths"]["/auth/login"]["post"]["x-limits"] == ["login"]
