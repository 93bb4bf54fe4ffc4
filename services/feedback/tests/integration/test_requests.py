"""Tests what goes to each provider for a role, down to the body on the wire: as it was looked at and committed.

A stand-in takes the requests, which the real client of the library writes. No provider was asked.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import aclosing, nullcontext
from pathlib import Path
from typing import Any, cast

import pytest

from feedback.models.mark import Mark
from feedback.models.prompts import PROMPTS
from feedback.models.providers import PROVIDERS
from feedback.models.providers.compatible import CompatibleProvider, Times
from feedback.models.registry_file import SHIPPED, Source, read_registry
from feedback.models.request import ChatProvider, ModelRequest
from feedback.models.secret import Secret
from feedback.models.shapes import INPUTS
from feedback.models.upstreams import Upstream
from tests.provider import ProviderStandIn, providing

FOLDER = Path(__file__).parents[1] / "unit"
GIVEN = json.loads((FOLDER / "prompt_inputs.json").read_text(encoding="utf-8"))
GOLDEN = FOLDER / "golden" / "requests.json"
MODELS = {"openai": "gpt-6-luna", "anthropic": "claude-haiku-5-5", "gemini": "gemini-3.8-flash"}


@pytest.fixture(scope="module")
async def stand_in() -> AsyncIterator[ProviderStandIn]:
    async with providing() as serving:
        yield serving


async def sent(stand_in: ProviderStandIn, name: str, role: str) -> dict[str, Any]:
    """Returns the body of a request, with the messages' roles alone: their texts are in the golden files of prompts."""
    rendered = PROMPTS[role].render(INPUTS[role].model_validate(GIVEN[role]), Mark("qwzxvbnmplkjhgfdsaty"))
    registry = read_registry([Source(str(SHIPPED), SHIPPED.read_text(encoding="utf-8"))], PROVIDERS)
    model = registry.models[MODELS[name]]
    request = ModelRequest(
        model=model.id,
        messages=rendered.messages,
        max_output_tokens=PROMPTS[role].max_output_tokens,
        schema=rendered.schema,
        temperature=0.2,
        profile=registry.profile_of(model),
        extra=Upstream(
            cast(ChatProvider, None), None, person_as=PROVIDERS[name].person_as, flags=PROVIDERS[name].keeps_nothing
        ).extra(f"pseudonym at {name}"),
    )
    provider = CompatibleProvider(
        name, "openai", stand_in.url(name), Times(connect=60, first_token=60, between_tokens=60, usage=60)
    )
    try:
        async with aclosing(provider.stream(request, Secret("sk-0123456789"), nullcontext)) as pieces:
            async for _ in pieces:
                pass
    finally:
        await provider.aclose()
    body = stand_in.last.body
    assert [message["content"] for message in body["messages"]] == [message.text for message in rendered.messages]
    return {**body, "messages": [message["role"] for message in body["messages"]]}


async def test_requests_are_as_they_were_looked_at(stand_in: ProviderStandIn) -> None:
    roles = ("child_feedback", "conversation")
    found = {name: {role: await sent(stand_in, name, role) for role in roles} for name in MODELS}
    assert found == json.loads(GOLDEN.read_text(encoding="utf-8"))
