"""Tests what other issuers are told of an erasure: X, Supabase and Clerk, also if they do not answer."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import httpx2
import pytest

from chassis.message.envelope import new_id
from chassis.privacy.recipients import Recipients
from chassis.storage.grant import Tokens
from chassis.storage.vault import Vault
from contracts.common import OutsideRecipient
from gateway.edge.auth.issuers.configured import configured_issuers, configured_x
from gateway.edge.auth.issuers.http import IssuerClient
from gateway.edge.auth.issuers.settings import IssuerSettings
from gateway.edge.auth.tokens import Tokens as OwnTokens
from gateway.edge.outside import Outside, configured_admins
from gateway.jobs.erase_person import erase_person
from services.gateway.tests.integration.fixtures import Bench

SUPABASE, CLERK = "https://project.supabase.co", "https://clerk.example.org"
SETTINGS = IssuerSettings(
    supabase_url=SUPABASE,
    supabase_service_key="sb_secret_of_a_test",
    clerk_issuer=CLERK,
    clerk_authorized_parties=("https://app.example",),
    clerk_secret_key="sk_test",
    x_client_id="x",
)
IDENTITIES = (f"{SUPABASE}/auth/v1", "5f0c/../1"), (CLERK, "user_2x"), ("twitter", "123")


class Far(httpx2.AsyncBaseTransport):
    """Stands for the servers of all issuers: it answers as it is told, or not at all."""

    def __init__(self, status: int | None) -> None:
        self.status = status
        self.asked: list[tuple[str, str, str]] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append((request.method, str(request.url), request.headers.get("authorization", "")))
        if self.status is None:
            raise httpx2.ConnectError("away", request=request)
        return httpx2.Response(self.status, stream=httpx2.ByteStream(b"{}"))


def outside(bench: Bench, far: Far, settings: IssuerSettings = SETTINGS) -> Outside:
    client = IssuerClient(far)
    issuers = configured_issuers(settings, OwnTokens("k" * 40).issuer, client)
    x = configured_x(settings, client, callback="http://here/back", key=b"k" * 32)
    return Outside(Vault(bench.keys), x, issuers, client, configured_admins(settings), key=b"s" * 32)


async def told_by(one: Outside, person: UUID, identities: Sequence[tuple[str, str]]) -> Sequence[OutsideRecipient]:
    """Tells them as an erasure does: after the key is destroyed."""
    grants = await one.keep_grants(person, identities)
    assert grants is not None
    return await one.tell(person, grants)


async def connected(bench: Bench) -> UUID:
    await Vault(bench.keys).keep(bench.person, "twitter", Tokens("access", "refresh", 7200.0, ("users.read",)))
    return bench.person


async def test_who_is_known_elsewhere_is_deleted_there_and_grants_end(bench: Bench) -> None:
    far, person = Far(200), await connected(bench)
    told = await told_by(outside(bench, far), person, IDENTITIES)
    assert {each.recipient: each.state for each in told} == dict.fromkeys(("x", "supabase", "clerk"), "done")
    assert far.asked[1:] == [
        ("DELETE", f"{SUPABASE}/auth/v1/admin/users/5f0c%2F..%2F1", "Bearer sb_secret_of_a_test"),
        ("DELETE", "https://api.clerk.com/v1/users/user_2x", "Bearer sk_test"),
    ]
    assert far.asked[0][:2] == ("POST", "https://api.x.com/2/oauth2/revoke")


@pytest.mark.parametrize("status", [None, 401, 500])
async def test_who_does_not_do_it_is_named_with_the_words_to_send(bench: Bench, status: int | None) -> None:
    told = await told_by(outside(bench, Far(status)), await connected(bench), IDENTITIES)
    assert {each.recipient: each.state for each in told} == dict.fromkeys(("x", "supabase", "clerk"), "asked")
    assert all("Please delete" in each.detail for each in told if each.recipient != "x")


async def test_without_a_key_nobody_is_asked(bench: Bench) -> None:
    far = Far(200)
    settings = SETTINGS.model_copy(update={"supabase_service_key": None, "clerk_secret_key": None})
    told = await told_by(outside(bench, far, settings), new_id(), IDENTITIES)
    assert [each.state for each in told] == ["asked"] * 3
    assert far.asked == []


async def test_a_user_who_is_gone_there_already_is_deleted(bench: Bench) -> None:
    told = await told_by(outside(bench, Far(404)), new_id(), IDENTITIES[:2])
    assert [each.state for each in told] == ["done", "done"]


async def test_they_are_told_after_the_key_is_destroyed_and_stand_in_the_erasure_by_name_alone(bench: Bench) -> None:
    await bench.database.fetch(
        "INSERT INTO identities (id, person_id, issuer, subject) VALUES ($1, $2, $3, 'user_9')",
        new_id(),
        bench.person,
        CLERK,
    )
    await connected(bench)
    far = Far(None)
    one = outside(bench, far)
    erasures = bench.new_erasures(keep_grants=one.keep_grants, tell=one.tell)
    taken = await erasures.erase(bench.person)
    assert (bench.store.keys[bench.person], far.asked) == (None, [])  # who is away keeps nobody waiting
    [[kept]] = await bench.database.fetch("SELECT grants FROM erasures WHERE id = $1", taken.id)
    assert b"user_9" not in bytes(kept) and b"refresh" not in bytes(kept)

    far.status = 200
    assert await erasures.tell_outside(bench.person, {}) == ()
    assert [path for _, path, _ in far.asked] == [
        "https://api.x.com/2/oauth2/revoke",
        "https://api.clerk.com/v1/users/user_9",
    ]
    await erasures.tell_outside(bench.person, {})  # as after a crash: nobody is told again
    assert len(far.asked) == 2
    read = await erasures.read(taken.id, taken.receipt)
    assert read is not None
    assert [(told["recipient"], told["state"]) for told in read["outside"]] == [("clerk", "done"), ("x", "done")]
    assert "user_9" not in str(read)
    [[kept]] = await bench.database.fetch("SELECT grants FROM erasures WHERE id = $1", taken.id)
    assert kept is None


async def test_what_was_sealed_under_another_secret_key_is_left_to_the_person(bench: Bench) -> None:
    far = Far(200)
    grants = await outside(bench, far).keep_grants(bench.person, IDENTITIES)
    assert grants is not None
    [told] = await outside(bench, far).tell(new_id(), grants)  # what it is bound to differs, as the key would
    assert (told.recipient, told.state, far.asked) == ("identity", "asked", [])


async def test_who_has_no_account_elsewhere_has_nothing_kept(bench: Bench) -> None:
    assert await outside(bench, Far(200)).keep_grants(bench.person, []) is None


@pytest.mark.parametrize("who", ["the person", "an operator"])
async def test_an_analytics_that_was_told_something_is_named_whatever_the_settings_say_now(
    bench: Bench, who: str
) -> None:
    await Recipients(bench.database).note(bench.person, "mixpanel", own_key=False)
    erasures = bench.new_erasures()
    if who == "the person":
        erasure = (await erasures.erase(bench.person)).id
    else:
        erasure = await erase_person(bench.database, bench.keys, bench.ledger, bench.person)
    named = "SELECT recipient, state FROM erasure_recipients WHERE erasure_id = $1"
    told = [(each.recipient, each.state) for each in await bench.database.fetch(named, erasure)]
    assert told == [("mixpanel", "not_possible")]
