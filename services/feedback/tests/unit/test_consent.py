"""Tests that a provider outside gets words only of whoever has agreed to it; the coach writes for the others."""

from __future__ import annotations

from uuid import UUID

import pytest

from chassis.message.crypto import new_key
from chassis.privacy.consents import Consents
from chassis.privacy.law import Pair, Recipient, is_pair
from chassis.privacy.outside import MayBegin, OutsideCalls
from chassis.storage.keys import Keys
from chassis.storage.stored_consent import ConsentAnswer, StoredConsent
from chassis.stores_in_memory import KeysInMemory
from contracts.speech import AttemptAssessed
from feedback.assessment import Assessment, Feedback
from feedback.handlers import FeedbackDeps, feedback_for
from feedback.providers import PROVIDERS

EVENT = AttemptAssessed.model_validate(AttemptAssessed.examples()[0])


class Outsider:
    """Represents a provider outside, and counts what it is sent."""

    name, version = "outsider", "1"
    recipient: Recipient | None = "openai"

    def __init__(self) -> None:
        self.asked = 0

    async def give(self, assessment: Assessment, may_begin: MayBegin) -> Feedback:
        async with may_begin():
            self.asked += 1
        return Feedback("From outside.", (), "outsider/1")


class Away(KeysInMemory):
    async def read_consent(self, person: UUID, purpose: str, recipient: str) -> ConsentAnswer:
        raise OSError("the store is away")


async def given(store: KeysInMemory) -> tuple[str, int]:
    """Returns who has written feedback, and how often the provider was asked."""
    outsider = Outsider()
    deps = FeedbackDeps(provider=outsider, outside=OutsideCalls(Consents(Keys(store), ["openai"])))
    feedback = await feedback_for(EVENT.person_id, Assessment.of(EVENT), deps)
    return feedback.source.partition("/")[0], outsider.asked


def agreed(*pairs: Pair, granted: bool = True, child: bool = False) -> KeysInMemory:
    store = KeysInMemory()
    store.keys[EVENT.person_id] = new_key()
    for purpose, recipient in pairs:
        about = (EVENT.person_id, purpose, recipient)
        store.decided[about] = StoredConsent(*about, 1, granted, child)
    return store


@pytest.mark.parametrize("child", [False, True])
async def test_who_has_agreed_gets_the_words_of_the_provider(child: bool) -> None:
    assert await given(agreed(("ai_text", "openai"), child=child)) == ("outsider", 1)


async def test_nothing_reaches_a_provider_of_whoever_has_not_agreed_to_it() -> None:
    assert await given(agreed()) == ("coach", 0)
    assert await given(agreed(("ai_text", "gemini"), ("ai_voice", "openai"))) == ("coach", 0)
    assert await given(agreed(("ai_text", "openai"), granted=False)) == ("coach", 0)


async def test_a_store_that_does_not_answer_is_a_no() -> None:
    assert await given(Away()) == ("coach", 0)


async def test_what_is_taken_back_between_two_attempts_is_not_sent() -> None:
    store = agreed(("ai_text", "openai"))
    assert await given(store) == ("outsider", 1)
    await store.write_consent(StoredConsent(EVENT.person_id, "ai_text", "openai", 2, granted=False))
    assert await given(store) == ("coach", 0)


@pytest.mark.parametrize("name", PROVIDERS)
def test_each_provider_says_who_gets_the_words(name: str) -> None:
    recipient = PROVIDERS[name]().recipient
    assert recipient is None or is_pair(("ai_text", recipient))
