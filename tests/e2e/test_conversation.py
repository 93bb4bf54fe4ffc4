"""Tests conversations as clients have them: through the running product to a stand-in of the providers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import AsyncClient

from chassis.settings import Settings
from tests.faults.canary_keys import (
    FEW,
    ON_PURPOSE,
    WAYS,
    Asking,
    Canaries,
    database_folder,
    kept_on_purpose,
    send,
)
from tests.provider import ProviderStandIn

KEY = "sk-e2e-0123456789"
PATH = "/api/conversation"


@pytest.fixture(scope="module")
async def http(all_in_one: str) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(base_url=all_in_one, timeout=120) as client:
        yield client


async def test_words_come_one_by_one(http: AsyncClient, models_at_hand: ProviderStandIn) -> None:
    body = {"message": "We begin. [fault stall]", "apiKey": KEY, "model": "GPT-4o", "stream": True}
    read = b""
    async with http.stream("POST", PATH, json=body) as answer:
        assert answer.headers["voxbus-source"] == "openai/gpt-6-luna"
        assert answer.headers["x-accel-buffering"] == "no"
        async for piece in answer.aiter_bytes():
            read += piece
            if b'"us"' in read or b'" us"' in read:  # the second word is here, and the third is not made yet
                break
        assert models_at_hand.last.tokens == 2 and not models_at_hand.last.over.is_set()
    async with asyncio.timeout(60):  # the client has gone
        await models_at_hand.last.over.wait()
    assert models_at_hand.last.ended == "hung_up"


async def test_a_model_answers_whoever_brings_a_key(http: AsyncClient) -> None:
    answer = await http.post(PATH, json={"message": "We decided to begin with zebras.", "apiKey": KEY})
    said: dict[str, Any] = answer.raise_for_status().json()
    assert (said["model"], said["paidBy"], said["finishReason"]) == ("gpt-6-luna", "caller", "stop")


async def test_a_key_in_the_wrong_place_is_refused_and_not_repeated(http: AsyncClient) -> None:
    wrong = await http.post(PATH, params={"apiKey": KEY}, json={"message": "a"})
    assert (wrong.status_code, wrong.json()["type"]) == (400, "/problems/key-in-wrong-place")
    unknown = await http.post(PATH, json={"message": "a", KEY: "b"})
    assert unknown.json()["errors"] == [{"field": None, "message": "unknown field"}]


async def test_keys_and_words_rest_nowhere(http: AsyncClient, models_at_hand: ProviderStandIn, data_dir: Path) -> None:
    """Goes a few of the ways that `make canaries` goes, and looks into what was written meanwhile."""
    began = time.time() - 1
    canaries = Canaries()
    asking = Asking(http, models_at_hand, canaries)
    await send(asking, {way: WAYS[way] for way in FEW})
    metrics = (await http.get("/metrics")).content
    assert b"voxbus_" in metrics and not canaries.found_in(metrics)
    await kept_on_purpose(http, canaries)
    below = canaries.found_below(data_dir.parent, await database_folder(Settings(data_dir=data_dir)), since=began)
    assert canaries.labels_in(below) == {ON_PURPOSE}, below
    assert {form for found in below.values() for form in found} == {"clear"}
