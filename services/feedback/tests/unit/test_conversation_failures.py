"""Tests a turn of a conversation whose provider fails, or whose client goes; the provider is a script."""

from __future__ import annotations

import asyncio
from functools import partial
from uuid import UUID

import pytest

from chassis.observe.metrics import REGISTRY
from chassis.web.principal import Principal
from feedback.conversation.turn_facts import fact_of
from feedback.conversation.turn_problems import problem_of
from feedback.models.errors import Kind, ProviderError
from feedback.models.request import Text
from services.feedback.tests.unit.conversations import SK, WHOLE, Talking, events

ADULT = Principal(id=UUID("018f6a1e-0000-7000-8000-000000000001"), age_band="of_age")
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
    answer = await talk(apiKey=SK)  # no stream, so there is none that was cut
    assert (answer.status, answer.json()["type"]) == (502, "/problems/provider-failed")
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


async def test_a_process_that_ends_ends_its_streams(talk: Talking) -> None:
    provider = talk.script([Text("Who needs "), asyncio.Event()])
    talk.drained.set()
    [_, *_, (name, error)] = events(await talk(apiKey=SK, stream=True))
    assert (name, error["problem"]["type"]) == ("error", "/problems/unavailable")
    assert error["partial"] == "Who needs" and provider.closed == 1
    assert talk.told[0].interrupted


async def test_a_client_that_goes_away_closes_the_provider(talk: Talking) -> None:
    provider = talk.script([Text("Who needs "), asyncio.Event()])
    streams = partial(REGISTRY.get_sample_value, "voxbus_conversation_streams")
    before = streams() or 0
    asking = asyncio.ensure_future(talk(apiKey=SK, stream=True))
    await provider.waiting.wait()
    assert streams() == before + 1
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert (provider.closed, streams()) == (1, before)
    [turn] = talk.told
    assert turn.interrupted and turn.usage is not None and turn.usage.estimated
    assert fact_of(turn).interrupted_at_ms is not None
