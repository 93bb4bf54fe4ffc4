"""Tests what becomes of the tokens that a stand-in of X gives for a person."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis.errors import DependencyDown
from chassis.storage.grant import Tokens
from chassis.storage.vault import Vault
from gateway.edge.auth.issuers.http import IssuerClient
from gateway.edge.auth.issuers.twitter import X
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.test_door import sign_up
from tests.issuers.x import CANARY, XStandIn
from tests.issuers.x_browser import (
    Browser,
    StandIn,
    link,
    x_of,
)


@pytest.fixture
def door(x_door: AsyncClient) -> AsyncClient:
    return x_door


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
