"""Tests when a provider is kept away, who may try it again, and how many calls it gets at once."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing, nullcontext
from dataclasses import replace

import pytest

from chassis.privacy.law import Recipient
from chassis.privacy.outside import MayBegin
from feedback.models.condition import condition
from feedback.models.errors import Kind, ProviderError
from feedback.models.failures import RULE, is_failure
from feedback.models.request import ChatMessage, Finished, ModelRequest, Piece, Text
from feedback.models.retry import wait_before
from feedback.models.secret import Secret
from feedback.models.slots import NoSlot, Slots
from feedback.models.upstreams import Upstream

REQUEST = ModelRequest(model="m", messages=[ChatMessage("user", "hello")], max_output_tokens=9)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Provider:
    """Stands in for a provider: each call takes the next of `script`, an error or a text."""

    name = "openai"
    recipient: Recipient = "openai"

    def __init__(self, *script: ProviderError | str) -> None:
        self.script = list(script)
        self.calls = 0

    async def stream(
        self, request: ModelRequest, key: Secret | None, may_begin: MayBegin
    ) -> AsyncGenerator[Piece, None]:
        self.calls += 1
        said = self.script.pop(0)
        async with may_begin():
            if isinstance(said, ProviderError):
                raise said
        yield Text(said)
        yield Finished("stop")


def failing(kind: Kind = "failed", status: int | None = 500) -> ProviderError:
    return ProviderError(kind, status=status)


async def call(upstream: Upstream, key: Secret | None = None) -> str:
    """Returns how one call came out."""
    try:
        async with aclosing(upstream.stream(REQUEST, nullcontext, key)) as pieces:
            return "".join([piece.text async for piece in pieces if isinstance(piece, Text)])
    except ProviderError as error:
        return error.code or error.kind


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 408, 409, 413, 422, 429])
def test_a_refusal_is_no_failure(status: int) -> None:
    assert not is_failure(failing("refused", status))
    assert not is_failure(failing("failed", status))


async def test_refusals_of_one_persons_call_keep_nobody_away() -> None:
    upstream = Upstream(Provider(*[failing("refused", 400)] * 9, "hello"), Secret("our-own-key"), rule=RULE)
    assert [await call(upstream) for _ in range(10)] == ["refused"] * 9 + ["hello"]


async def test_a_provider_that_fails_is_not_called_until_it_has_rested() -> None:
    clock = Clock()
    provider = Provider(*[failing()] * 5, "hello", "again")
    upstream = Upstream(provider, Secret("our-own-key"), clock=clock)
    assert [await call(upstream) for _ in range(7)] == ["failed"] * 5 + ["breaker"] * 2
    assert provider.calls == 5
    clock.now += 30
    assert [await call(upstream) for _ in range(2)] == ["hello", "again"]


async def test_a_probe_that_nobody_waits_for_any_more_lets_another_try() -> None:
    clock = Clock()
    upstream = Upstream(
        Provider(failing(), "hello", "again"), Secret("our-own-key"), rule=replace(RULE, failures=1), clock=clock
    )
    await call(upstream)
    clock.now += 30
    pieces = upstream.stream(REQUEST, nullcontext)
    await anext(pieces)
    await pieces.aclose()
    assert upstream.breaker.state == "closed"  # a token is an answer
    assert await call(upstream) == "again"


async def test_our_key_that_is_refused_takes_the_provider_off_for_ten_minutes_and_a_callers_does_not() -> None:
    clock = Clock()
    refused = failing("key_refused", 401)
    upstream = Upstream(Provider(refused, refused), Secret("our-own-key"), clock=clock)
    states: list[str] = []
    for key in (Secret("a-callers-key"), None):
        await call(upstream, key)
        states.append(upstream.key_state)
    clock.now += 600
    assert [*states, upstream.key_state] == ["configured", "refused", "configured"]


async def test_slots_are_few_and_those_of_callers_are_others() -> None:
    upstream = Upstream(Provider(), None, concurrency=1, wait=0)
    async with upstream.slots.held():
        with pytest.raises(NoSlot):
            async with upstream.slots.held():
                raise AssertionError
        async with upstream.callers_slots.held():
            assert (upstream.slots.taken, upstream.callers_slots.taken) == (1, 1)
    async with upstream.slots.held():
        assert upstream.slots.taken == 1


async def test_a_slot_is_free_again_after_an_error() -> None:
    slots = Slots(1, wait=0)
    for _ in range(2):
        with pytest.raises(ValueError, match="within"):
            async with slots.held():
                raise ValueError("within")
    assert slots.taken == 0


@pytest.mark.parametrize(
    ("error", "wait"),
    [
        (failing("unreachable", None), 1.1),
        *((failing("failed", status), 1.1) for status in (408, 409, 500, 502, 503)),
        (failing("overloaded", 529), 1.1),
        (ProviderError("rate_limited", status=429, retry_after=3.0), 3.0),
        (ProviderError("rate_limited", status=429, retry_after=0.1), 1.1),
        (ProviderError("rate_limited", status=429, retry_after=6.0), None),
        (ProviderError("overloaded", status=503, retry_after=6.0), None),
        (failing("rate_limited", 429), None),
        (failing("quota", 429), None),
        (failing("failed", 504), None),
        *((failing("refused", status), None) for status in (400, 413, 422)),
        (failing("key_refused", 401), None),
        (failing("timeout", None), None),
        (failing("cut", None), None),
    ],
)
def test_a_call_is_repeated_only_where_that_may_help(error: ProviderError, wait: float | None) -> None:
    assert wait_before(error, lambda: 0.5) == wait


async def test_the_health_of_models_tells_of_breakers_and_refused_keys_and_calls_nobody() -> None:
    clock = Clock()
    provider = Provider(failing(), "hello", failing("key_refused", 401))
    upstream = Upstream(provider, Secret("sk-ours"), rule=replace(RULE, failures=1), clock=clock)
    assert condition({"openai": upstream}) == "ok"
    await call(upstream)
    assert condition({"openai": upstream}) == "degraded"
    clock.now += RULE.rest
    assert (condition({"openai": upstream}), provider.calls) == ("degraded", 1)  # half open: nobody knows yet
    await call(upstream)
    assert condition({"openai": upstream}) == "ok"
    await call(upstream)
    assert condition({"openai": upstream}) == "degraded"
    assert condition({"openai": Upstream(Provider(), None)}) == "ok"  # no key is no trouble
