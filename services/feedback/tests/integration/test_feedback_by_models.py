"""Tests feedback that a stand-in of a provider writes, over the real client, the ledger and the message's effects."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from chassis.conformance import owner_alone
from chassis.message.envelope import new_id
from chassis.storage.media import open_media
from chassis.storage.stored_consent import StoredConsent
from chassis.stores_in_memory import keys_beside
from contracts.feedback import FeedbackGiven
from contracts.speech import AttemptAssessed
from feedback.service import SERVICE
from services.feedback.tests.integration.fixtures import Feedback
from tests.provider import ProviderStandIn, providing

SAID = {"summary": "Thank you for trying.", "tips": []}


@pytest.fixture(scope="module")
async def stand_in() -> AsyncIterator[ProviderStandIn]:
    async with providing(ProviderStandIn(answer=json.dumps(SAID))) as serving:
        yield serving


@pytest.fixture(scope="module")
async def feedback(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory, stand_in: ProviderStandIn
) -> AsyncIterator[Feedback]:
    """Provides feedback with a key of one provider, which is the stand-in."""
    media = open_media(None, tmp_path_factory.mktemp("media"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOXBUS_OPENAI_API_KEY", "sk-a-key-of-ours")
        patch.setenv("VOXBUS_OPENAI_BASE_URL", stand_in.url("openai"))
        alone = owner_alone(SERVICE, postgres_url, media)
        async with alone as (harness, anonymous), Feedback.of(harness, anonymous) as it:
            yield it


async def written(feedback: Feedback, *, agrees: bool) -> tuple[FeedbackGiven, list[tuple[str, str]]]:
    """Returns the feedback on a reading, and what the ledger has of it."""
    event = AttemptAssessed.model_validate(
        {**AttemptAssessed.examples()[0], "person_id": new_id(), "attempt_id": new_id()}
    )
    await feedback.harness.keys.make([event.person_id])
    if agrees:
        about = (event.person_id, "ai_text", "openai")
        await keys_beside(feedback.harness.database_url).write_consent(StoredConsent(*about, 1, granted=True))
    before = len(feedback.harness.emitted(FeedbackGiven))
    await feedback.harness.publish(event, job_id=new_id(), person_id=event.person_id)
    await feedback.harness.until_emitted(FeedbackGiven, before + 1)
    [row] = await feedback.rows("SELECT summary, source FROM feedback WHERE person_id = $1", event.person_id)
    given = FeedbackGiven(
        attempt_id=event.attempt_id, person_id=event.person_id, summary=row.summary, tips=(), source=row.source
    )
    ledger = await feedback.rows("SELECT model, state FROM ai_ledger WHERE person_id = $1", event.person_id)
    return given, [(each.model, each.state) for each in ledger]


async def test_a_model_writes_once_it_was_agreed_to(feedback: Feedback, stand_in: ProviderStandIn) -> None:
    given, ledger = await written(feedback, agrees=True)
    assert (given.source, given.summary) == ("openai/gpt-6-luna", SAID["summary"])
    assert ledger == [("gpt-6-luna", "reported")]
    [call] = stand_in.calls
    assert call.key == "sk-a-key-of-ours"
    assert (call.body["max_completion_tokens"], call.body["reasoning_effort"]) == (300, "none")


async def test_the_coach_writes_for_whoever_has_not_agreed(feedback: Feedback, stand_in: ProviderStandIn) -> None:
    before = len(stand_in.calls)
    given, ledger = await written(feedback, agrees=False)
    assert given.source.startswith("coach/")
    assert (len(stand_in.calls), ledger) == (before, [])
