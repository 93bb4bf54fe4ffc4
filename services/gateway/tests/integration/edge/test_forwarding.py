"""The whole gateway in front of the toys, over each hop: its accounts, its middleware, its own routes beside theirs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from functools import cache
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient, Response

from chassis.listener import free_port
from chassis.observe import metrics
from chassis.web.document import fragment_of
from chassis.web.operation import JSON_BYTES
from gateway.edge.auth.tokens import AccessToken, Tokens
from gateway.edge.forward.hop import Hop
from gateway.edge.forward.in_process import InProcessHop
from gateway.edge.forward.join import join
from gateway.edge.forward.port import PortHop
from gateway.edge.forward.upstream import Upstream
from gateway.edge.openapi import PublicDocument
from gateway.settings import GatewaySettings
from libs.chassis.tests.integration.toys import ROUTES
from libs.chassis.tests.integration.web.room import KEY as TOYS_KEY
from libs.chassis.tests.integration.web.room import Room
from services.gateway.tests.described import own as own_description
from services.gateway.tests.integration.edge.door import served
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.test_door import KEY, opened, sign_up

ORIGIN = "https://app.example"
BEAR = {"name": "Bear", "age": 3}
NOBODY = AccessToken(UUID(int=1), UUID(int=2), 1)


@cache
def document() -> PublicDocument:
    """Returns what the gateway says of itself and of the toys."""
    return PublicDocument(json.dumps(join([own_description(), fragment_of("toys", ROUTES)])).encode())


@pytest.fixture
async def room_hop(request: pytest.FixtureRequest, room: Room) -> AsyncIterator[Hop]:
    if getattr(request, "param", "in process") == "in process":
        yield InProcessHop(lambda: room.owner)
        return
    async with served(room.owner) as url:
        hop = PortHop(url)
        yield hop
        await hop.aclose()


@pytest.fixture
async def client(bench: Bench, room_hop: Hop, tmp_path: Path) -> AsyncIterator[AsyncClient]:
    own = GatewaySettings(secret_key=KEY, cors_origins=(ORIGIN,))
    upstreams = {"toys": Upstream(TOYS_KEY, room_hop)}
    async with opened(bench, tmp_path, own, document=document(), upstreams=upstreams) as client:
        yield client


both = pytest.mark.parametrize("room_hop", ["in process", "over the port"], indirect=True)


def problem(response: Response) -> str:
    assert response.headers["content-type"] == "application/problem+json", response.text
    return str(response.json()["type"]).removeprefix("/problems/")


async def author(client: AsyncClient, bench: Bench) -> dict[str, str]:
    """Signs up a person and grants them the role; returns the headers of their requests."""
    headers = await sign_up(client)
    person = Tokens(KEY).read(headers["Authorization"].removeprefix("Bearer ")).person
    await bench.database.fetch("UPDATE people SET roles = '{learner,author}' WHERE id = $1", person)
    return headers


@both
async def test_who_may_is_let_through_to_the_owner(client: AsyncClient, bench: Bench, room: Room) -> None:
    headers = await author(client, bench)
    made = await client.post("/toys", json=BEAR, headers=headers)
    assert (made.status_code, made.headers["etag"], made.json()["name"]) == (201, '"1"', "Bear")
    read = await client.get(made.headers["location"])
    assert (read.status_code, read.json()) == (200, made.json())
    assert (await client.get(made.headers["location"], headers={"If-None-Match": '"1"'})).status_code == 304
    head = await client.head(made.headers["location"])
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", '"1"')
    assert await room.count("toys") == 1


async def test_the_roles_are_those_of_the_moment(client: AsyncClient, bench: Bench) -> None:
    headers = await author(client, bench)
    assert (await client.post("/toys", json=BEAR, headers=headers)).status_code == 201
    person = Tokens(KEY).read(headers["Authorization"].removeprefix("Bearer ")).person
    await bench.database.fetch("UPDATE people SET roles = '{learner}' WHERE id = $1", person)
    refused = await client.post("/toys", json=BEAR, headers=headers)
    assert (refused.status_code, problem(refused)) == (403, "forbidden")


BAD: Mapping[str, str] = {
    "not a token": "Bearer nonsense",
    "no word for it": "nonsense",
    "another scheme": "Basic eDp5",
    "empty": "Bearer ",
    "of a key that is not ours": f"Bearer {Tokens('x' * 40).issue(NOBODY)}",
    "of nobody": f"Bearer {Tokens(KEY).issue(NOBODY)}",
}


@pytest.mark.parametrize("given", BAD.values(), ids=BAD)
@pytest.mark.parametrize(("method", "path"), [("GET", "/toys"), ("POST", "/toys")])
async def test_a_bad_token_is_refused_also_where_none_is_needed(
    client: AsyncClient, method: str, path: str, given: str
) -> None:
    answer = await client.request(method, path, headers={"Authorization": given})
    assert (answer.status_code, problem(answer)) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/toys", "/jobs"], ids=["forwarded", "the gateway's own"])
async def test_an_erased_person_is_refused_at_once(client: AsyncClient, bench: Bench, path: str) -> None:
    headers = await sign_up(client)
    assert (await client.get(path, headers=headers)).status_code == 200
    person = Tokens(KEY).read(headers["Authorization"].removeprefix("Bearer ")).person
    await bench.database.fetch("DELETE FROM people WHERE id = $1", person)
    refused = await client.get(path, headers=headers)
    assert (refused.status_code, problem(refused)) == (401, "unauthorized")


async def test_without_a_token_what_is_public_is_answered_and_nothing_else(client: AsyncClient) -> None:
    assert (await client.get("/toys")).status_code == 200
    refused = await client.post("/toys", json=BEAR)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")


async def test_an_operation_for_guardians_is_not_found_by_a_stranger(client: AsyncClient) -> None:
    headers = await sign_up(client)
    answer = await client.post(f"/people/{uuid4()}/notes", json={"text": "a"}, headers=headers)
    assert (answer.status_code, problem(answer)) == (404, "not-found")


@both
async def test_forwarded_answers_have_the_gateways_headers(client: AsyncClient) -> None:
    for path in ("/toys", f"/toys/{uuid4()}", "/toys?colour=red"):
        answer = await client.get(path, headers={"Origin": ORIGIN})
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers.get_list("content-security-policy") == ["default-src 'none'; frame-ancestors 'none'"]
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert "ETag" in answer.headers["access-control-expose-headers"]
        assert len(answer.headers.get_list("cache-control")) == 1
    stranger = await client.get("/toys", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in stranger.headers


async def test_the_gateway_answers_preflights_and_options(client: AsyncClient) -> None:
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization, if-match, idempotency-key",
    }
    preflight = await client.options("/toys/1", headers=asked)
    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (200, ORIGIN)
    options = await client.options("/toys")
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")
    wrong = await client.put("/toys", json=BEAR)
    assert (wrong.status_code, problem(wrong), wrong.headers["allow"]) == (
        405,
        "method-not-allowed",
        "GET, HEAD, OPTIONS, POST",
    )


@pytest.mark.parametrize("path", ["/bears", "/bears/", "/toys/%2e%2e", "//toys", "/toys/a%2Fb"])
async def test_what_no_route_has_ends_at_the_gateway(client: AsyncClient, path: str) -> None:
    answer = await client.get(client.base_url.copy_with(raw_path=path.encode()))
    assert (answer.status_code, problem(answer)) == (404, "not-found")


async def test_the_gateways_own_routes_stay_its_own(client: AsyncClient) -> None:
    assert (await client.get("/")).status_code == 303
    assert (await client.get("/livez")).status_code == 200
    assert (await client.get("/try/app.js")).status_code == 200
    assert (await client.get("/jobs")).status_code == 401
    assert (await client.put("/jobs")).status_code == 405
    assert (await client.get("/openapi.json")).content == document().content


@both
async def test_a_body_that_is_too_large_is_refused_declared_or_not(
    client: AsyncClient, bench: Bench, room: Room
) -> None:
    headers = {**await author(client, bench), "Content-Type": "application/json"}
    big = json.dumps({"name": "x" * JSON_BYTES}).encode()

    async def pieces() -> AsyncIterator[bytes]:
        yield big

    for content in (big, pieces()):
        answer = await client.post("/toys", content=content, headers=headers)
        assert (answer.status_code, problem(answer)) == (413, "too-large")
    assert await room.count("toys") == 0


async def test_requests_are_measured_by_the_template_of_their_route(client: AsyncClient) -> None:
    await client.get("/toys")
    await client.get(f"/toys/{uuid4()}")
    await client.put("/toys")
    exposition = metrics.exposition()[0].decode()
    assert 'method="GET",route="/toys",status="2xx"' in exposition
    for status in ("404", "405"):
        assert f'method="any",route="any",status="{status}"' in exposition


@both
async def test_the_health_names_each_owner(client: AsyncClient) -> None:
    health = await client.get("/api/health")
    assert (health.status_code, health.json()["status"]) == (200, "degraded")  # feedback is nowhere
    assert set(health.json()["services"]) == {"toys"}


async def test_an_owner_that_is_away_takes_nothing_else_along(bench: Bench, tmp_path: Path) -> None:
    hops: list[Hop] = [PortHop(f"http://127.0.0.1:{free_port()}"), InProcessHop(lambda: None)]
    for hop in hops:
        upstreams = {"toys": Upstream(TOYS_KEY, hop)}
        own = GatewaySettings(secret_key=KEY)
        async with opened(bench, tmp_path, own, document=document(), upstreams=upstreams) as client:
            headers = await author(client, bench)
            for answer in (await client.get("/toys"), await client.post("/toys", json=BEAR, headers=headers)):
                assert (answer.status_code, problem(answer)) == (503, "unavailable")
                assert int(answer.headers["retry-after"]) > 0
            health = await client.get("/api/health")
            assert (health.status_code, health.json()["services"]) == (200, {"toys": "down"})
            assert (await client.get("/readyz")).status_code == 200
        await hop.aclose()
