"""Tests signing in with X, and linking it, through a gateway beside a stand-in of X."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient, Response
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis.errors import DependencyDown
from chassis.storage.grant import Tokens
from chassis.storage.media import open_media
from chassis.storage.vault import Vault
from gateway.edge.auth import links
from gateway.edge.auth.issuers.configured import configured_x
from gateway.edge.auth.issuers.http import IssuerClient
from gateway.edge.auth.issuers.settings import IssuerSettings
from gateway.edge.auth.issuers.twitter import X
from gateway.jobs.erase_person import erase_person
from gateway.jobs.maintenance import Sweep
from gateway.settings import GatewaySettings
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.test_door import KEY, opened, sign_up
from tests.issuers.server import Behaviour
from tests.issuers.x import CANARY, XStandIn

StandIn = tuple[XStandIn, Behaviour]
CALLBACK = "http://localhost:8000/auth/twitter/callback"
ELSEWHERE = "https://app.example"
OLD_STATES = "UPDATE oauth_states SET expires_at = now() - interval '1 second'"
OLD_CODES = "UPDATE exchange_codes SET expires_at = now() - interval '1 second'"


def x_of(stand_in: XStandIn, client: IssuerClient) -> X:
    settings: dict[str, Any] = stand_in.settings
    made = configured_x(IssuerSettings(**settings), client, callback=CALLBACK, key=b"k" * 32)
    assert made is not None
    return made


@pytest.fixture
async def x(x_stand_in: StandIn, within: float) -> AsyncIterator[X]:
    client = IssuerClient(within=within)
    x_stand_in[0].user.id = str(uuid4().int)[:19]
    yield x_of(x_stand_in[0], client)
    await client.aclose()


@pytest.fixture
async def door(bench: Bench, tmp_path: Path, x: X) -> AsyncIterator[AsyncClient]:
    async with opened(bench, tmp_path, GatewaySettings(secret_key=KEY, cors_origins=(ELSEWHERE,)), x=x) as made:
        yield made


class Browser:
    """Is a browser with a cookie of its own."""

    def __init__(self, door: AsyncClient, headers: dict[str, str] | None = None) -> None:
        self.door = door
        self.headers = headers or {}
        self.cookie: str | None = None

    async def send(self, method: str, path: str, **given: Any) -> Response:
        cookie = {} if self.cookie is None else {"Cookie": f"voxbus-oauth={self.cookie}"}
        self.door.cookies.clear()
        answer = await self.door.request(method, path, headers={**given.pop("headers", {}), **cookie}, **given)
        if found := re.match(r"voxbus-oauth=([^;]+)", answer.headers.get("set-cookie", "")):
            self.cookie = found[1]
        return answer

    async def begin(self, return_to: str | None = None) -> str:
        """Begins a sign-in, or a link with a token; returns the address at X."""
        params = {} if return_to is None else {"return_to": return_to}
        answer = await self.send("GET", "/auth/twitter/login", params=params, headers=self.headers)
        assert answer.status_code == 302, answer.text
        return str(answer.headers["location"])

    async def back(self, address: str) -> Response:
        """Comes back from X."""
        parts = urlsplit(address)
        return await self.send("GET", f"{parts.path}?{parts.query}")

    async def sign_in(self, stand_in: XStandIn, return_to: str | None = None) -> Response:
        """Signs in to the end."""
        returned = await self.back(stand_in.press(await self.begin(return_to)))
        return await self.exchange(code_of(returned))

    async def exchange(self, code: str) -> Response:
        return await self.send("POST", "/auth/exchange", json={"code": code})


def where(returned: Response) -> str:
    assert returned.status_code == 302, returned.text
    return str(returned.headers["location"]).partition("#")[0]


def code_of(returned: Response) -> str:
    return parse_qs(urlsplit(returned.headers["location"]).fragment)["code"][0]


def problem(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"]


def bearing(session: Response) -> dict[str, str]:
    assert session.status_code == 200, session.text
    return {"Authorization": f"Bearer {session.json()['access_token']}"}


def person_in(session: Response) -> UUID:
    return UUID(session.json()["user"]["id"])


async def link(browser: Browser, headers: dict[str, str], return_to: str = "/try") -> str:
    body = {"return_to": return_to}
    answer = await browser.send("POST", "/me/identities/twitter", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json().keys() == {"authorize_url", "expires_in"}
    assert answer.json()["expires_in"] == 600
    return str(answer.json()["authorize_url"])


async def identities(door: AsyncClient, headers: dict[str, str]) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = (await door.get("/me/identities", headers=headers)).json()["items"]
    return listed


async def events(door: AsyncClient, headers: dict[str, str]) -> list[str]:
    return [each["event"] for each in (await door.get("/me/security-events", headers=headers)).json()["items"]]


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
    await Sweep(bench.database, open_media(None, tmp_path)).delete_expired_sign_ins()
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


async def test_x_is_linked_to_who_is_signed_in_and_signs_them_in_afterwards(
    door: AsyncClient, bench: Bench, x_stand_in: StandIn
) -> None:
    stand_in, _ = x_stand_in
    headers = await sign_up(door)
    browser = Browser(door)
    returned = await browser.back(stand_in.press(await link(browser, headers, "/try?tab=1")))
    assert returned.headers["location"] == "/try?tab=1&x=connected"  # and no code
    assert [each["issuer"] for each in await identities(door, headers)] == ["twitter"]
    assert "identity_linked" in await events(door, headers)
    me = (await door.get("/me", headers=headers)).json()
    assert me["issuers"] == ["voxbus", "twitter"]
    session = await Browser(door).sign_in(stand_in)
    assert session.json()["user"]["id"] == me["id"]
    assert await Vault(bench.keys).state(UUID(me["id"]), "twitter") == "connected"
    anew = await browser.back(stand_in.press(await link(browser, headers)))
    assert anew.headers["location"] == "/try?x=connected"
    assert (await events(door, headers)).count("identity_linked") == 1


async def test_an_account_of_x_has_one_person_and_a_person_one_account_of_x(
    door: AsyncClient, bench: Bench, x_stand_in: StandIn
) -> None:
    stand_in, _ = x_stand_in
    owner = await Browser(door).sign_in(stand_in)
    kept = await Vault(bench.keys).access_token(person_in(owner), x_of(stand_in, IssuerClient()))
    headers = await sign_up(door)
    for browser in (Browser(door), Browser(door, headers)):  # by POST, and by a login with a token
        begun = await browser.begin() if browser.headers else await link(browser, headers)
        returned = await browser.back(stand_in.press(begun))
        assert returned.headers["location"] == "/try?x=failed"
    assert await identities(door, headers) == []
    assert await Vault(bench.keys).access_token(person_in(owner), x_of(stand_in, IssuerClient())) == kept

    stand_in.user.id = f"{stand_in.user.id[:-1]}{(int(stand_in.user.id[-1]) + 1) % 10}"  # another account of X
    browser = Browser(door)
    returned = await browser.back(stand_in.press(await link(browser, bearing(owner))))
    assert returned.headers["location"] == "/try?x=failed"
    assert len(await identities(door, bearing(owner))) == 1
    assert await Vault(bench.keys).access_token(person_in(owner), x_of(stand_in, IssuerClient())) == kept
    assert person_in(await Browser(door).sign_in(stand_in)) != person_in(owner)


async def test_a_login_with_a_token_links_and_gives_no_code(door: AsyncClient, x_stand_in: StandIn) -> None:
    headers = await sign_up(door)
    browser = Browser(door, headers)
    returned = await browser.back(x_stand_in[0].press(await browser.begin()))
    assert returned.headers["location"] == "/try?x=connected"
    assert len(await identities(door, headers)) == 1
    bad = await door.get("/auth/twitter/login", headers={"Authorization": "Bearer nonsense"})
    assert bad.status_code == 401


async def test_one_account_of_x_signs_in_twice_at_once_as_one_person(door: AsyncClient, x_stand_in: StandIn) -> None:
    sessions = await asyncio.gather(*(Browser(door).sign_in(x_stand_in[0]) for _ in range(4)))
    assert len({person_in(each) for each in sessions}) == 1


async def test_unlinking_ends_sessions_codes_and_tokens_here_and_at_x(
    door: AsyncClient, bench: Bench, x_stand_in: StandIn
) -> None:
    stand_in, behaviour = x_stand_in
    headers = await sign_up(door)
    browser = Browser(door)
    await browser.back(stand_in.press(await link(browser, headers)))
    signed_in = await Browser(door).sign_in(stand_in)
    unused = await browser.back(stand_in.press(await browser.begin()))
    [identity] = await identities(door, headers)
    assert (await door.delete(f"/me/identities/{identity['id']}", headers=headers)).status_code == 204
    assert (await door.get("/me", headers=bearing(signed_in))).status_code == 401
    assert problem(await browser.exchange(code_of(unused))) == (400, "/problems/bad-state")
    assert await Vault(bench.keys).state(person_in(signed_in), "twitter") == "none"
    assert len(stand_in.revoked) == 1
    assert stand_in.revoked[0].startswith(f"{CANARY}-refresh")
    assert "identity_removed" in await events(door, headers)

    await browser.back(stand_in.press(await link(browser, headers)))
    [identity] = await identities(door, headers)
    behaviour.down = True  # here it ends all the same
    assert (await door.delete(f"/me/identities/{identity['id']}", headers=headers)).status_code == 204
    assert await Vault(bench.keys).state(person_in(signed_in), "twitter") == "none"


async def test_who_resets_an_account_made_in_advance_is_rid_of_its_x(
    door: AsyncClient, bench: Bench, x_stand_in: StandIn
) -> None:
    stand_in, _ = x_stand_in
    headers = await sign_up(door)  # by somebody who does not have the address
    me = (await door.get("/me", headers=headers)).json()
    browser = Browser(door)
    await browser.back(stand_in.press(await link(browser, headers)))
    unused = await browser.back(stand_in.press(await browser.begin()))
    under_way = stand_in.press(await link(browser, headers))
    person = UUID(me["id"])
    async with bench.database.transaction() as tx:
        token = await links.issue(tx, person, "reset", me["email"], timedelta(hours=1))
    reset = await door.post("/auth/password/reset", json={"token": token, "password": "staple of paper and glue"})
    assert reset.status_code == 204
    assert await Vault(bench.keys).state(person, "twitter") == "none"
    assert problem(await browser.exchange(code_of(unused))) == (400, "/problems/bad-state")
    assert problem(await browser.back(under_way)) == (400, "/problems/bad-state")
    assert person_in(await Browser(door).sign_in(stand_in)) != person


async def test_x_stays_where_it_is_the_only_way_to_sign_in(door: AsyncClient, x_stand_in: StandIn) -> None:
    headers = bearing(await Browser(door).sign_in(x_stand_in[0]))
    [identity] = await identities(door, headers)
    refused = await door.delete(f"/me/identities/{identity['id']}", headers=headers)
    assert problem(refused) == (409, "/problems/last-identity")
    assert (await door.get("/me", headers=headers)).status_code == 200


async def test_who_is_erased_is_nobodys_and_a_later_sign_in_is_somebody_new(
    door: AsyncClient, bench: Bench, x_stand_in: StandIn
) -> None:
    stand_in, _ = x_stand_in
    session = await Browser(door).sign_in(stand_in)
    browser, linking = Browser(door), Browser(door)
    unused = await browser.back(stand_in.press(await browser.begin()))
    begun = stand_in.press(await link(linking, bearing(session)))
    await erase_person(bench.database, bench.keys, bench.ledger, person_in(session))
    assert await Vault(bench.keys).state(person_in(session), "twitter") == "none"
    assert (await door.get("/me", headers=bearing(session))).status_code == 401
    assert problem(await browser.exchange(code_of(unused))) == (400, "/problems/bad-state")
    assert problem(await linking.back(begun)) == (400, "/problems/bad-state")
    again = await Browser(door).sign_in(stand_in)
    assert person_in(again) != person_in(session)


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


async def test_tokens_of_x_are_nowhere_but_in_the_vault(
    door: AsyncClient,
    bench: Bench,
    x_stand_in: StandIn,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    exported: InMemorySpanExporter,
) -> None:
    stand_in, behaviour = x_stand_in
    said: list[str] = []
    browser = Browser(door)
    headers = await sign_up(door)
    caplog.set_level("DEBUG")
    for step in ("good", "lies", "down", "refused"):
        address = stand_in.press(await link(browser, headers))
        behaviour.down = step == "down"
        if step == "lies":
            stand_in.me = {"data": {"id": f"{CANARY}-lie"}, "access_token": f"{CANARY}-echo"}
        if step == "refused":
            stand_in.status, stand_in.me = 400, {"error": "invalid_request", "error_description": f"{CANARY}-echo"}
        returned = await browser.back(address)
        said += [returned.text, str(returned.headers.raw)]
    stand_in.status = stand_in.me = None
    session = await browser.sign_in(stand_in)
    said += [session.text, str(session.headers.raw)]
    for path in ("/me", "/me/identities", "/me/sessions", "/me/security-events", "/auth/issuers"):
        said.append((await door.get(path, headers=headers)).text)
    dumped = [
        str([tuple(row) for row in await bench.database.fetch(f"SELECT t::text FROM {table} t")])
        for table in ("people", "identities", "sessions", "oauth_states", "exchange_codes", "security_events", "outbox")
    ]
    out, err = capfd.readouterr()
    spans = [each.to_json() for each in exported.get_finished_spans()]
    assert stand_in.grants
    assert any("/auth/twitter/callback" in span for span in spans)
    assert [place for place in (*said, *dumped, *spans, out, err, caplog.text) if CANARY in place] == []


# --- the vault's provider


async def kept(bench: Bench, x: X, stand_in: XStandIn, lifetime: float = 0) -> tuple[Vault, UUID]:
    """Keeps the tokens of a sign-in, whose access token has ended."""
    vault, person = Vault(bench.keys), uuid4()
    state = "s" * 43
    code = parse_qs(urlsplit(stand_in.press(x.authorize_url(state))).query)["code"][0]
    tokens = await x.exchange(code, state)
    await vault.keep(person, x.name, Tokens(tokens.access_token, tokens.refresh_token, lifetime, tokens.scopes))
    return vault, person


@pytest.mark.parametrize("public", [False, True])
async def test_tokens_are_refreshed_and_rotate_at_x(bench: Bench, x_stand_in: StandIn, public: bool) -> None:
    stand_in, _ = x_stand_in
    stand_in.public = public
    client = IssuerClient()
    x = x_of(stand_in, client)
    vault, person = await kept(bench, x, stand_in)
    first = await vault.access_token(person, x)
    assert first in stand_in.grants[0].access
    assert await vault.access_token(person, x) == first
    assert len(stand_in.spent) == 1
    assert (await x.who(first)).id == stand_in.user.id
    await client.aclose()


async def test_no_answer_of_x_but_its_own_refusal_counts_as_one(bench: Bench, x: X, x_stand_in: StandIn) -> None:
    stand_in, behaviour = x_stand_in
    vault, person = await kept(bench, x, stand_in)
    for status, is_down in ((None, True), (500, False), (429, False), (401, False), (400, False)):
        stand_in.status, behaviour.down = status, is_down
        vault, person = await kept_again(vault, stand_in, x)
        with pytest.raises(DependencyDown) as away:
            await vault.access_token(person, x)
        assert away.value.probe_after <= 2  # after a refusal it is a minute


async def kept_again(vault: Vault, stand_in: XStandIn, x: X) -> tuple[Vault, UUID]:
    person = uuid4()
    refresh = stand_in.grants[0].refresh
    await vault.keep(person, x.name, Tokens("ended", refresh, 0))
    return vault, person


async def test_a_spent_token_is_refused_twice_before_the_person_is_asked(
    bench: Bench, x: X, x_stand_in: StandIn
) -> None:
    stand_in, _ = x_stand_in
    vault, person = await kept(bench, x, stand_in)
    [grant] = stand_in.grants
    grant.refresh = None  # ended at X
    with pytest.raises(DependencyDown) as down_for:
        await vault.access_token(person, x)
    assert 50 < down_for.value.probe_after <= 60
    assert await vault.state(person, x.name) == "connected"
    with pytest.raises(DependencyDown):
        await vault.access_token(person, x)
    assert len([path for path, form in stand_in.asked if form.get("grant_type") == ["refresh_token"]]) == 1


async def test_a_revoked_token_is_ended_at_x(bench: Bench, x: X, x_stand_in: StandIn) -> None:
    stand_in, behaviour = x_stand_in
    vault, person = await kept(bench, x, stand_in)
    taken = await vault.take_out(person, x.name)
    assert taken is not None
    assert await x.revoke(str(taken.refresh_token))
    assert stand_in.grants[0].refresh is None
    behaviour.down = True
    assert not await x.revoke("another")
