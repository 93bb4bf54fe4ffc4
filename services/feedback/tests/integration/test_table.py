"""Tests each model of the registry over the real client, against a stand-in that refuses what such models refuse."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing
from datetime import date
from typing import Any

import pytest
from structlog.testing import capture_logs

from feedback.models.begun import Begun
from feedback.models.catalogue import Catalogue
from feedback.models.ends import Ends
from feedback.models.errors import ProviderError
from feedback.models.providers import PROVIDERS
from feedback.models.providers.compatible import CompatibleProvider, Times
from feedback.models.request import Finished, Text
from feedback.models.secret import Secret
from feedback.models.settings import ModelSettings
from feedback.models.shapes import LessonHint
from services.feedback.tests.unit.bench import GOOD, Bench
from tests.provider import ProviderStandIn, providing

OWN: dict[str, Any] = {"local_base_url": "http://127.0.0.1:9/v1", "local_model": "qwen2.5:7b"}
CHAT = [model.id for model in Catalogue(ModelSettings(**OWN)).registry.models.values() if model.kind == "chat"]
KEY = Secret("sk-a-key-of-ours")
#: limits that a busy machine does not reach
PATIENT = Times(connect=60, first_token=60, between_tokens=60, usage=60)


@pytest.fixture(scope="module")
async def stand_in() -> AsyncIterator[ProviderStandIn]:
    async with providing() as serving:
        yield serving


@pytest.fixture(scope="module")
async def bench(stand_in: ProviderStandIn) -> AsyncIterator[Bench]:
    """Provides an engine on clients of all providers, whose servers are the stand-in."""
    bench = Bench(**OWN)
    async with AsyncExitStack() as clients:
        for name, place in PROVIDERS.items():
            provider = CompatibleProvider(name, place.recipient, stand_in.url(name), PATIENT)
            clients.push_async_callback(provider.aclose)
            bench.upstreams[name].provider = provider
        yield bench


def test_the_table_has_each_provider() -> None:
    models = Catalogue(ModelSettings(**OWN)).registry.models
    assert {models[id].provider for id in CHAT} == PROVIDERS.keys()


@pytest.mark.parametrize("id", CHAT)
async def test_a_model_is_asked_as_it_takes_it(id: str, bench: Bench, stand_in: ProviderStandIn) -> None:
    """Asks for an object and for a text that streams; a model that retires is answered for."""
    model = bench.catalogue.registry.models[id]
    used = bench.catalogue.resolved(model).used
    assert used is not None
    stand_in.answer = GOOD
    answer = await bench.hint(model=model)
    assert isinstance(answer.answer, LessonHint) and answer.model == used.id
    assert answer.usage is not None and answer.usage.output_tokens > 0
    stand_in.answer = "Let us look at that together."
    begun = await bench.talk(model=model)
    assert isinstance(begun, Begun) and begun.source == f"{used.provider}/{used.id}"
    async with aclosing(begun.pieces) as pieces:
        heard = [begun.first, *[piece async for piece in pieces]]
    assert "".join(piece.text for piece in heard if isinstance(piece, Text)) == stand_in.answer
    assert isinstance(heard[-1], Finished)
    assert (stand_in.last.body["model"], stand_in.last.key) == (used.id, "our-own-key")


async def test_another_end_of_a_model_is_told_and_changes_nothing(bench: Bench, stand_in: ProviderStandIn) -> None:
    provider = bench.upstreams["openai"].provider
    assert isinstance(provider, CompatibleProvider)
    stand_in.models = [
        {"id": "gpt-4o", "object": "model", "created": 1, "owned_by": "x", "shutdown_date": "2027-01-14"},
        {"id": "gpt-6-luna", "object": "model", "created": 1, "owned_by": "x", "shutdown_date": "2027-06-01"},
        {"id": "gpt-6.1-sol", "object": "model", "created": 1, "owned_by": "x", "shutdown_date": None},
        {"id": "gpt-unknown", "object": "model", "created": 1, "owned_by": "x", "shutdown_date": "2027-06-01"},
        {"id": "gpt-5", "object": "model", "created": 1, "owned_by": "x", "shutdown_date": "soon"},
    ]
    with capture_logs() as lines:
        await Ends(bench.catalogue, provider, KEY).look()
    assert [(line["model"], line["ours"], line["theirs"]) for line in lines] == [("gpt-6-luna", None, "2027-06-01")]
    assert bench.catalogue.registry.models["gpt-6-luna"].retires_at is None


async def test_a_list_that_does_not_come_is_no_error(bench: Bench) -> None:
    class Away:
        async def ends(self, key: Secret | None) -> dict[str, date | None]:
            raise ProviderError("key_refused", status=401)

    with capture_logs() as lines:
        await Ends(bench.catalogue, Away(), KEY).look()
    assert [line["log_level"] for line in lines] == ["info"]
