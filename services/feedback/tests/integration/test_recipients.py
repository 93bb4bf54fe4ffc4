"""Tests that an erasure names each provider that may have got something of its person, whoever paid for the call."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import pytest

from chassis.conformance import owner_alone
from chassis.delivery.export_part import json_line, rows_of
from chassis.message.envelope import new_id
from chassis.privacy.export import Source
from chassis.storage.media import open_media
from chassis.storage.stored_consent import StoredConsent
from chassis.stores_in_memory import keys_beside
from chassis.testing import until
from chassis.web.testing import Caller, signed_in
from contracts.common import OutsideRecipient, PersonErased, PersonErasureConfirmed
from feedback.export import EXPORT
from feedback.service import SERVICE
from services.feedback.tests.integration.fixtures import Feedback
from services.feedback.tests.integration.sessions import person_of
from tests.provider import ProviderStandIn, providing

PATH = "/api/conversation"
OWN = {"message": "Who is it for?", "apiKey": "sk-of-the-callers"}


@pytest.fixture(scope="module")
async def stand_in() -> AsyncIterator[ProviderStandIn]:
    async with providing(ProviderStandIn(answer="For learners.")) as serving:
        yield serving


@pytest.fixture(scope="module")
async def feedback(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory, stand_in: ProviderStandIn
) -> AsyncIterator[Feedback]:
    """Provides feedback with a key of one provider, which is the stand-in, and which has agreed to keep nothing."""
    media = open_media(None, tmp_path_factory.mktemp("media"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOXBUS_OPENAI_API_KEY", "sk-a-key-of-ours")
        patch.setenv("VOXBUS_OPENAI_ZERO_RETENTION", "true")
        for name in ("openai", "anthropic"):
            patch.setenv(f"VOXBUS_{name.upper()}_BASE_URL", stand_in.url(name))
        alone = owner_alone(SERVICE, postgres_url, media)
        async with alone as (harness, anonymous), Feedback.of(harness, anonymous) as it:
            yield it


async def noted(feedback: Feedback, person: UUID) -> list[tuple[str, bool]]:
    statement = "SELECT recipient, own_key FROM recipients WHERE person_id = $1 ORDER BY 1, 2"
    return [(row.recipient, row.own_key) for row in await feedback.rows(statement, person)]


async def named(feedback: Feedback, person: UUID) -> list[OutsideRecipient]:
    """Returns whom the erasure of a person names."""
    erasure = new_id()
    await feedback.harness.publish(PersonErased(person_id=person, erasure_id=erasure))

    async def confirmed() -> Sequence[Sequence[OutsideRecipient]]:
        said = await feedback.harness.told(PersonErasureConfirmed)
        return [each.outside for each in said if each.erasure_id == erasure]

    [outside] = await until(confirmed)
    assert await noted(feedback, person) == []
    return list(outside)


async def agree(feedback: Feedback, caller: Caller) -> None:
    await feedback.harness.keys.make([person_of(caller)])
    about = (person_of(caller), "ai_text", "openai")
    await keys_beside(feedback.harness.database_url).write_consent(StoredConsent(*about, 1, granted=True))


async def test_a_provider_that_was_asked_with_ones_own_key_is_named(feedback: Feedback, caller: Caller) -> None:
    for _ in range(2):
        assert (await caller("POST", PATH, OWN)).status == 200
    asked = {**OWN, "model": "claude-haiku-5-5"}
    assert (await caller("POST", PATH, asked)).status == 200
    me = person_of(caller)
    assert await noted(feedback, me) == [("anthropic", True), ("openai", True)]
    assert await feedback.rows("SELECT FROM ai_ledger WHERE person_id = $1", me) == []
    told = await named(feedback, me)
    # what was agreed with this installation says nothing of the account of somebody else's key
    assert [(each.recipient, each.state) for each in told] == [
        ("openai", "not_possible"),
        ("anthropic", "not_possible"),
    ]
    assert all("a key of your own" in each.detail for each in told)


async def test_a_call_that_begins_while_its_person_is_erased_leaves_no_note(feedback: Feedback, caller: Caller) -> None:
    assert await named(feedback, person_of(caller)) == []
    assert (await caller("POST", PATH, OWN)).status == 200  # the gateway let it through a moment before
    assert await noted(feedback, person_of(caller)) == []


async def test_one_that_was_asked_with_our_key_keeps_nothing_where_that_was_agreed(
    feedback: Feedback, caller: Caller, stand_in: ProviderStandIn
) -> None:
    await agree(feedback, caller)
    stand_in.faults.append("401")
    answer = await caller("POST", PATH, {"message": "Who is it for?"})
    assert answer.json()["paidBy"] == "nobody"  # a refusal costs nothing, and rules have answered
    me = person_of(caller)
    assert await feedback.rows("SELECT FROM ai_ledger WHERE person_id = $1", me) == []
    assert await noted(feedback, me) == [("openai", False)]
    assert [(each.recipient, each.state) for each in await named(feedback, me)] == [("openai", "not_kept")]


async def test_where_nothing_went_out_nobody_is_named(feedback: Feedback, caller: Caller) -> None:
    assert (await caller("POST", PATH, {"message": "Who is it for?"})).status == 200  # rules: nobody has agreed
    assert (await feedback.anonymous("POST", PATH, OWN)).status == 200
    assert await noted(feedback, person_of(caller)) == []
    assert await named(feedback, person_of(caller)) == []
    [[unknown]] = await feedback.rows("SELECT count(*) FROM recipients WHERE person_id = $1", UUID(int=0))
    assert unknown == 0


async def test_ones_copy_of_everything_says_who_may_have_something(feedback: Feedback) -> None:
    caller = feedback.anonymous.by(signed_in())
    assert (await caller("POST", PATH, OWN)).status == 200
    [shown] = [each for each in EXPORT.tables if each.table.name == "recipients"]
    source = Source("feedback", person_of(caller), feedback.database, feedback.harness.keys)
    [line] = [json.loads(json_line(row)) async for row in rows_of(source, shown)]
    assert {**line, "first_at": ""} == {"recipient": "openai", "own_key": True, "first_at": ""}


@pytest.mark.parametrize("fault", ["401", "500", "cut"])
async def test_so_is_one_that_has_refused_or_broken_off(
    feedback: Feedback, caller: Caller, stand_in: ProviderStandIn, fault: str
) -> None:
    before = len(stand_in.calls)
    await caller("POST", PATH, {**OWN, "message": f"Who is it for? [fault {fault}]"})
    assert len(stand_in.calls) > before
    assert await noted(feedback, person_of(caller)) == [("openai", True)]
