"""Tests at whose expense a turn of a conversation is answered, and by whom then; the provider is a script."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest

from chassis.message.crypto import new_key
from chassis.observe.metrics import REGISTRY
from chassis.storage.stored_consent import StoredConsent
from chassis.web.principal import Principal
from chassis.web.testing import signed_in
from feedback.models.errors import ProviderError
from feedback.models.request import Text
from feedback.models.slots import Slots
from services.feedback.tests.unit.bench import pseudonym
from services.feedback.tests.unit.conversations import OURS, SK, WHOLE, Talking, asked, events, talking

ADULT = Principal(id=UUID("018f6a1e-0000-7000-8000-000000000001"), age_band="of_age")


async def test_without_a_key_rules_answer_and_nobody_pays(talk: Talking) -> None:
    for by in (None, signed_in()):
        answer = await talk(by=by)
        said = answer.json()
        assert (said["source"], said["model"], said["paidBy"]) == ("rules/facilitator-1", None, "nobody")
        assert said["response"] and said["usage"] is None and said["costUsd"] is None
        assert [each["code"] for each in said["notices"]] == ["no-key"]
        assert answer.headers["voxbus-source"] == answer.headers["voxbus-model"] == "rules/facilitator-1"
        assert answer.headers["cache-control"] == "no-store"
    assert asked(talk) == 0
    assert (talk.told[0].source, talk.told[0].paid_by) == ("rules/facilitator-1", "nobody")


async def test_with_a_key_the_model_answers_and_the_caller_pays(talk: Talking) -> None:
    counted = partial(REGISTRY.get_sample_value, "voxbus_ai_cost_usd_total", {"paid_by": "caller"})
    before = counted() or 0.0
    answer = await talk(apiKey=SK, history=[{"role": "user", "text": "Hello."}, {"role": "assistant", "text": "Hi."}])
    said = answer.json()
    assert said == {
        "response": "Who needs that?",
        "source": "openai/gpt-6-luna",
        "prompt": "conversation/1",
        "model": "gpt-6-luna",
        "finishReason": "stop",
        "usage": {"inputTokens": 100, "outputTokens": 20, "estimated": False},
        "costUsd": "0.000020",
        "paidBy": "caller",
        "sessionId": None,
        "turn": 1,
        "notices": [],
    }
    [(request, key)] = talk.providers["openai"].asked
    assert request.extra == {}  # with a key of theirs we tell nothing of them
    assert key == SK and request.max_output_tokens == 300
    assert [each.role for each in request.messages] == ["system", "user", "assistant", "user"]
    assert answer.headers["voxbus-model"] == "gpt-6-luna"
    assert answer.headers["server-timing"].startswith("model;dur=")
    [turn] = talk.told
    assert (turn.model, turn.paid_by, turn.interrupted, turn.cost_usd) == ("gpt-6-luna", "caller", False, "0.000020")
    assert (counted() or 0.0) - before == pytest.approx(0.00002)


async def test_who_is_signed_in_and_agrees_is_answered_at_our_expense(talk: Talking) -> None:
    talk.has_key("openai")
    talk.allow(ADULT, "openai")
    for stream in (False, True):
        answer = await talk(by=ADULT, stream=stream)
        said = events(answer)[-1][1] if stream else answer.json()
        assert (said["source"], said["paidBy"], said["costUsd"]) == ("openai/gpt-6-luna", "voxbus", "0.000020")
        assert said["usage"] == {"inputTokens": 100, "outputTokens": 20, "estimated": False}
        assert said["notices"] == [] and said["response"] == "Who needs that?"
    assert [key for _, key in talk.providers["openai"].asked] == [OURS, OURS]
    assert ADULT.id is not None
    assert [each.extra for each, _ in talk.providers["openai"].asked] == [{"user": pseudonym(ADULT.id, "openai")}] * 2
    assert talk.ledger.settled == [("gpt-6-luna", "reported")] * 2 and talk.ledger.open == {}
    assert [(turn.paid_by, turn.cost_usd) for turn in talk.told] == [("voxbus", "0.000020")] * 2


async def test_who_may_not_be_answered_at_our_expense_is_answered_by_rules_and_told_why(talk: Talking) -> None:
    talk.has_key("openai", "anthropic", "gemini")
    child = Principal(id=signed_in().id, age_band="under_consent_age")
    for by in (None, ADULT, child):
        for model in (None, "gpt-6-luna"):
            said = (await talk(by=by, model=model)).json()
            assert (said["source"], said["paidBy"]) == ("rules/facilitator-1", "nobody")
            assert [each["code"] for each in said["notices"]] == ["no-consent"]
    assert asked(talk) == 0 and talk.ledger.settled == []


async def test_spent_money_is_told_with_the_time_when_there_is_more() -> None:
    talk = talking(left="0.00001")
    talk.has_key("openai")
    talk.allow(ADULT, "openai")
    said = (await talk(by=ADULT)).json()
    assert said["source"] == "rules/facilitator-1"
    assert [(each["code"], each["resets_at"]) for each in said["notices"]] == [("budget-spent", "2026-11-30T00:00:00Z")]
    assert (await talk(apiKey=SK, by=ADULT)).json()["paidBy"] == "caller"  # that is never limited
    assert [key for _, key in talk.providers["openai"].asked] == [SK]


async def test_after_the_first_word_at_our_expense_no_other_takes_over(talk: Talking) -> None:
    talk.has_key("openai", "anthropic")
    talk.allow(ADULT, "openai", "anthropic")
    talk.script([Text("Who needs "), ProviderError("cut")])
    *_, (name, error) = events(await talk(by=ADULT, stream=True))
    assert (name, error["problem"]["type"], error["partial"]) == ("error", "/problems/provider-stream-cut", "Who needs")
    assert asked(talk) == 1 and talk.ledger.settled == [("gpt-6-luna", "estimated")]
    assert [(turn.interrupted, turn.paid_by) for turn in talk.told] == [(False, "voxbus")]


async def test_a_client_that_goes_away_settles_what_was_made_at_our_expense(talk: Talking) -> None:
    talk.has_key("openai")
    talk.allow(ADULT, "openai")
    provider = talk.script([Text("Who needs "), asyncio.Event()])
    asking = asyncio.ensure_future(talk(by=ADULT, stream=True))
    await provider.waiting.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert provider.closed == 1 and talk.upstreams["openai"].slots.taken == 0
    assert talk.ledger.settled == [("gpt-6-luna", "estimated")]
    [turn] = talk.told
    assert turn.interrupted and turn.usage is not None and turn.usage.estimated and turn.cost_usd is not None


async def test_a_server_of_ones_own_answers_everybody_and_nobody_pays() -> None:
    talk = talking(local_base_url="http://127.0.0.1:9/v1", local_model="qwen")
    talk.has_key("openai")
    for by in (None, ADULT):
        said = (await talk(by=by)).json()
        assert (said["source"], said["paidBy"], said["costUsd"]) == ("local/qwen", "nobody", None)
        assert said["usage"]["inputTokens"] == 100 and said["notices"] == []
    talk.providers["local"].script = ([ProviderError("unreachable")],)
    said = (await talk()).json()
    assert said["source"] == "rules/facilitator-1"
    assert {each["code"] for each in said["notices"]} == {"provider-down", "no-consent"}
    assert talk.providers["openai"].asked == [] and talk.ledger.settled == []


async def test_a_server_of_ones_own_that_has_a_price_is_for_nobody_unknown(tmp_path: Path) -> None:
    file = tmp_path / "models.toml"
    row = 'id = "qwen"\nprices = [{from = 2026-01-01, input = 1, output = 1}]'
    file.write_text(f"[[model]]\n{row}\n", encoding="utf-8")
    talk = talking(local_base_url="http://127.0.0.1:9/v1", local_model="qwen", models_file=file)
    assert (await talk()).json()["source"] == "rules/facilitator-1"
    assert (await talk(by=ADULT)).json()["paidBy"] == "voxbus"


async def test_one_message_is_charged_three_times_at_most(talk: Talking) -> None:
    talk.has_key("openai", "anthropic", "gemini")
    talk.allow(ADULT, "openai", "anthropic", "gemini")
    for provider in talk.providers.values():
        provider.script = ([ProviderError("failed", status=500)],)
    said = (await talk(by=ADULT)).json()
    assert (said["source"], asked(talk)) == ("rules/facilitator-1", 3)
    assert [how for _, how in talk.ledger.settled] == ["unknown"] * 3


async def test_callers_have_slots_of_their_own_and_share_the_breaker(talk: Talking) -> None:
    talk.has_key("openai")
    talk.allow(ADULT, "openai")
    upstream = talk.upstreams["openai"]
    upstream.callers_slots = Slots(1, 0)
    async with upstream.callers_slots.held():
        answer = await talk(apiKey=SK)
        assert (answer.status, answer.json()["type"]) == (503, "/problems/busy")
        assert (await talk(by=ADULT)).json()["paidBy"] == "voxbus"
    provider = talk.script([ProviderError("failed", status=500)])
    provider.asked.clear()
    for _ in range(4):
        assert (await talk(apiKey=SK)).status == 502
    assert len(provider.asked) == 5 and upstream.breaker.state == "open"
    assert (await talk(by=ADULT)).json()["source"] == "rules/facilitator-1"


async def test_calls_of_callers_are_counted(talk: Talking) -> None:
    about = {"role": "conversation", "provider": "openai", "model": "gpt-6-luna", "paid_by": "caller"}
    counted = partial(REGISTRY.get_sample_value, "voxbus_ai_calls_total")
    before = [counted({**about, "outcome": each}) or 0 for each in ("answered", "quota")]
    talk.script([ProviderError("quota", status=429)], WHOLE)
    for _ in range(2):
        await talk(apiKey=SK)
    after = [counted({**about, "outcome": each}) or 0 for each in ("answered", "quota")]
    assert after == [each + 1 for each in before]


async def test_the_named_model_says_whose_key_it_is(talk: Talking) -> None:
    said = (await talk(apiKey=SK, model="Claude 3.7 Sonnet")).json()
    assert said["source"] == "anthropic/claude-sonnet-5-5"
    assert [each["code"] for each in said["notices"]] == ["model-replaced"]
    assert len(talk.providers["anthropic"].asked) == 1 == asked(talk)


@pytest.mark.parametrize("band", ["unknown", "under_consent_age"])
async def test_a_child_needs_a_consent_also_with_a_key(band: str, talk: Talking) -> None:
    child = signed_in()
    child = Principal(id=child.id, age_band=band)
    answer = await talk(apiKey=SK, by=child)
    assert (answer.status, answer.json()["type"]) == (403, "/problems/guardian-consent-required")
    assert asked(talk) == 0
    assert child.id is not None
    about = (child.id, "ai_text", "openai")
    talk.consents.keys[child.id] = new_key()
    talk.consents.decided[about] = StoredConsent(*about, 1, granted=True, child=True)
    assert (await talk(apiKey=SK, by=child)).status == 200
    assert (await talk(apiKey=SK, by=child, model="Claude 3.7 Sonnet")).status == 403
