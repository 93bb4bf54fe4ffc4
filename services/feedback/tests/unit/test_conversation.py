"""Tests one turn of a conversation over its route: who answers, who pays, what breaks; the provider is a script."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest

from chassis.message.crypto import new_key
from chassis.observe.metrics import REGISTRY
from chassis.privacy.consents import Consents
from chassis.privacy.law import Recipient
from chassis.privacy.outside import MayBegin, OutsideCalls
from chassis.storage.database import Database
from chassis.storage.keys import Keys
from chassis.storage.stored_consent import StoredConsent
from chassis.testing import KeysInMemory
from chassis.web.context import Outbox, OwnerContext
from chassis.web.owner import owner_app
from chassis.web.principal import Principal
from chassis.web.testing import Answer, Caller, in_process, signed_in
from feedback.by_rules import RULES
from feedback.conversation.events import Turn
from feedback.conversation.language import help_for
from feedback.conversation.routes import ConversationDeps, routes
from feedback.conversation.turn import Talks
from feedback.conversation.turn_facts import fact_of
from feedback.conversation.turn_problems import problem_of
from feedback.models.candidates import Candidates
from feedback.models.catalogue import Catalogue
from feedback.models.engine import Engine
from feedback.models.errors import Kind, ProviderError
from feedback.models.ledger import Ledger
from feedback.models.request import Finished, ModelRequest, Piece, Text, Usage
from feedback.models.secret import Secret
from feedback.models.settings import ModelSettings
from feedback.models.slots import Slots
from feedback.models.upstreams import Upstream
from services.feedback.tests.unit.bench import LedgerInMemory, pseudonym

KEY = b"k" * 32
SK, OURS = "sk-canary-0123456789", "sk-ours-0123456789"
PATH = "/api/conversation"
WHOLE: tuple[Piece, ...] = (Text("Who needs"), Text(" that?"), Finished("stop", Usage(100, 20), "req_1"))


@dataclass
class Scripted:
    """Implements a provider; a script says what each call yields and raises."""

    name: str
    recipient: Recipient
    script: Sequence[Sequence[Piece | Exception | asyncio.Event]] = (WHOLE,)
    asked: list[tuple[ModelRequest, str]] = field(default_factory=list)
    closed: int = 0
    #: set once a script waits
    waiting: asyncio.Event = field(default_factory=asyncio.Event)

    async def stream(
        self, request: ModelRequest, key: Secret | None, may_begin: MayBegin
    ) -> AsyncGenerator[Piece, None]:
        async with may_begin():
            self.asked.append((request, "" if key is None else key.reveal()))
        try:
            for piece in self.script[min(len(self.asked), len(self.script)) - 1]:
                if isinstance(piece, asyncio.Event):
                    self.waiting.set()
                    await piece.wait()
                elif isinstance(piece, Exception):
                    raise piece
                else:
                    yield piece
        finally:
            self.closed += 1


@dataclass
class Talking:
    """Holds the routes, with what they were given and what they told."""

    call: Caller
    providers: dict[str, Scripted]
    consents: KeysInMemory
    told: list[Turn]
    pauses: list[float]
    drained: asyncio.Event
    upstreams: dict[str, Upstream]
    ledger: LedgerInMemory

    def has_key(self, *names: str) -> None:
        for name in names:
            self.upstreams[name].key = Secret(OURS)

    def allow(self, who: Principal, *recipients: Recipient) -> None:
        assert who.id is not None
        self.consents.keys[who.id] = new_key()
        for recipient in recipients:
            about = (who.id, "ai_text", recipient)
            self.consents.decided[about] = StoredConsent(*about, 1, granted=True, child=who.age_band != "of_age")

    async def __call__(self, *, accept: str = "*/*", by: Principal | None = None, **said: Any) -> Answer:
        caller = self.call if by is None else self.call.by(by)
        body = {"message": "We decided to begin.", **said}
        return await caller("POST", PATH, body, headers={"accept": accept}, patience=65_000)

    def script(self, *script: Sequence[Piece | Exception | asyncio.Event]) -> Scripted:
        self.providers["openai"].script = script
        return self.providers["openai"]


@pytest.fixture
def talk() -> Talking:
    return talking()


def talking(left: str = "1", **settings: Any) -> Talking:
    named: tuple[Recipient, ...] = ("openai", "anthropic", "gemini")
    providers = {str(name): Scripted(name, name) for name in named}
    if settings:
        providers["local"] = Scripted("local", "voxbus")
    store, drained = KeysInMemory(), asyncio.Event()
    told: list[Turn] = []
    pauses: list[float] = []
    consents = Consents(Keys(store), ["openai", "anthropic"])

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    upstreams = {
        name: Upstream(provider, None, wants_key=name != "local", person_as="user", concurrency=2, wait=0)
        for name, provider in providers.items()
    }
    catalogue = Catalogue(ModelSettings(**settings), today=lambda: date(2026, 11, 29))
    candidates = Candidates(catalogue, upstreams, consents, OutsideCalls(consents), Decimal("0.05"), pseudonym)
    ledger = LedgerInMemory(left)
    talks = Talks(
        catalogue=catalogue,
        engine=Engine(candidates, RULES, sleep=pause),
        ledger=cast(Ledger, ledger),
        record=told.append,
    )
    context = OwnerContext(
        service="feedback",
        database=cast(Database, None),
        keys=Keys(store),
        outbox=cast(Outbox, None),
        key=KEY,
        deps=ConversationDeps(talks=talks, drained=drained),
    )
    app = owner_app([routes], context)
    caller = Caller(exchange=in_process(app), service="feedback", key=KEY, operations=routes.operations)
    return Talking(caller, providers, store, told, pauses, drained, upstreams, ledger)


def events(answer: Answer) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for block in answer.body.decode().split("\n\n"):
        if block.startswith("event: "):
            name, data = block.split("\n", 1)
            found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def asked(talk: Talking) -> int:
    return sum(len(provider.asked) for provider in talk.providers.values())


async def test_without_a_key_rules_answer_and_nobody_pays(talk: Talking) -> None:
    for by in (None, signed_in()):
        answer = await talk(by=by)
        said = answer.json()
        assert (said["source"], said["model"], said["paidBy"]) == ("rules/facilitator-1", None, "nobody")
        assert said["response"] and said["usage"] is None and said["costUsd"] is None
        assert [each["code"] for each in said["notices"]] == ["no-key"]
        assert answer.headers["voxbus-source"] == "rules/facilitator-1"
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


ADULT = Principal(id=UUID("018f6a1e-0000-7000-8000-000000000001"), age_band="of_age")


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


@pytest.mark.parametrize("kind", ["key_refused", "failed", "rate_limited", "unreachable"])
async def test_a_provider_that_fails_us_is_told_and_the_next_or_rules_answer(kind: Kind, talk: Talking) -> None:
    status = {"key_refused": 401, "failed": 500, "rate_limited": 429}.get(kind)
    talk.has_key("openai")
    talk.allow(ADULT, "openai", "anthropic")
    talk.script([ProviderError(kind, status=status)])
    said = (await talk(by=ADULT)).json()
    assert said["source"] == "rules/facilitator-1"
    assert [(each["code"], each["provider"]) for each in said["notices"]] == [("provider-down", "openai")]
    talk.has_key("anthropic")
    said = (await talk(by=ADULT)).json()
    assert said["source"] == "anthropic/claude-haiku-5-5" and said["paidBy"] == "voxbus"
    assert [(each["code"], each["provider"]) for each in said["notices"]] == [("provider-down", "openai")]


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


async def test_words_that_ask_for_help_get_the_same_kind_answer_whoever_else_could_answer() -> None:
    talk = talking(local_base_url="http://127.0.0.1:9/v1", local_model="qwen")
    talk.has_key("openai")
    talk.allow(ADULT, "openai")
    for by in (None, ADULT):
        said = (await talk(by=by, message="I want to kill myself")).json()
        assert said["source"] == "rules/facilitator-1" and said["response"] == help_for("I want to kill myself")
    assert asked(talk) == 0


async def test_a_model_is_asked_in_its_languages_and_roles_alone(tmp_path: Path) -> None:
    file = tmp_path / "models.toml"
    file.write_text('[[model]]\nid = "qwen"\nlanguages = ["en"]\n', encoding="utf-8")
    talk = talking(local_base_url="http://127.0.0.1:9/v1", local_model="qwen", models_file=file)
    assert (await talk(message="Who is it for?")).json()["source"] == "local/qwen"
    said = (await talk(message="¿Para quién es esto y qué es lo que necesita la gente?")).json()
    assert said["source"] == "rules/facilitator-1"
    assert [each["code"] for each in said["notices"]] == ["no-key"]  # there is none of a model that knows it
    file.write_text('[[model]]\nid = "gpt-6-luna"\nroles = ["lesson_hint"]\n', encoding="utf-8")
    answer = await talking(models_file=file)(model="gpt-6-luna", apiKey=SK)
    assert answer.status == 422


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


async def test_a_model_that_does_not_exist_is_refused_also_without_a_key(talk: Talking) -> None:
    assert (await talk(model="gpt-99")).status == 422


async def test_the_named_model_says_whose_key_it_is(talk: Talking) -> None:
    said = (await talk(apiKey=SK, model="Claude 3.7 Sonnet")).json()
    assert said["source"] == "anthropic/claude-sonnet-5-5"
    assert [each["code"] for each in said["notices"]] == ["model-replaced"]
    assert len(talk.providers["anthropic"].asked) == 1 == asked(talk)


async def test_text_alone_and_words_as_they_come(talk: Talking) -> None:
    plain = await talk(apiKey=SK, accept="text/plain")
    assert (plain.body, plain.headers["content-type"]) == (b"Who needs that?", "text/plain; charset=utf-8")
    for answer in (await talk(apiKey=SK, accept="text/event-stream"), await talk(apiKey=SK, stream=True)):
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["x-accel-buffering"] == "no"
        [(first, start), *deltas, (last, done)] = events(answer)
        assert (first, last) == ("start", "done")
        assert start["source"] == "openai/gpt-6-luna" and start["turn"] == 1
        assert {name for name, _ in deltas} == {"delta"} and len(deltas) > 1
        assert "".join(each["text"] for _, each in deltas) == done["response"] == "Who needs that?"


KINDS: list[tuple[Kind, int | None, int, str]] = [
    ("key_refused", 401, 401, "provider-key-refused"),
    ("quota", 429, 402, "provider-quota"),
    ("no_model", 404, 404, "model-not-available"),
    ("rate_limited", 429, 429, "provider-rate-limited"),
    ("refused", 400, 502, "provider-failed"),
    ("failed", 504, 502, "provider-failed"),
    ("cut", None, 502, "provider-failed"),
    ("timeout", None, 504, "provider-timeout"),
]


@pytest.mark.parametrize(("kind", "status", "shown", "name"), KINDS)
@pytest.mark.parametrize("stream", [False, True])
async def test_a_failure_is_one_call_and_an_honest_problem(
    kind: Kind, status: int | None, shown: int, name: str, stream: bool, talk: Talking
) -> None:
    provider = talk.script([ProviderError(kind, status=status, code="c")])
    answer = await talk(apiKey=SK, stream=stream)
    assert (answer.status, answer.json()["type"]) == (shown, f"/problems/{name}")
    assert len(provider.asked) == 1 == provider.closed and not talk.told
    assert b"canary" not in answer.body and b"begin" not in answer.body


@pytest.mark.parametrize("kind", ["unreachable", "failed", "overloaded"])
async def test_some_failures_are_tried_once_more(kind: Kind, talk: Talking) -> None:
    failure = ProviderError(kind, status=None if kind == "unreachable" else 503)
    provider = talk.script([failure], WHOLE)
    assert (await talk(apiKey=SK)).status == 200
    assert len(provider.asked) == 2 and 0.2 <= talk.pauses[0] <= 2
    provider = talk.script([failure])
    provider.asked.clear()
    assert (await talk(apiKey=SK)).status == 502
    assert len(provider.asked) == 2 == len(talk.pauses)


@pytest.mark.parametrize("kind", ["cut", "failed", "overloaded"])
async def test_after_the_first_word_nothing_is_tried_again(kind: Kind, talk: Talking) -> None:
    provider = talk.script([Text("Who needs "), ProviderError(kind, status=503)])
    *_, (name, error) = events(await talk(apiKey=SK, stream=True))
    assert name == "error" and error["problem"]["type"] == "/problems/provider-stream-cut"
    assert error["partial"] == "Who needs" and len(provider.asked) == 1
    assert (await talk(apiKey=SK)).status == 502
    assert [turn.interrupted for turn in talk.told] == [False, False]


async def test_a_provider_that_stops_in_the_middle_is_a_timeout(talk: Talking) -> None:
    talk.script([Text("Who needs "), ProviderError("timeout", phase="between_tokens")])
    *_, (name, error) = events(await talk(apiKey=SK, stream=True))
    assert (name, error["problem"]["status"]) == ("error", 504)


@pytest.mark.parametrize(
    ("given", "expected"), [(None, "10"), (0.2, "1"), (17.0, "17"), (5000.0, "120")], ids=["none", "less", "so", "more"]
)
def test_the_time_to_wait_has_bounds(given: float | None, expected: str) -> None:
    error = ProviderError("rate_limited", status=429, retry_after=given)
    response = problem_of(error, "m", begun=False).response()
    assert response.headers["retry-after"] == expected


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


async def test_an_answer_is_fit_to_be_spoken(talk: Talking) -> None:
    talk.script([Text("**Who** needs [that](https://a.example)? "), Text("🙂"), Finished("stop", None)])
    said = (await talk(apiKey=SK)).json()
    assert said["response"] == "Who needs that?"
    assert said["usage"]["estimated"] is True
    provider = talk.script([*[Text("This is a sentence. ")] * 200, Finished("stop")])
    said = (await talk(apiKey=SK)).json()
    assert said["finishReason"] == "length" and len(said["response"]) <= 1500 and said["response"].endswith(".")
    assert provider.closed == 1 or provider.closed == 2


async def test_an_answer_without_a_word_is_an_answer(talk: Talking) -> None:
    talk.script([Finished("safety", Usage(1, 0))])
    assert [name for name, _ in events(await talk(apiKey=SK, stream=True))] == ["start", "done"]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"message": ""}, "message"),
        ({"message": " \n\x00"}, "message"),
        ({"message": "a" * 8001}, "message"),
        ({"message": 5}, "message"),
        ({"apiKey": "short"}, "apiKey"),
        ({"apiKey": "k" * 257}, "apiKey"),
        ({"apiKey": "sk-canary-é0123456"}, "apiKey"),
        ({"apiKey": "sk-canary 0123456"}, "apiKey"),
        ({"apiKey": 12345678}, "apiKey"),
        ({"apiKey": SK, "model": "gpt-99-canary"}, "model"),
        ({"apiKey": SK, "model": "gpt-realtime-2.1"}, "model"),
        ({"history": [{"role": "system", "text": "a"}]}, "history.role"),
        ({"history": [{"role": "user", "text": "a"}] * 41}, "history"),
        ({"history": [{"role": "user", "text": "a" * 8000}] * 5}, "body"),
        ({"maxOutputTokens": 15}, "maxOutputTokens"),
        ({"maxOutputTokens": 1025}, "maxOutputTokens"),
        ({"stream": "canary"}, "stream"),
        ({"sk-canary": 1}, None),
        ({"api_key": SK}, None),
        ({"history": [{"role": "user", "text": "a", "sk-canary": 1}]}, None),
    ],
)
async def test_what_is_wrong_is_named_and_not_repeated(said: dict[str, Any], field: str | None, talk: Talking) -> None:
    answer = await talk(**said)
    assert answer.status == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]
    assert b"canary" not in answer.body and b"aaaa" not in answer.body
    assert asked(talk) == 0


async def test_control_characters_are_removed_and_lines_stay(talk: Talking) -> None:
    await talk(apiKey=SK, message="\x07 one\r\n\ttwo\x7f\u0085 ")
    assert talk.providers["openai"].asked[0][0].messages[-1].text == "one\n\ttwo"


async def test_a_process_that_ends_ends_its_streams(talk: Talking) -> None:
    provider = talk.script([Text("Who needs "), asyncio.Event()])
    talk.drained.set()
    [_, *_, (name, error)] = events(await talk(apiKey=SK, stream=True))
    assert (name, error["problem"]["type"]) == ("error", "/problems/unavailable")
    assert error["partial"] == "Who needs" and provider.closed == 1
    assert talk.told[0].interrupted


async def test_a_client_that_goes_away_closes_the_provider(talk: Talking) -> None:
    provider = talk.script([Text("Who needs "), asyncio.Event()])
    asking = asyncio.ensure_future(talk(apiKey=SK, stream=True))
    await provider.waiting.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert provider.closed == 1
    [turn] = talk.told
    assert turn.interrupted and turn.usage is not None and turn.usage.estimated
    assert fact_of(turn).interrupted_at_ms is not None


async def test_the_fact_of_a_turn_holds_no_word(talk: Talking) -> None:
    await talk(apiKey=SK, message="zebra words")
    fact = fact_of(talk.told[0])
    assert "zebra" not in repr(talk.told[0]) + fact.model_dump_json() and "canary" not in fact.model_dump_json()
    assert (fact.model, fact.paid_by, fact.input_tokens, fact.output_tokens) == ("gpt-6-luna", "caller", 100, 20)
