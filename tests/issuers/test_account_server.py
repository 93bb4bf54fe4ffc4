"""Tests sign-up to reset through a gateway whose accounts a stand-in of Supabase Auth keeps."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import AsyncClient, Response

from gateway.edge.auth.issuers.configured import configured_accounts, configured_issuers
from gateway.edge.auth.issuers.http import IssuerClient
from gateway.edge.auth.issuers.settings import IssuerSettings
from gateway.edge.auth.tokens import Tokens
from gateway.settings import GatewaySettings
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.test_door import KEY, opened
from tests.issuers.server import Behaviour
from tests.issuers.supabase import ANON_KEY, Refusal, SupabaseStandIn

Supabase = tuple[SupabaseStandIn, Behaviour]
PASSWORD = "correct horse battery"


@pytest.fixture
async def door(bench: Bench, tmp_path: Path, supabase: Supabase, within: float) -> AsyncIterator[AsyncClient]:
    settings = IssuerSettings(supabase_url=supabase[0].url, supabase_key=ANON_KEY)
    client = IssuerClient(within=within)
    issuers = configured_issuers(settings, Tokens(KEY).issuer, client)
    accounts = configured_accounts(settings, client)
    own = GatewaySettings(secret_key=KEY)
    async with opened(bench, tmp_path, own, issuers=issuers, supabase=accounts) as made:
        yield made
    await issuers.aclose()
    await client.aclose()


def account(**others: Any) -> dict[str, Any]:
    return {"email": f"{uuid4()}@b.example", "password": PASSWORD, "username": "Robin", **others}


def bearing(session: Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {session.json()['access_token']}"}


async def refresh(door: AsyncClient, session: Response) -> Response:
    return await door.post("/auth/refresh", json={"refresh_token": session.json()["refresh_token"]})


def problem(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"]


async def test_people_sign_up_and_in_with_tokens_of_supabase(door: AsyncClient, supabase: Supabase) -> None:
    body = account(birth_date="2001-05-17", country="DE", time_zone="Europe/Berlin")
    made = await door.post("/auth/signup", json=body)
    assert made.status_code == 201, made.text
    assert made.json().keys() == {"access_token", "refresh_token", "token_type", "expires_in", "user"}
    assert (made.json()["token_type"], made.json()["expires_in"]) == ("Bearer", 3600)
    user = made.json()["user"]
    expected = {"username": "Robin", "birth_date": "2001-05-17", "email_verified": False, "issuers": ["supabase"]}
    expected |= {"email": body["email"], "country": "DE", "time_zone": "Europe/Berlin"}
    assert {name: user[name] for name in expected} == expected
    assert (await door.get("/me", headers=bearing(made))).json() == user

    known = await door.post("/auth/login", json={"email": body["email"], "password": PASSWORD})
    assert (known.status_code, known.json()["user"]) == (200, user)
    refreshed = await refresh(door, known)
    assert (refreshed.status_code, refreshed.json()["user"]) == (200, user)
    assert {each["issuer"] for each in (await door.get("/me/sessions", headers=bearing(made))).json()["items"]} == {
        "supabase"
    }
    named = (await door.get("/auth/issuers")).json()["items"]
    assert [(each["kind"], each["login"]) for each in named] == [("own", None), ("supabase", "/auth/login")]
    events = (await door.get("/me/security-events", headers=bearing(made))).json()["items"]
    assert [(each["event"], each["issuer"], each["address"]) for each in events] == [
        ("signed_in", "supabase", "127.0.0.0/24"),
        ("signed_in", "supabase", "127.0.0.0/24"),
        ("signed_up", "supabase", "127.0.0.0/24"),
    ]
    assert PASSWORD not in str(await door.get("/me", headers=bearing(made)))


async def test_a_logout_holds_here_and_at_supabase(door: AsyncClient, supabase: Supabase) -> None:
    stand_in, behaviour = supabase
    body = account()
    made = await door.post("/auth/signup", json=body)
    other = await door.post("/auth/login", json={"email": body["email"], "password": PASSWORD})
    assert (await door.post("/auth/logout", headers=bearing(made))).status_code == 204
    assert len(stand_in.ended) == 1
    assert (await door.get("/me", headers=bearing(made))).status_code == 401
    assert problem(await refresh(door, made)) == (401, "/problems/refresh-invalid")
    assert (await door.get("/me", headers=bearing(other))).status_code == 200

    behaviour.down = True  # here the session has ended all the same, and what Supabase still refreshes is refused
    assert (await door.post("/auth/logout", headers=bearing(other))).status_code == 204
    behaviour.down = False
    assert len(stand_in.ended) == 1
    assert problem(await refresh(door, other)) == (401, "/problems/refresh-invalid")

    again = await door.post("/auth/login", json={"email": body["email"], "password": PASSWORD})
    assert (await door.post("/auth/logout", json={"everywhere": True}, headers=bearing(again))).status_code == 204
    assert (await door.get("/me", headers=bearing(again))).status_code == 401
    assert len(stand_in.ended) == 3


async def test_an_address_may_have_to_be_confirmed_first(door: AsyncClient, supabase: Supabase) -> None:
    stand_in, _ = supabase
    stand_in.confirms = True
    body = account(birth_date="2001-05-17")
    for _ in range(2):
        made = await door.post("/auth/signup", json=body)
        assert (made.status_code, made.json()) == (202, {"status": "confirm-email"})
    credentials = {"email": body["email"], "password": PASSWORD}
    assert problem(await door.post("/auth/login", json=credentials)) == (401, "/problems/wrong-credentials")
    stand_in.accounts[body["email"]].confirmed = True
    known = await door.post("/auth/login", json=credentials)
    assert known.json()["user"]["birth_date"] == "2001-05-17"
    assert known.json()["user"]["username"] == "Robin"
    taken = await door.post("/auth/signup", json=body)  # tells nobody that there is such an account
    assert (taken.status_code, taken.json()) == (202, {"status": "confirm-email"})


async def test_a_forgotten_password_is_reset_at_supabase(door: AsyncClient, supabase: Supabase) -> None:
    stand_in, _ = supabase
    body = account()
    made = await door.post("/auth/signup", json=body)
    for email in (body["email"], "nobody@b.example"):
        asked = await door.post("/auth/password/forgot", json={"email": email})
        assert (asked.status_code, asked.content) == (202, b"")
    [link] = stand_in.recoveries
    for _ in range(2):  # which spends no link
        short = await door.post("/auth/password/reset", json={"token": link, "password": "short"})
        assert (short.status_code, [each["field"] for each in short.json()["errors"]]) == (422, ["password"])
    renewed = {"token": link, "password": "staple of paper and glue"}
    assert (await door.post("/auth/password/reset", json=renewed)).status_code == 204
    assert problem(await door.post("/auth/password/reset", json=renewed)) == (410, "/problems/link-expired")
    assert (await door.get("/me", headers=bearing(made))).status_code == 401
    assert problem(await refresh(door, made)) == (401, "/problems/refresh-invalid")
    known = {"email": body["email"], "password": renewed["password"]}
    assert (await door.post("/auth/login", json=known)).status_code == 200


async def test_refusals_of_supabase_become_ours(door: AsyncClient, supabase: Supabase) -> None:
    stand_in, behaviour = supabase
    body = account()
    credentials = {"email": body["email"], "password": PASSWORD}
    made = await door.post("/auth/signup", json=body)
    assert problem(await door.post("/auth/signup", json=body)) == (409, "/problems/email-taken")
    wrong = await door.post("/auth/login", json=credentials | {"password": "wrong horse battery"})
    assert problem(wrong) == (401, "/problems/wrong-credentials")
    for refusal, field in (
        (Refusal(422, "weak_password"), "password"),
        (Refusal(400, "email_address_invalid"), "email"),
    ):
        stand_in.refusal = refusal
        refused = await door.post("/auth/signup", json=account())
        assert (refused.status_code, [each["field"] for each in refused.json()["errors"]]) == (422, [field])
    stand_in.refusal = Refusal(429, "over_request_rate_limit")
    for path, content in (
        ("/auth/signup", account()),
        ("/auth/login", credentials),
        ("/auth/refresh", {"refresh_token": "r"}),
        ("/auth/password/forgot", {"email": body["email"]}),
    ):
        limited = await door.post(path, json=content)
        assert problem(limited) == (429, "/problems/rate-limited"), path
        assert limited.headers["retry-after"] == "7"
    stand_in.refusal = None
    behaviour.down = True
    for path, content in (
        ("/auth/signup", account()),
        ("/auth/login", credentials),
        ("/auth/refresh", {"refresh_token": "r"}),
        ("/auth/password/forgot", {"email": body["email"]}),
        ("/auth/password/reset", {"token": "t" * 43, "password": "staple of paper and glue"}),
    ):
        assert problem(await door.post(path, json=content)) == (503, "/problems/unavailable"), path
    assert (await door.get("/me", headers=bearing(made))).status_code == 200  # by the keys that are known


@pytest.mark.parametrize("lie", [{"iss": "https://attacker.example"}, {"sub": None}, {"exp": 1}])
async def test_a_token_that_is_not_good_is_passed_on_to_nobody(
    door: AsyncClient, supabase: Supabase, lie: dict[str, Any]
) -> None:
    stand_in, _ = supabase
    stand_in.lies = lie
    made = await door.post("/auth/signup", json=account())
    assert problem(made) == (503, "/problems/unavailable")
    assert "access_token" not in made.text


async def test_refresh_tokens_of_before_the_change_still_work(door: AsyncClient, bench: Bench, tmp_path: Path) -> None:
    async with opened(bench, tmp_path, GatewaySettings(secret_key=KEY)) as before:
        made = await before.post("/auth/signup", json=account())
    refreshed = await refresh(door, made)
    assert refreshed.status_code == 200
    assert (await door.get("/me", headers=bearing(refreshed))).status_code == 200
