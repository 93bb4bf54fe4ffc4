"""Tests sessions on two gateways over one database: what one has answered holds on the other at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import AsyncClient, Response

pytestmark = pytest.mark.landing  # six processes are started for them; gateway's own tests have two in one

TABS = 20
Session = Mapping[str, Any]


@pytest.fixture
async def doors(two_gateways: Sequence[str]) -> AsyncIterator[list[AsyncClient]]:
    """Provides a client of each gateway."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(AsyncClient(base_url=each, timeout=60)) for each in two_gateways]


async def sign_up(door: AsyncClient) -> Session:
    body = {"email": f"{uuid4()}@example.org", "password": "correct horse", "username": "Robin"}
    made = await door.post("/auth/signup", json=body)
    assert made.status_code == 201, made.text
    return dict(made.json())


async def refresh(door: AsyncClient, session: Session) -> Response:
    return await door.post("/auth/refresh", json={"refresh_token": session["refresh_token"]})


async def use(door: AsyncClient, session: Session) -> Response:
    return await door.get("/me/sessions", headers=bearer(session))


def bearer(session: Session) -> dict[str, str]:
    return {"Authorization": f"Bearer {session['access_token']}"}


async def test_twenty_tabs_on_two_gateways_get_one_successor_and_one_session(doors: list[AsyncClient]) -> None:
    session = await sign_up(doors[0])
    answers = await asyncio.gather(*(refresh(doors[tab % 2], session) for tab in range(TABS)))
    assert [answer.status_code for answer in answers] == [200] * TABS
    given: list[Session] = [answer.json() for answer in answers]
    assert len({each["refresh_token"] for each in given}) == 1
    assert given[0]["refresh_token"] != session["refresh_token"]
    for door in doors:
        for each in (session, *given):
            [listed] = (await use(door, each)).json()["items"]
            assert listed["current"]
    assert (await refresh(doors[1], given[0])).status_code == 200


@pytest.mark.parametrize("here", [0, 1])
async def test_a_logout_on_one_gateway_holds_on_the_other_at_once(doors: list[AsyncClient], here: int) -> None:
    there = 1 - here
    session = await sign_up(doors[here])
    assert (await use(doors[there], session)).status_code == 200
    assert (await doors[here].post("/auth/logout", headers=bearer(session))).status_code == 204
    for door in (doors[there], doors[here]):
        assert (await use(door, session)).status_code == 401
        assert (await refresh(door, session)).status_code == 401


async def test_no_refresh_that_races_with_a_logout_brings_the_session_back(doors: list[AsyncClient]) -> None:
    session = await sign_up(doors[0])
    ended, *answers = await asyncio.gather(
        doors[1].post("/auth/logout", headers=bearer(session)),
        *(refresh(doors[tab % 2], session) for tab in range(TABS)),
    )
    assert ended.status_code == 204
    assert {answer.status_code for answer in answers} <= {200, 401}
    given: list[Session] = [session, *(answer.json() for answer in answers if answer.status_code == 200)]
    for door in doors:
        for each in given:
            assert (await use(door, each)).status_code == 401
            assert (await refresh(door, each)).status_code == 401
