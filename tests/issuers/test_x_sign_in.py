"""Tests signing in with X through a gateway beside a stand-in of X."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from httpx2 import AsyncClient

from chassis.storage.vault import Vault
from gateway.edge.auth.issuers.http import IssuerClient
from gateway.edge.auth.issuers.twitter import X
from gateway.settings import GatewaySettings
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.test_door import KEY, opened, sign_up
from tests.issuers.server import Behaviour
from tests.issuers.x import CANARY, XStandIn
from tests.issuers.x_browser import (
    ELSEWHERE,
    Browser,
    StandIn,
    bearing,
    code_of,
    events,
    identities,
    person_in,
    problem,
    where,
    x_of,
)


@pytest.fixture
def door(x_door: AsyncClient) -> AsyncClient:
    return x_door


OLD_STATES = "UPDATE oauth_states SET expires_at = now() - interval '1 second'"
OLD_CODES = "UPDATE exchange_codes SET expires_at = now() - interval '1 second'"


async def test_the_first_sign_in_makes_a_person_of_unknown_age_and_the_next_finds_them(
    door: AsyncClient, bench: Bench, x_stand_in: StandIn
) -> None:
    stand_in, _ = x_stand_in
    browser = Browser(door)
    address = await browser.begin("/try?a=1")
    assert address.startswith(f"{stand_in.url}/i/oauth2/authorize?")
    returned = await browser.back(stand_in.press(address))
    assert where(returned) == "/try?a=1&x=connected"
    session = await browser.exchange(code_of(returned))
    headers, user = bearing(session), session.json()["user"]
    assert (user["email"], user["email_verified"], user["age_band"]) == (None, False, "unknown")
    assert (user["username"], user["roles"], user["issuers"]) == ("TwitterDev", ["learner"], ["twitter"])
    assert [each["issuer"] for each in (await door.get("/me/sessions", headers=headers)).json()["items"]] == ["twitter"]
    assert [each["issuer"] for each in await identities(door, headers)] == ["twitter"]
    assert await events(door, headers) == ["signed_in", "signed_up"]
    vault = Vault(bench.keys)
    assert (await vault.access_token(UUID(user["id"]), x_of(stand_in, IssuerClient()))).startswith(f"{CANARY}-access")

    again = await Browser(door).sign_in(stand_in)
    assert again.json()["user"] == user
    renewed = await door.post("/auth/refresh", json={"refresh_token": again.json()["refresh_token"]})
    assert renewed.status_code == 200
    told = await bench.database.fetch(
        "SELECT FROM outbox WHERE key = 'person.changed' AND headers::text LIKE $1", f"%{user['id']}%"
    )
    assert len(told) == 1


async def test_the_cookie_binds_the_browser(door: AsyncClient, bench: Bench, tmp_path: Path, x: X) -> None:
    answer = await door.get("/auth/twitter/login")
    cookie, *attributes = answer.headers["set-cookie"].split("; ")
    assert re.fullmatch(r"voxbus-oauth=[\w-]{43}", cookie)
    assert attributes == ["Path=/", "Max-Age=600", "HttpOnly", "SameSite=Lax"]
    assert answer.headers["cache-control"] == "no-store"
    own = GatewaySettings(secret_key=KEY)
    async with opened(bench, tmp_path, own, x=x, public_url="https://voxbus.example") as secure:
        cookie, *attributes = (await secure.get("/auth/twitter/login")).headers["set-cookie"].split("; ")
    assert cookie.startswith("__Host-voxbus-oauth=")
    assert attributes == ["Path=/", "Max-Age=600", "HttpOnly", "SameSite=Lax", "Secure"]


async def test_a_browser_goes_to_the_public_name_of_this_machine_first(door: AsyncClient) -> None:
    path = "/auth/twitter/login?return_to=/try"
    for host, moves in (
        ("127.0.0.1:8000", True),
        ("[::1]:8000", True),
        ("localhost:8000", False),
        ("evil.example", False),
    ):
        for mode in ("navigate", "cors", None):
            headers = {"Host": host, **({} if mode is None else {"Sec-Fetch-Mode": mode})}
            answer = await door.get(path, headers=headers)
            there = moves and mode == "navigate"
            assert (answer.headers["location"] == f"http://localhost:8000{path}") == there
            assert ("set-cookie" in answer.headers) != there


@pytest.mark.parametrize("other", [None, "o" * 43, "short", "v\u00fc" * 30])
async def test_the_state_of_another_browser_is_refused_and_stays_good(
    door: AsyncClient, x_stand_in: StandIn, other: str | None
) -> None:
    stand_in, behaviour = x_stand_in
    browser, stranger = Browser(door), Browser(door)
    stranger.cookie = other if other is None or other.isascii() else "%C3%BC" * 30
    address = stand_in.press(await browser.begin())
    refused = await stranger.back(address)
    assert problem(refused) == (400, "/problems/bad-state")
    assert behaviour.asked == []
    assert where(await browser.back(address)) == "/try?x=connected"


async def test_a_state_is_good_once_for_ten_minutes_and_no_other_is(
    door: AsyncClient, bench: Bench, x_stand_in: StandIn, tmp_path: Path
) -> None:
    stand_in, behaviour = x_stand_in
    browser = Browser(door)
    address = stand_in.press(await browser.begin())
    answers = await asyncio.gather(*(browser.back(address) for _ in range(5)))
    assert sorted(each.status_code for each in answers) == [302, 400, 400, 400, 400]
    assert len([path for path, _ in stand_in.asked if path == "/2/oauth2/token"]) == 1
    asked = len(behaviour.asked)
    old = stand_in.press(await browser.begin())
    await bench.database.fetch(OLD_STATES)
    code = {"code": "a-code"}
    for query in (urlsplit(address).query, urlsplit(old).query, "code=c", "state=&code=c", f"state={'s' * 9000}"):
        refused = await browser.send("GET", f"/auth/twitter/callback?{query}")
        assert refused.status_code in (400, 414)
    for state in ("s" * 43, "\0", "\u00fc", " "):
        assert problem(await browser.send("GET", "/auth/twitter/callback", params=code | {"state": state})) == (
            400,
            "/problems/bad-state",
        )
    assert len(behaviour.asked) == asked
    await bench.retire()
    assert await bench.database.fetch("SELECT FROM oauth_states WHERE expires_at < now()") == []


async def test_who_presses_cancel_is_told_so_and_nothing_is_asked(door: AsyncClient, x_stand_in: StandIn) -> None:
    stand_in, behaviour = x_stand_in
    browser = Browser(door)
    returned = await browser.back(stand_in.press(await browser.begin("/try"), "cancel"))
    assert returned.headers["location"] == "/try?x=denied"
    address = stand_in.press(await browser.begin(), "cancel").replace("access_denied", "server_error")
    assert (await browser.back(address)).headers["location"] == "/try?x=failed"
    assert behaviour.asked == []


async def down(stand_in: XStandIn, behaviour: Behaviour) -> None:
    behaviour.down = True


async def slow(stand_in: XStandIn, behaviour: Behaviour) -> None:
    behaviour.answers.clear()


async def refuses(stand_in: XStandIn, behaviour: Behaviour) -> None:
    stand_in.codes.clear()


async def limits(stand_in: XStandIn, behaviour: Behaviour) -> None:
    stand_in.status = 429


async def gives_no_token(stand_in: XStandIn, behaviour: Behaviour) -> None:
    stand_in.lies = {"access_token": None}


async def gives_a_token_with_lines(stand_in: XStandIn, behaviour: Behaviour) -> None:
    stand_in.lies = {"access_token": "a\r\nX: b"}


async def names_nobody(stand_in: XStandIn, behaviour: Behaviour) -> None:
    stand_in.me = {"data": {"id": None}}


async def names_a_number(stand_in: XStandIn, behaviour: Behaviour) -> None:
    stand_in.me = {"data": {"id": 2244994945, "username": "TwitterDev"}}


async def names_something_else(stand_in: XStandIn, behaviour: Behaviour) -> None:
    stand_in.me = {"data": {"id": "1; DROP TABLE", "username": "TwitterDev"}}


@pytest.mark.parametrize(
    ("is_so", "within"),
    [
        pytest.param(each, 0.2 if each is slow else 60.0, id=each.__name__)
        for each in (
            *(down, slow, refuses, limits, gives_no_token, gives_a_token_with_lines),
            *(names_nobody, names_a_number, names_something_else),
        )
    ],
)
async def test_what_x_does_not_do_well_fails_and_makes_nobody(
    door: AsyncClient, bench: Bench, x_stand_in: StandIn, is_so: Any, within: float
) -> None:
    browser = Browser(door)
    address = x_stand_in[0].press(await browser.begin())
    before = await bench.database.fetch("SELECT count(*) AS n FROM people")
    await is_so(*x_stand_in)
    returned = await browser.back(address)
    assert returned.headers["location"] == "/try?x=failed"
    assert await bench.database.fetch("SELECT count(*) AS n FROM people") == before
    failed = await bench.database.fetch("SELECT event, issuer, person_id FROM security_events ORDER BY id DESC LIMIT 1")
    assert [tuple(row) for row in failed] == [("sign_in_failed", "twitter", None)]
    x_stand_in[1].answers.set()


async def test_a_strange_name_at_x_is_nobodys_name_here(door: AsyncClient, x_stand_in: StandIn) -> None:
    x_stand_in[0].user.username = "<b>\u202e"
    session = await Browser(door).sign_in(x_stand_in[0])
    assert session.json()["user"]["username"] == "Learner"


async def test_a_code_is_good_once_for_a_minute_in_its_browser(
    door: AsyncClient, bench: Bench, x_stand_in: StandIn
) -> None:
    stand_in, _ = x_stand_in
    browser = Browser(door)
    code = code_of(await browser.back(stand_in.press(await browser.begin())))
    for cookie in (None, "o" * 43):
        stranger = Browser(door)
        stranger.cookie = cookie
        assert problem(await stranger.exchange(code)) == (400, "/problems/bad-state")
    answers = await asyncio.gather(*(browser.exchange(code) for _ in range(5)))
    assert sorted(each.status_code for each in answers) == [200, 400, 400, 400, 400]
    assert problem(await browser.exchange(code)) == (400, "/problems/bad-state")
    old = code_of(await browser.back(stand_in.press(await browser.begin())))
    await bench.database.fetch(OLD_CODES)
    assert problem(await browser.exchange(old)) == (400, "/problems/bad-state")
    for nothing in ("", "c" * 43, "c" * 5000):
        assert problem(await browser.exchange(nothing)) == (400, "/problems/bad-state")


async def test_a_page_of_a_permitted_origin_exchanges_its_code_without_a_cookie(
    door: AsyncClient, x_stand_in: StandIn
) -> None:
    browser = Browser(door)
    returned = await browser.back(x_stand_in[0].press(await browser.begin(f"{ELSEWHERE}/done?a=1")))
    assert where(returned) == f"{ELSEWHERE}/done?a=1&x=connected"
    assert (await Browser(door).exchange(code_of(returned))).status_code == 200


@pytest.mark.parametrize("return_to", ["//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", ""])
async def test_nobody_is_led_to_a_page_of_others(door: AsyncClient, x_stand_in: StandIn, return_to: str) -> None:
    refused = await door.get("/auth/twitter/login", params={"return_to": return_to})
    assert problem(refused) == (422, "/problems/invalid")
    assert [each["field"] for each in refused.json()["errors"]] == ["return_to"]
    headers = await sign_up(door)
    linking = await door.post("/me/identities/twitter", json={"return_to": return_to}, headers=headers)
    assert problem(linking) == (422, "/problems/invalid")
    assert "set-cookie" not in linking.headers


async def test_one_account_of_x_signs_in_twice_at_once_as_one_person(door: AsyncClient, x_stand_in: StandIn) -> None:
    sessions = await asyncio.gather(*(Browser(door).sign_in(x_stand_in[0]) for _ in range(4)))
    assert len({person_in(each) for each in sessions}) == 1


async def test_without_an_application_at_x_nothing_is_offered(bench: Bench, tmp_path: Path) -> None:
    async with opened(bench, tmp_path, GatewaySettings(secret_key=KEY)) as door:
        for answer in (
            await door.get("/auth/twitter/login"),
            await door.get("/auth/twitter/callback?state=s&code=c"),
            await door.post("/me/identities/twitter", json={"return_to": "/try"}, headers=await sign_up(door)),
        ):
            assert problem(answer) == (503, "/problems/x-not-configured")
            assert "set-cookie" not in answer.headers
        assert "twitter" not in (await door.get("/auth/issuers")).text


async def test_x_is_among_the_issuers(door: AsyncClient) -> None:
    named = (await door.get("/auth/issuers")).json()["items"]
    assert named[-1] == {"name": "twitter", "kind": "twitter", "login": "/auth/twitter/login"}
