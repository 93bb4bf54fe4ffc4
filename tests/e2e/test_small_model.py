"""Tests the small model itself, which `make model` installs: gateway and feedback in one process, the model in another.

`.ci/run` installs it, and has VOXBUS_TEST_SMALL_MODEL set: there these tests fail where it is not installed.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient

from chassis.bus.memory import MemoryBus
from chassis.fresh_databases import fresh_database
from chassis.settings import Settings
from chassis.storage.media import open_media
from chassis.testing import Harness, running, until
from feedback.models.small_model import installed
from feedback.service import SERVICE as FEEDBACK
from gateway.service import SERVICE as GATEWAY

MODEL = "smollm2-135m"
Headers = dict[str, str]

pytestmark = pytest.mark.skipif(
    installed() is None and "VOXBUS_TEST_SMALL_MODEL" not in os.environ,
    reason="the small model is not installed: make model",
)


@pytest.fixture(scope="module")
async def house(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Harness]:
    folder, services, bus = tmp_path_factory.mktemp("small"), [GATEWAY, FEEDBACK], MemoryBus()
    settings = Settings(port=0, data_dir=folder, look_every=0.05)
    with pytest.MonkeyPatch.context() as environment:
        async with fresh_database(postgres_url, services) as url:
            for name, value in {"LOCAL_MODEL": "smollm2", "CONTENT_URL": "http://127.0.0.1:9"}.items():
                environment.setenv(f"VOXBUS_{name}", value)
            environment.setenv("VOXBUS_NOTIFY_URL", "http://127.0.0.1:9")
            async with running(services, url, bus, open_media(None, folder), settings) as harness:
                yield harness
            await bus.close()


@pytest.fixture(scope="module")
async def client(house: Harness) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(base_url=house.address, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
async def author(house: Harness, client: AsyncClient) -> Headers:
    """Signs up an author, and waits until the model has answered one."""
    body = {"email": f"{uuid4()}@b.example", "password": "correct horse", "username": "Robin"}
    made = (await client.post("/auth/signup", json={**body, "birth_date": "2001-05-17"})).json()
    grant = "UPDATE people SET roles = array_append(roles, 'author') WHERE id = $1"
    await house.rows("gateway", grant, UUID(made["user"]["id"]))
    headers = {"Authorization": f"Bearer {made['access_token']}"}
    await until(lambda: answered(client, headers), within=120, what="the small model")
    return headers


async def answered(client: AsyncClient, author: Headers) -> dict[str, Any] | None:
    """Returns the result of a run, if the model has answered."""
    body = {"role": "conversation", "input": {"message": "Whom should we ask first?"}, "model": MODEL}
    job = await client.post("/ai/runs", headers={**author, "Prefer": "wait=30"}, json=body)
    found: dict[str, Any] | None = job.json().get("result")
    return found


def children() -> list[int]:
    """Returns the processes that serve the model: our children that have its engine loaded."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            if parent == str(os.getpid()) and "xllamacpp" in (folder / "maps").read_text():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


async def test_its_answer_is_fit_to_be_said_and_says_what_it_is_of(client: AsyncClient, author: Headers) -> None:
    result = await answered(client, author)
    assert result is not None
    assert (result["source"], result["cost_usd"]) == (f"local/{MODEL}", "0.000000")
    assert [each["code"] for each in result["notices"]] == ["small-model"]
    assert 0 < len(result["answer"]) <= 1500
    assert not set("*#`[]<>") & set(result["answer"])
    assert 0 < result["usage"]["output_tokens"] <= 100


async def test_its_words_come_as_they_are_made(client: AsyncClient, author: Headers) -> None:
    body = {"role": "conversation", "input": {"message": "Tell me how a kettle is made."}, "model": MODEL}
    begun = await client.post("/ai/runs", headers=author, json=body)
    texts = []
    async with client.stream("GET", f"{begun.headers['location']}/events", headers=author) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("data: ") and "text" in (told := json.loads(line.removeprefix("data: "))["data"]):
                texts.append(told["text"])
    assert len(texts) > 1


async def test_anyone_may_talk_with_it(client: AsyncClient, author: Headers) -> None:
    """Talks without an account. `author`: the model is there."""
    told: list[tuple[str, Any]] = []
    body = {"message": "We want fewer people to leave at the address form.", "maxOutputTokens": 60}
    headers = {"Accept": "text/event-stream"}
    async with client.stream("POST", "/api/conversation", json=body, headers=headers) as answer:
        assert (answer.status_code, answer.headers["voxbus-source"]) == (200, f"local/{MODEL}")
        name = ""
        async for line in answer.aiter_lines():
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                told.append((name, json.loads(value)))
    assert [told[0][0], told[-1][0]] == ["start", "done"]
    assert [each["code"] for each in told[0][1]["notices"]] == ["small-model", "no-key"]
    deltas = [data["text"] for name, data in told if name == "delta"]
    done = told[-1][1]
    assert len(deltas) > 1 and "".join(deltas) == done["response"]
    assert (done["source"], done["paidBy"], done["costUsd"]) == (f"local/{MODEL}", "nobody", None)
    assert done["notices"] == told[0][1]["notices"]
    assert done["usage"]["outputTokens"] <= 60


async def test_words_that_need_care_are_answered_by_rules(client: AsyncClient, author: Headers) -> None:
    answer = await client.post("/api/conversation", json={"message": "I want to die."})
    assert answer.json()["source"] == "rules/facilitator-1"


async def test_it_may_be_asked_for_nothing_else(client: AsyncClient, author: Headers) -> None:
    body = {"role": "tweet_style", "input": {"tweets": ["Tea is ready."]}, "model": MODEL}
    refused = await client.post("/ai/runs", headers=author, json=body)
    assert refused.status_code == 422
    assert refused.json()["errors"] == [
        {"field": "model", "message": "names a model that may not be asked for this role"}
    ]
    roles = {each["role"]: each for each in (await client.get("/ai/roles")).json()["items"]}
    assert [role for role, each in roles.items() if MODEL in each["models"]] == ["conversation"]
    assert (roles["conversation"]["available"], roles["lesson_hint"]["why"]) == (True, "no-key")


@pytest.mark.landing
async def test_a_child_that_dies_is_started_again(client: AsyncClient, author: Headers) -> None:
    [child] = children()
    os.kill(child, signal.SIGKILL)
    result = await until(lambda: answered(client, author), within=120, what="another child")
    assert result["source"] == f"local/{MODEL}"
    [another] = children()
    assert another != child
