"""Tests the provider's file against the stand-in: one call is one call, and no word of its answers comes through."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, nullcontext

import pytest

from chassis.listener import free_port
from chassis.privacy.outside import MayBegin, NotAllowed
from chassis.testing import until
from feedback.models.errors import ProviderError
from feedback.models.providers import PROVIDERS
from feedback.models.providers.compatible import CompatibleProvider, Times
from feedback.models.request import ChatMessage, Finished, ModelRequest, Profile, Text, Usage
from feedback.models.secret import Secret
from tests.provider import STATUSES, ProviderStandIn, providing

KEY = "sk-canary-0123456789"
WORDS = "zebra words of a person"
#: limits that end a call whose stand-in never goes on; no test waits for the long ones
SHORT = 0.05
#: limits that a busy machine does not reach
PATIENT = Times(connect=60, first_token=60, between_tokens=60, usage=60)


@pytest.fixture(scope="module")
async def stand_in() -> AsyncIterator[ProviderStandIn]:
    async with providing() as serving:
        yield serving


@pytest.fixture(scope="module")
async def providers(stand_in: ProviderStandIn) -> AsyncIterator[dict[str, CompatibleProvider]]:
    """Provides a client of each kind of provider: to make one costs 30 ms."""
    async with AsyncExitStack() as stack:
        kinds = ("openai", "anthropic", "gemini")
        yield {name: await stack.enter_async_context(opened(stand_in.url(name))) for name in kinds}


@pytest.fixture(scope="module")
def provider(providers: dict[str, CompatibleProvider]) -> CompatibleProvider:
    return providers["openai"]


@asynccontextmanager
async def opened(url: str, times: Times | None = None) -> AsyncIterator[CompatibleProvider]:
    provider = CompatibleProvider("openai", "openai", url, times or PATIENT)
    try:
        yield provider
    finally:
        await provider.aclose()


def request(fault: str = "", model: str = "model-1", **more: object) -> ModelRequest:
    said = f"{WORDS} [fault {fault}]" if fault else WORDS
    messages = [ChatMessage("system", "Be short."), ChatMessage("user", said)]
    return ModelRequest(model=model, messages=messages, max_output_tokens=300, **more)  # type: ignore[arg-type]


async def answer(
    provider: CompatibleProvider, asked: ModelRequest, may_begin: MayBegin = nullcontext, key: Secret | None = None
) -> tuple[str, Finished]:
    text, end = "", None
    async with aclosing(provider.stream(asked, key or Secret(KEY), may_begin)) as pieces:
        async for piece in pieces:
            if isinstance(piece, Text):
                text += piece.text
            else:
                end = piece
    assert end is not None
    return text, end


async def failure(provider: CompatibleProvider, asked: ModelRequest) -> ProviderError:
    """Returns the error of a call, after a look for the key and the words wherever an error could hold them."""
    with pytest.raises(ProviderError) as caught:
        await answer(provider, asked)
    error: BaseException | None = caught.value
    assert error is not None and error.__cause__ is None and error.__context__ is None
    written = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    ours = written.partition("compatible.py")[2]  # locals of this test hold both
    assert KEY not in ours + repr(vars(error))
    assert "zebra" not in ours + repr(vars(error))
    return caught.value


async def test_an_answer_comes_in_pieces_and_ends_with_its_usage(
    stand_in: ProviderStandIn, provider: CompatibleProvider
) -> None:
    text, end = await answer(provider, request())
    assert text == stand_in.answer
    assert end.reason == "stop" and end.usage is not None and end.usage.output_tokens == len(text.split())
    assert end.request_id == f"req_{len(stand_in.calls)}"
    assert stand_in.last.key == KEY
    assert stand_in.last.body["messages"][0] == {"role": "system", "content": "Be short."}
    assert "x-stainless-os" not in stand_in.last.headers and stand_in.last.headers["user-agent"] == "Voxbus"


async def test_keys_that_differ_go_over_one_connection(stand_in: ProviderStandIn, provider: CompatibleProvider) -> None:
    for number in range(3):
        await answer(provider, request(), key=Secret(f"key-{number}"))
    last = stand_in.calls[-3:]
    assert [call.key for call in last] == ["key-0", "key-1", "key-2"]
    assert len({call.connection for call in last}) == 1


@pytest.mark.parametrize("provider_name", ["openai", "anthropic", "gemini"])
@pytest.mark.parametrize("fault", STATUSES)
async def test_a_refusal_is_one_call_and_says_nothing(
    fault: str, provider_name: str, stand_in: ProviderStandIn, providers: dict[str, CompatibleProvider]
) -> None:
    before = len(stand_in.calls)
    provider = providers[provider_name]
    error = await failure(provider, request(fault))
    assert error.status == int(fault) and error.request_id == "req_whole"
    assert len(stand_in.calls) == before + 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("429-quota", "quota"),
        ("400-credit", "quota"),
        ("400-key", "key_refused"),
        ("html", "failed"),
        ("redirect", "failed"),
        ("hang-up", "failed"),
        ("cut", "cut"),
        ("cut-clean", "cut"),
        ("no-reason", "cut"),
        ("error-first", "failed"),
        ("error-event", "cut"),
        ("garbage-first", "failed"),
        ("garbage", "cut"),
    ],
)
async def test_a_broken_answer_is_one_call_and_no_answer(
    fault: str, kind: str, stand_in: ProviderStandIn, provider: CompatibleProvider
) -> None:
    before = len(stand_in.calls)
    assert (await failure(provider, request(fault))).kind == kind
    assert len(stand_in.calls) == before + 1


@pytest.mark.parametrize(
    ("fault", "times", "phase"),
    [
        ("silent", Times(first_token=SHORT), "first_token"),
        ("slow-first", Times(first_token=SHORT), "first_token"),
        ("stall", Times(between_tokens=SHORT), "between_tokens"),
        ("stall", Times(whole=SHORT), "whole"),
    ],
)
async def test_a_provider_that_stops_is_left(fault: str, times: Times, phase: str) -> None:
    async with providing() as own, opened(own.url(), times) as provider:
        error = await failure(provider, request(fault))
        assert (error.kind, error.phase) == ("timeout", phase)
        async with asyncio.timeout(20):
            for call in own.calls:  # none, where the time was over before the machine had sent it
                await call.over.wait()
                assert call.ended == "hung_up"


async def test_without_a_connection_nothing_is_sent() -> None:
    began = []

    @asynccontextmanager
    async def may_begin() -> AsyncIterator[None]:
        began.append(1)
        yield

    async with opened(f"http://127.0.0.1:{free_port()}/v1") as provider:
        with pytest.raises(ProviderError) as caught:
            await answer(provider, request(), may_begin)
    assert caught.value.kind == "unreachable" and caught.value.may_be_repeated and not began


@pytest.mark.parametrize(
    ("fault", "reason", "usage"),
    [
        ("length", "length", True),
        ("filter", "safety", True),
        ("no-usage", "stop", False),
        ("cut-after-reason", "stop", False),
        ("empty", "stop", True),
        ("odd", "stop", True),
    ],
)
async def test_an_answer_with_a_reason_is_whole(
    fault: str, reason: str, usage: bool, stand_in: ProviderStandIn, provider: CompatibleProvider
) -> None:
    text, end = await answer(provider, request(fault))
    assert text == ("" if fault == "empty" else stand_in.answer)
    assert (end.reason, end.usage is not None) == (reason, usage)


async def test_whoever_leaves_early_hangs_up(stand_in: ProviderStandIn, provider: CompatibleProvider) -> None:
    async with aclosing(provider.stream(request("stall"), Secret(KEY), nullcontext)) as pieces:
        assert isinstance(await anext(pieces), Text)
    async with asyncio.timeout(20):
        await stand_in.last.over.wait()
    assert stand_in.last.ended == "hung_up"


async def test_the_gate_is_open_while_the_first_byte_is_sent(
    stand_in: ProviderStandIn, provider: CompatibleProvider
) -> None:
    seen: list[str] = []

    @asynccontextmanager
    async def may_begin() -> AsyncIterator[None]:
        seen.append(f"opened, {len(stand_in.calls)} calls")
        yield
        seen.append("closed")

    async def called() -> bool:
        return len(stand_in.calls) > before

    before = len(stand_in.calls)
    async with aclosing(provider.stream(request("slow-first"), Secret(KEY), may_begin)) as pieces:
        first = asyncio.ensure_future(anext(pieces))
        await until(called)
        assert seen == [f"opened, {before} calls", "closed"]
        stand_in.release.set()
        await first
    stand_in.release.clear()


async def test_a_closed_gate_lets_no_byte_out(stand_in: ProviderStandIn, provider: CompatibleProvider) -> None:
    allowed = False

    @asynccontextmanager
    async def may_begin() -> AsyncIterator[None]:
        if not allowed:
            raise NotAllowed("ai_text by openai")
        yield

    before = len(stand_in.calls)
    with pytest.raises(NotAllowed):
        await answer(provider, request(), may_begin)
    await answer(provider, request())
    assert len(stand_in.calls) == before + 1


async def test_a_profile_decides_what_is_sent(stand_in: ProviderStandIn, provider: CompatibleProvider) -> None:
    luna = Profile(
        token_limit="max_completion_tokens",
        sampling="without_reasoning",
        reasoning_effort="none",
        response_format="honoured",
        system_role="developer",
    )
    await answer(provider, request(model="gpt-6-luna", profile=luna, temperature=0.4, schema={"type": "object"}))
    sent = stand_in.last.body
    assert sent["max_completion_tokens"] == 300 and "max_tokens" not in sent
    assert (sent["reasoning_effort"], sent["temperature"]) == ("none", 0.4)
    assert sent["messages"][0]["role"] == "developer"
    assert sent["response_format"]["json_schema"]["schema"] == {"type": "object"}
    await answer(provider, request(temperature=0.4, schema={"type": "object"}))
    assert not {"temperature", "response_format", "reasoning_effort"} & stand_in.last.body.keys()
    error = await failure(provider, request(model="gpt-6-luna"))  # a profile that does not suit the model
    assert (error.kind, error.status) == ("refused", 400)


async def test_the_environment_of_the_library_changes_nothing(
    stand_in: ProviderStandIn, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("API_KEY", "ADMIN_KEY", "ORG_ID", "PROJECT_ID", "WEBHOOK_SECRET"):
        monkeypatch.setenv(f"OPENAI_{name}", "environment")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/environment")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Environment: environment\nAuthorization: Bearer environment")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("OPENAI_LOG", "debug")
    logging.getLogger("openai").setLevel(logging.DEBUG)
    with caplog.at_level(logging.DEBUG):
        async with opened(stand_in.url()) as provider:
            await answer(provider, request())
            await failure(provider, request("401"))
    assert "environment" not in repr(stand_in.last.headers)
    assert not [each for each in caplog.records if each.name.startswith("openai")]
    assert KEY not in caplog.text and "zebra" not in caplog.text


def test_the_table_names_four_providers() -> None:
    assert {name: place.recipient for name, place in PROVIDERS.items()} == {
        "openai": "openai",
        "anthropic": "anthropic",
        "gemini": "gemini",
        "local": "voxbus",
    }
    assert Usage(1, 2).cached_input_tokens == 0
