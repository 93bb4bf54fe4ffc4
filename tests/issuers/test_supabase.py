"""Tests the account server's client against a stand-in of Supabase Auth."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.edge.auth.issuers.http import Away, IssuerClient
from gateway.edge.auth.issuers.supabase import Reason, Refused, SupabaseAccounts, SupabaseTokens, Unconfirmed
from tests.issuers.server import Behaviour
from tests.issuers.supabase import ANON_KEY, Refusal, SupabaseStandIn

Supabase = tuple[SupabaseStandIn, Behaviour]
EMAIL, PASSWORD = "robin@b.example", "correct horse"


@pytest.fixture
async def accounts(supabase: Supabase, within: float) -> AsyncIterator[SupabaseAccounts]:
    client = IssuerClient(within=within)
    yield SupabaseAccounts(supabase[0].url, ANON_KEY, client)
    await client.aclose()


async def refused(asked: Any) -> Reason:
    with pytest.raises(Refused) as refusal:
        await asked
    return refusal.value.reason


async def test_people_sign_up_and_in_and_out(accounts: SupabaseAccounts, supabase: Supabase) -> None:
    made = await accounts.sign_up(EMAIL, PASSWORD)
    assert isinstance(made, SupabaseTokens)
    assert made.expires_in == 3600
    known = await accounts.log_in(EMAIL, PASSWORD)
    refreshed = await accounts.refresh(known.refresh_token)
    assert await refused(accounts.refresh(known.refresh_token)) is Reason.REFRESH_REUSED
    await accounts.log_out(refreshed.access_token, everywhere=False)
    assert await refused(accounts.refresh(refreshed.refresh_token)) is Reason.REFRESH_INVALID
    await accounts.log_out(refreshed.access_token, everywhere=False)  # again
    await accounts.log_out(made.access_token, everywhere=True)
    assert await refused(accounts.refresh(made.refresh_token)) is Reason.REFRESH_INVALID
    assert await refused(accounts.refresh("nothing")) is Reason.REFRESH_INVALID
    assert await refused(accounts.log_in(EMAIL, "wrong")) is Reason.WRONG_CREDENTIALS
    assert await refused(accounts.sign_up(EMAIL, PASSWORD)) is Reason.EMAIL_TAKEN
    assert await refused(accounts.sign_up("other@b.example", "short")) is Reason.BAD_PASSWORD


async def test_an_address_may_have_to_be_confirmed_first(accounts: SupabaseAccounts, supabase: Supabase) -> None:
    stand_in, _ = supabase
    stand_in.confirms = True
    made = await accounts.sign_up(EMAIL, PASSWORD)
    assert made == Unconfirmed(stand_in.accounts[EMAIL].id)
    assert await refused(accounts.log_in(EMAIL, PASSWORD)) is Reason.NOT_CONFIRMED
    stand_in.accounts[EMAIL].confirmed = True
    assert await accounts.log_in(EMAIL, PASSWORD)
    assert await accounts.sign_up(EMAIL, PASSWORD) == Unconfirmed(None)


async def test_a_password_is_reset_by_the_link_of_a_mail(accounts: SupabaseAccounts, supabase: Supabase) -> None:
    stand_in, _ = supabase
    await accounts.sign_up(EMAIL, PASSWORD)
    await accounts.recover("nobody@b.example")
    assert not stand_in.recoveries
    await accounts.recover(EMAIL)
    [link] = stand_in.recoveries
    assert await accounts.reset(link, "staple of paper")
    assert await refused(accounts.reset(link, "staple of paper")) is Reason.LINK_EXPIRED
    assert await refused(accounts.log_in(EMAIL, PASSWORD)) is Reason.WRONG_CREDENTIALS
    assert await accounts.log_in(EMAIL, "staple of paper")


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        (Refusal(429, "over_request_rate_limit"), Reason.TOO_MANY),
        (Refusal(429, "something new"), Reason.TOO_MANY),
        (Refusal(400, "email_address_invalid"), Reason.BAD_EMAIL),
        (Refusal(400, "something new"), None),
        (Refusal(500, "unexpected_failure"), None),
        (Refusal(500, "invalid_credentials"), None),
        (Refusal(403, "signup_disabled"), None),
    ],
)
async def test_what_is_not_known_is_no_refusal_of_a_person(
    accounts: SupabaseAccounts, supabase: Supabase, refusal: Refusal, reason: Reason | None
) -> None:
    supabase[0].refusal = refusal
    with pytest.raises(Away if reason is None else Refused) as seen:
        await accounts.log_in(EMAIL, PASSWORD)
    if isinstance(seen.value, Refused):
        assert seen.value.reason is reason
        assert seen.value.retry_after == (7 if reason is Reason.TOO_MANY else 60)


@pytest.mark.parametrize("within", [0.2])
async def test_a_server_that_hangs_is_away(supabase: Supabase, accounts: SupabaseAccounts, within: float) -> None:
    supabase[1].answers.clear()
    with pytest.raises(Away):
        await accounts.log_in(EMAIL, PASSWORD)
    supabase[1].answers.set()


async def test_a_server_that_is_down_or_lies_is_away(supabase: Supabase, accounts: SupabaseAccounts) -> None:
    stand_in, behaviour = supabase
    behaviour.down = True
    with pytest.raises(Away):
        await accounts.log_in(EMAIL, PASSWORD)
    behaviour.down = False
    client = IssuerClient()
    with pytest.raises(Away):  # a key that the project does not know is our mistake, not the person's
        await SupabaseAccounts(stand_in.url, "wrong", client).log_in(EMAIL, PASSWORD)
    with pytest.raises(Away):
        await SupabaseAccounts("http://127.0.0.1:9", ANON_KEY, client).log_in(EMAIL, PASSWORD)
    with pytest.raises(Away):
        await SupabaseAccounts(f"{stand_in.url}/another", ANON_KEY, client).log_in(EMAIL, PASSWORD)
    await client.aclose()
