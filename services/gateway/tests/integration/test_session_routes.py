"""Tests what a client sees of sessions, through two gateways on one database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import jwt
import pytest
from httpx2 import AsyncClient, Response

from chassis.message.envelope import new_id
from gateway.settings import GatewaySettings
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.test_door import KEY, opened

FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


@pytest.fixture
async def doors(bench: Bench, tmp_path: Path) -> AsyncIterator[tuple[AsyncClient, AsyncClient]]:
    """Provides clients of two gateways on one database."""
    own = GatewaySettings(secret_key=KEY)
    async with opened(bench, tmp_path, own) as one, opened(bench, tmp_path, own) as other:
        yield one, other


async def sign_up(door: AsyncClient) -> Response:
    body = {"email": f"{new_id()}@b.example", "password": "correct horse", "username": "Robin"}
    made = await door.post("/auth/signup", json=body, headers=FIREFOX)
    assert made.status_code == 201
    return made


def bearing(session: Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {session.json()['access_token']}"}


async def refresh(door: AsyncClient, session: Response) -> Response:
    return await door.post("/auth/refresh", json={"refresh_token": session.json()["refresh_token"]})


async def test_a_session_goes_on_by_refreshing(doors: tuple[AsyncClient, AsyncClient]) -> None:
    one, other = doors
    session = await sign_up(one)
    refreshed = await refresh(other, session)
    assert refreshed.status_code == 200
    assert refreshed.json().keys() == session.json().keys()
    assert refreshed.json()["user"] == session.json()["user"]
    assert refreshed.json()["refresh_token"] != session.json()["refresh_token"]
    assert (await refresh(one, session)).json()["refresh_token"] == refreshed.json()["refresh_token"]
    claims = [
        jwt.decode(each.json()["access_token"], options={"verify_signature": False}) for each in (session, refreshed)
    ]
    assert claims[0]["sid"] == claims[1]["sid"]
    assert all(each["exp"] - each["iat"] == 900 for each in claims)
    for each in (session, refreshed):
        assert (await other.get("/jobs", headers=bearing(each))).status_code == 200


async def test_after_a_logout_no_replica_accepts_any_token(doors: tuple[AsyncClient, AsyncClient]) -> None:
    one, other = doors
    session = await sign_up(one)
    refreshed = await refresh(one, session)
    assert (await one.post("/auth/logout", headers=bearing(session))).status_code == 204
    for door in doors:
        for each in (session, refreshed):
            gone = await door.get("/jobs", headers=bearing(each))
            assert (gone.status_code, gone.json()["type"]) == (401, "/problems/unauthorized")
            lost = await refresh(door, each)
            assert (lost.status_code, lost.json()["type"]) == (401, "/problems/refresh-invalid")
    assert (await other.post("/auth/logout", headers=bearing(session))).status_code == 401


async def test_a_person_sees_and_ends_sessions_of_their_own_alone(doors: tuple[AsyncClient, AsyncClient]) -> None:
    one, other = doors
    made = await sign_up(one)
    account = {"email": made.json()["user"]["email"], "password": "correct horse"}
    here, there = [await door.post("/auth/login", json=account, headers=FIREFOX) for door in doors]
    listed = (await one.get("/me/sessions", headers=bearing(here))).json()
    assert listed["next_cursor"] is None
    assert [each["current"] for each in listed["items"]] == [False, True, False]
    assert [set(each) for each in listed["items"]] == [
        {"id", "created_at", "last_used_at", "current", "issuer", "device"}
    ] * 3
    assert {(each["issuer"], each["device"]) for each in listed["items"]} == {("voxbus", "Firefox on Linux")}
    page = (await one.get("/me/sessions?limit=2", headers=bearing(here))).json()
    rest = (await one.get(f"/me/sessions?limit=2&cursor={page['next_cursor']}", headers=bearing(here))).json()
    assert [each["id"] for each in (*page["items"], *rest["items"])] == [each["id"] for each in listed["items"]]

    newest = f"/me/sessions/{listed['items'][0]['id']}"
    stranger = bearing(await sign_up(one))
    assert (await one.delete(newest, headers=stranger)).status_code == 404
    assert (await one.delete(f"/me/sessions/{new_id()}", headers=bearing(here))).status_code == 404
    assert (await one.delete(newest, headers=bearing(here))).status_code == 204
    assert (await one.delete(newest, headers=bearing(here))).status_code == 404
    assert (await other.get("/jobs", headers=bearing(there))).status_code == 401

    assert (await one.post("/auth/logout", json={"everywhere": True}, headers=bearing(here))).status_code == 204
    for each in (made, here, there):
        assert (await other.get("/jobs", headers=bearing(each))).status_code == 401
    assert (await one.get("/jobs", headers=stranger)).status_code == 200
