"""Tests that the client of models is made when it is first needed, once, and that what it says comes through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import nullcontext
from datetime import date
from typing import ClassVar

import pytest

from chassis.privacy.law import Recipient
from chassis.privacy.outside import MayBegin
from feedback.models.providers import CLIENT, late
from feedback.models.providers.compatible import CompatibleProvider
from feedback.models.providers.late import LateProvider
from feedback.models.request import Finished, ModelRequest, Piece, Text
from feedback.models.secret import Secret

REQUEST = ModelRequest(model="gpt-6-luna", messages=[], max_output_tokens=40)


class Client:
    """Stands in for the client."""

    made: ClassVar[list[Client]] = []
    is_closed = False

    def __init__(self, name: str, recipient: Recipient, base_url: str) -> None:
        self.name, self.recipient, self.base_url = name, recipient, base_url
        self.made.append(self)

    async def stream(
        self, request: ModelRequest, key: Secret | None, may_begin: MayBegin
    ) -> AsyncGenerator[Piece, None]:
        yield Text(f"{request.model} at {self.base_url} with {None if key is None else key.reveal()}")
        yield Finished("stop")

    async def ends(self, key: Secret | None) -> Mapping[str, date | None]:
        return {self.name: None}

    async def aclose(self) -> None:
        self.is_closed = True


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Client, "made", [])
    monkeypatch.setattr(late, "CLIENT", f"{__name__}:Client")


async def said(provider: LateProvider) -> list[Piece]:
    return [piece async for piece in provider.stream(REQUEST, Secret("a-key-of-somebody"), nullcontext)]


async def test_calls_at_once_make_one_client() -> None:
    provider = LateProvider("openai", "openai", "http://127.0.0.1:9")
    assert Client.made == []
    answers = await asyncio.gather(*(said(provider) for _ in range(3)))
    text = Text("gpt-6-luna at http://127.0.0.1:9 with a-key-of-somebody")
    assert answers == [[text, Finished("stop")]] * 3
    assert await provider.ends(None) == {"openai": None}
    [client] = Client.made
    await provider.aclose()
    assert client.is_closed


async def test_one_that_nobody_asked_has_nothing_to_close() -> None:
    await LateProvider("openai", "openai", "http://127.0.0.1:9").aclose()
    assert Client.made == []


def test_its_name_is_that_of_the_client() -> None:
    assert f"{CompatibleProvider.__module__}:{CompatibleProvider.__name__}" == CLIENT
