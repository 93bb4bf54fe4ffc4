"""Tests which model answers for a role, and what happens when none does."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from chassis.errors import DependencyDown
from chassis.observe import metrics
from chassis.privacy.outside import MayBegin
from chassis.storage.stored_consent import ConsentAnswer
from chassis.stores_in_memory import KeysInMemory
from feedback.models.answers import Answer, NoAnswer
from feedback.models.begun import Begun
from feedback.models.errors import Kind, ProviderError
from feedback.models.failures import RULE
from feedback.models.ledger import Bill, BudgetSpent
from feedback.models.meter import Called, Send
from feedback.models.payment import OnText
from feedback.models.request import ModelRequest, Piece, Text, Usage
from feedback.models.secret import Secret
from feedback.models.shapes import ConversationInput, LessonHint
from services.feedback.tests.unit.bench import ADA, GOOD, HINT, RULES, Bench, Provider, Said, pseudonym


def failing(kind: Kind = "failed", status: int | None = 500, **more: Any) -> ProviderError:
    return ProviderError(kind, status=status, **more)


def tries(answer: Answer) -> list[tuple[str, str]]:
    return [(each.provider, each.outcome) for each in answer.tries]


def codes(answer: Answer | Begun) -> list[str]:
    return [notice["code"] for notice in answer.notices]


async def test_the_first_model_of_a_role_answers_and_says_so() -> None:
    bench = Bench()
    answer = await bench.hint()
    assert isinstance(answer.answer, LessonHint) and "paint" in answer.answer.hint
    assert (answer.source, answer.model, answer.prompt) == ("openai/gpt-6-luna", "gpt-6-luna", "lesson_hint/2")
    assert (answer.usage, answer.cost) == (Usage(100, 10), Decimal("0.000015"))
    assert (tries(answer), answer.notices, answer.repaired) == ([("openai", "answered")], (), False)
    [request] = bench.providers["openai"].requests
    assert (request.profile.token_limit, request.profile.reasoning_effort) == ("max_completion_tokens", "none")
    assert request.schema is not None


async def test_without_a_key_rules_answer_and_say_why() -> None:
    answer = await Bench(keys=()).hint()
    assert (answer.answer, answer.source, answer.usage) == (RULES, "rules/ladder-1", None)
    assert [each.outcome for each in answer.tries] == ["no-key"] * 3
    assert codes(answer) == ["no-key"]


async def test_a_provider_that_fails_is_asked_twice_and_then_the_next_answers() -> None:
    bench = Bench().says(openai=[failing(), failing()])
    answer = await bench.hint()
    assert tries(answer) == [("openai", "failed"), ("openai", "failed"), ("anthropic", "answered")]
    assert codes(answer) == ["provider-down"] and answer.notices[0]["provider"] == "openai"
    assert bench.slept == [1.1]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (failing("refused", 400), "refused"),
        (failing("quota", 429), "quota"),
        (failing("no_model", 404), "no-model"),
        (failing("rate_limited", 429, retry_after=60.0), "rate-limited"),
        (failing("timeout", None, phase="first_token"), "timeout"),
        (failing("cut", None), "cut"),
    ],
)
async def test_what_would_not_help_is_not_repeated(error: ProviderError, outcome: str) -> None:
    bench = Bench().says(openai=[error])
    assert tries(await bench.hint()) == [("openai", outcome), ("anthropic", "answered")]
    assert bench.calls == {"openai": 1, "anthropic": 1}


async def test_a_key_that_is_refused_is_not_sent_again() -> None:
    bench = Bench().says(openai=[failing("key_refused", 401)])
    await bench.hint()
    assert tries(await bench.hint())[0] == ("openai", "key-refused")
    assert bench.calls == {"openai": 1, "anthropic": 2}


async def test_an_open_breaker_is_passed_by() -> None:
    bench = Bench(rule=replace(RULE, failures=1)).says(openai=[failing("unreachable", None)])
    await bench.hint()
    assert tries(await bench.hint()) == [("openai", "breaker-open"), ("anthropic", "answered")]


async def test_a_provider_without_a_free_slot_is_passed_by() -> None:
    bench = Bench()
    async with bench.upstreams["openai"].slots.held():
        assert tries(await bench.hint()) == [("openai", "no-slot"), ("anthropic", "answered")]


async def test_an_answer_that_was_cut_gets_twice_the_room() -> None:
    bench = Bench().says(openai=[('{"hint": "Look', "length"), GOOD])
    answer = await bench.hint()
    assert tries(answer) == [("openai", "cut-by-length"), ("openai", "answered")]
    first, second = bench.providers["openai"].requests
    assert second.max_output_tokens == 2 * first.max_output_tokens
    assert first.messages == second.messages


async def test_twice_the_room_is_not_asked_for_where_that_costs_too_much() -> None:
    bench = Bench(call_usd="0.0002").says(openai=[('{"hint": "Look', "length"), GOOD])
    answer = await bench.hint()
    assert tries(answer) == [("openai", "cut-by-length"), ("openai", "too-dear"), ("anthropic", "answered")]


async def test_what_is_told_of_a_text_on_the_way_can_be_spoken() -> None:
    told: list[str] = []

    async def on_text(text: str) -> None:
        told.append(text)

    bench = Bench().says(openai=["**We** begin [here](https://a.example) 🙂 now."])
    given = ConversationInput(message="Hello")
    answer = await bench.engine.answer("conversation", given, bench.context, bench.paid, on_text)
    assert answer.answer == "We begin here now." and len(told) > 2
    assert all(str(answer.answer).startswith(each) for each in told)


async def test_a_provider_knows_a_person_by_a_name_of_its_own_and_is_told_what_it_has_agreed_to() -> None:
    extra: dict[str, Any] = {}
    for name, model in (("openai", "gpt-6-luna"), ("anthropic", "claude-haiku-5-5"), ("gemini", "gemini-3.8-flash")):
        bench = Bench(keeps_nothing=["openai", "anthropic", "gemini"], role_lesson_hint=model)
        await bench.hint()
        extra[name] = bench.providers[name].requests[0].extra
    assert extra == {
        "openai": {"store": False, "safety_identifier": pseudonym(ADA, "openai")},
        "anthropic": {"user": pseudonym(ADA, "anthropic")},
        "gemini": {},
    }
    bench = Bench()
    await bench.hint(person=None, age_band=None, holds_words=False)
    assert bench.providers["openai"].requests[0].extra == {}


async def test_a_wrong_answer_is_asked_for_once_more_with_what_is_wrong() -> None:
    bench = Bench().says(openai=["Well, look at it!", GOOD])
    answer = await bench.hint()
    assert (tries(answer), answer.repaired) == ([("openai", "unusable"), ("openai", "answered")], True)
    _, second = bench.providers["openai"].requests
    assert "could not be used" in second.messages[-1].text and "Well" not in second.messages[-1].text
    assert answer.cost == 2 * Decimal("0.000015")


@pytest.mark.parametrize("wrong", ["nonsense", ("{", "length"), '{"hint": "Send your address to x@example.org."}'])
async def test_one_answer_is_charged_three_times_at_most(wrong: Said) -> None:
    bench = Bench().says(openai=[wrong] * 9, anthropic=[wrong] * 9, gemini=[wrong] * 9)
    answer = await bench.hint()
    assert answer.source == "rules/ladder-1"
    assert sum(bench.calls.values()) == 3
    assert len(bench.ledger.settled) == 3


async def test_what_a_provider_holds_back_is_not_asked_for_again_there() -> None:
    bench = Bench().says(openai=[("", "safety")])
    assert tries(await bench.hint()) == [("openai", "unusable"), ("anthropic", "answered")]


async def test_words_go_only_to_providers_that_their_person_has_agreed_to() -> None:
    bench = Bench(consents=["gemini"])
    answer = await bench.hint()
    assert tries(answer) == [("openai", "no-consent"), ("anthropic", "no-consent"), ("gemini", "answered")]
    assert codes(answer) == ["no-consent"]
    assert bench.calls == {"gemini": 1}


class Revoked(KeysInMemory):
    """Says yes to whoever asks beforehand, and no right before the first byte."""

    @asynccontextmanager
    async def hold_consent(self, person: UUID, purpose: str, recipient: str) -> AsyncIterator[ConsentAnswer]:
        self.decided.clear()
        yield await self.read_consent(person, purpose, recipient)


async def test_a_consent_that_is_taken_back_meanwhile_is_none() -> None:
    bench = Bench(store=Revoked())
    answer = await bench.hint()
    assert [each.outcome for each in answer.tries] == ["no-consent"] * 3
    assert bench.calls == {} and bench.ledger.settled == []


@pytest.mark.parametrize("age_band", ["unknown", "under_consent_age"])
@pytest.mark.parametrize("holds_words", [True, False])
async def test_a_child_reaches_no_cloud_without_consent_and_a_promise_to_keep_nothing(
    age_band: str, holds_words: bool
) -> None:
    about: dict[str, Any] = {"age_band": age_band, "holds_words": holds_words}
    agreed, promised, both = Bench(), Bench(consents=[], keeps_nothing=["openai"]), Bench(keeps_nothing=["openai"])
    both.allow("openai", child=True)
    assert [each.outcome for each in (await agreed.hint(**about)).tries] == ["no-retention-promise"] * 3
    assert tries(await promised.hint(**about))[0] == ("openai", "no-consent")
    assert tries(await both.hint(**about)) == [("openai", "answered")]


async def test_a_lessons_own_task_and_nobodys_words_need_no_consent() -> None:
    assert tries(await Bench(consents=[]).hint(holds_words=False)) == [("openai", "answered")]
    assert tries(await Bench(consents=[]).hint(person=None, age_band=None, holds_words=False)) == [
        ("openai", "answered")
    ]


async def test_a_server_of_ones_own_is_asked_first_and_nobody_is_asked_about_it() -> None:
    bench = Bench(consents=[], local_base_url="http://127.0.0.1:9/v1", local_model="qwen")
    answer = await bench.hint(age_band="under_consent_age")
    assert (answer.source, answer.cost) == ("local/qwen", Decimal(0))
    assert bench.ledger.settled == []


async def test_what_does_not_fit_into_a_model_goes_to_the_next() -> None:
    bench = Bench(local_base_url="http://127.0.0.1:9/v1", local_model="qwen")
    answer = await bench.hint(HINT.model_copy(update={"context": "x" * 8000}), language="en")
    assert tries(answer) == [("local", "answered")]
    bench = Bench(local_base_url="http://127.0.0.1:9/v1", local_model="qwen")
    answer = await bench.hint(HINT.model_copy(update={"context": "x" * 8000, "task": "y" * 8000}))
    assert tries(answer) == [("local", "too-long"), ("openai", "answered")]


async def test_what_costs_too_much_is_not_asked() -> None:
    bench = Bench(call_usd="0.0003", role_lesson_hint="claude-opus-5-5,gpt-6-luna")
    assert tries(await bench.hint()) == [("anthropic", "too-dear"), ("openai", "answered")]


async def test_spent_money_leaves_the_rules() -> None:
    answer = await Bench(left="0").hint()
    assert (answer.source, codes(answer)) == ("rules/ladder-1", ["budget-spent"])
    assert answer.notices[0]["resets_at"] == "2026-11-30T00:00:00Z"


async def test_a_model_that_retires_is_answered_for_and_asked_once() -> None:
    bench = Bench(role_lesson_hint="GPT-4o,gpt-6-luna")
    answer = await bench.hint()
    assert (answer.model, codes(answer), tries(answer)) == ("gpt-6-luna", ["model-replaced"], [("openai", "answered")])


@pytest.mark.parametrize(
    ("bench", "lack"),
    [
        (Bench(keys=(), rules=False), "no-model"),
        (Bench(left="0", rules=False), "budget-spent"),
        (Bench(rules=False).says(openai=["no", "no"], anthropic=["no"]), "answer-unusable"),
    ],
)
async def test_without_rules_a_lack_is_told_with_what_was_tried(bench: Bench, lack: str) -> None:
    with pytest.raises(NoAnswer) as told:
        await bench.hint()
    assert told.value.lack == lack and told.value.tries


async def test_who_asks_for_a_model_gets_that_one_or_nothing() -> None:
    bench = Bench().says(anthropic=[failing(), failing()])
    asked = bench.catalogue.registry.models["claude-haiku-5-5"]
    with pytest.raises(NoAnswer):
        await bench.hint(model=asked)
    assert bench.calls == {"anthropic": 2}
    assert (await bench.hint(model=asked)).model == "claude-haiku-5-5"


async def test_a_model_that_thinks_gets_room_for_it() -> None:
    bench = Bench(role_lesson_hint="gpt-6.1-sol")
    await bench.hint()
    [request] = bench.providers["openai"].requests
    assert (request.profile.reasoning_effort, request.max_output_tokens > 1000) == ("low", True)


async def test_skips_and_calls_are_counted() -> None:
    def counted(name: str, **labels: str) -> float:
        return metrics.REGISTRY.get_sample_value(name, labels) or 0

    about = {"role": "lesson_hint", "provider": "anthropic", "model": "claude-haiku-5-5", "paid_by": "voxbus"}
    calls = counted("voxbus_ai_calls_total", outcome="answered", **about)
    skips = counted("voxbus_ai_skips_total", reason="no-key")
    await Bench(keys=["anthropic"]).hint()
    assert counted("voxbus_ai_calls_total", outcome="answered", **about) == calls + 1
    assert counted("voxbus_ai_skips_total", reason="no-key") == skips + 1


async def test_a_conversation_begins_with_the_first_token_and_holds_a_slot_until_it_is_closed() -> None:
    bench = Bench().says(openai=[failing("unreachable", None), "One two three"])
    begun = await bench.talk()
    assert isinstance(begun, Begun)
    assert (begun.source, begun.prompt) == ("openai/gpt-6-luna", "conversation/1")
    assert bench.upstreams["openai"].slots.taken == 1
    async with aclosing(begun.pieces) as pieces:
        found = [begun.first, *[each async for each in pieces]]
    assert "".join(each.text for each in found if isinstance(each, Text)).strip() == "One two three"
    assert bench.upstreams["openai"].slots.taken == 0
    assert begun.meter.called().cost == Decimal("0.000015")


async def test_calls_have_numbers_in_the_order_in_which_they_were_begun() -> None:
    """Lets a message that is run again find the call that was paid, though another model has a slot by now."""
    bench, numbers = Bench(), list[int]()

    class Numbering:
        async def call(self, n: int, bill: Bill, send: Send, on_text: OnText | None = None) -> Called | BudgetSpent:
            numbers.append(n)
            return await bench.paid.call(n, bill, send, on_text)

    async with bench.upstreams["openai"].slots.held():
        answer = await bench.engine.answer("lesson_hint", HINT, bench.context, Numbering())
    assert tries(answer) == [("openai", "no-slot"), ("anthropic", "answered")]
    assert numbers == [1, 1] and bench.ledger.open == {}
    assert [each["message"] for each in answer.notices] == ["openai has others to answer just now."]


class Away(KeysInMemory):
    """Does not say who has agreed to what."""

    async def read_consent(self, person: UUID, purpose: str, recipient: str) -> ConsentAnswer:
        raise DependencyDown("keys")


async def test_a_gate_that_does_not_answer_is_no_yes_and_no_no() -> None:
    bench = Bench(store=Away())
    answer = await bench.hint()
    assert answer.source == "rules/ladder-1" and {*codes(answer)} == {"provider-down"}
    assert all("so they did not" in each["message"] for each in answer.notices), (
        "nobody was asked, so nobody was silent"
    )
    with pytest.raises(DependencyDown):  # so a job that has to ask this model is run again
        await bench.hint(model=bench.catalogue.registry.models["gpt-6-luna"])


async def test_calls_of_one_answer_end_together() -> None:
    bench = Bench().says(openai=[failing()])
    answer = await bench.talk(within=0.0)
    assert isinstance(answer, Answer) and bench.calls == {"openai": 1}
    bench = Bench().says(openai=["One two"])
    begun = await bench.talk(within=60.0)
    assert isinstance(begun, Begun)
    await begun.pieces.aclose()
    [request] = bench.providers["openai"].requests
    assert request.within is not None and 0 < request.within <= 60


async def test_a_conversation_that_nobody_hears_any_more_closes_its_call() -> None:
    bench = Bench().says(openai=["One two three"])
    begun = await bench.talk()
    assert isinstance(begun, Begun)
    await begun.pieces.aclose()
    assert (bench.providers["openai"].closed, bench.upstreams["openai"].slots.taken) == (1, 0)
    assert bench.ledger.settled == [("gpt-6-luna", "estimated")]


async def test_after_the_first_token_nothing_is_retried_and_nobody_takes_over() -> None:
    class Cut(Provider):
        async def stream(
            self, request: ModelRequest, key: Secret | None, may_begin: MayBegin
        ) -> AsyncGenerator[Piece, None]:
            self.requests.append(request)
            yield Text("One ")
            raise failing("cut", None)

    bench = Bench()
    bench.upstreams["openai"].provider = cut = Cut("openai", "openai")
    begun = await bench.talk()
    assert isinstance(begun, Begun)
    with pytest.raises(ProviderError, match="cut"):
        [_ async for _ in begun.pieces]
    assert len(cut.requests) == 1 and bench.calls == {}


@pytest.mark.parametrize(
    ("bench", "code"),
    [(Bench(keys=()), "no-key"), (Bench(consents=()), "no-consent"), (Bench(left="0"), "budget-spent")],
)
async def test_a_conversation_that_no_model_may_lead_is_led_by_rules(bench: Bench, code: str) -> None:
    answer = await bench.talk()
    assert isinstance(answer, Answer)
    assert (answer.answer, answer.source, codes(answer)) == ("I noted it.", "rules/facilitator-1", [code])
