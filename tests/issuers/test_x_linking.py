"""Tests linking X to a person, and what unlinks it, through a gateway beside a stand-in of X."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from httpx2 import AsyncClient

from chassis.storage.vault import Vault
from gateway.edge.auth import links
from gateway.edge.auth.issuers.http import IssuerClient
from gateway.jobs.erase_person import erase_person
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.test_door import sign_up
from tests.issuers.x import CANARY
from tests.issuers.x_browser import (
    Browser,
    StandIn,
    bearing,
    code_of,
    events,
    identities,
    link,
    person_in,
    problem,
    x_of,
)


@pytest.fixture
def door(x_door: AsyncClient) -> AsyncClient:
    return x_door


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
