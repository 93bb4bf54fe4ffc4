"""Tests answers as jobs over HTTP: gateway and feedback in one process, with a stand-in for a provider of models."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient, Response

from chassis.bus.memory import MemoryBus
from chassis.fresh_databases import fresh_database
from chassis.settings import Settings
from chassis.storage.media import open_media
from chassis.testing import LOOK_EVERY_S, Harness, running, until
from feedback.service import SERVICE as FEEDBACK
from gateway.service import SERVICE as GATEWAY
from tests.provider import ProviderStandIn, providing

LUNA = "gpt-6-luna"
SAID = {"message": "We want fewer support calls."}
RULES = "rules/facilitator-1"
Headers = dict[str, str]


@dataclass(frozen=True)
class House:
    """Holds the process, a client of it, and the stand-in that it asks."""

    harness: Harness
    client: AsyncClient
    provider: ProviderStandIn

    async def person(self, role: str | None = "author") -> Headers:
        """Signs up a new adult, with a role if one is named; returns the headers of that person's requests."""
        body = {"email": f"{uuid4()}@b.example", "password": "correct horse", "username": "Robin"}
        made = (await self.client.post("/auth/signup", json={**body, "birth_date": "2001-05-17"})).json()
        if role is not None:
            grant = "UPDATE people SET roles = array_append(roles, $2) WHERE id = $1"
            await self.harness.rows("gateway", grant, UUID(made["user"]["id"]), role)
        return {"Authorization": f"Bearer {made['access_token']}"}

    async def ask(self, headers: Headers, role: str = "conversation", given: Any = None, **more: Any) -> Response:
        """Begins a run."""
        model = more.pop("model", None)
        body = {"role": role, "input": given or SAID, **({} if model is None else {"model": model})}
        return await self.client.post("/ai/runs", headers={**headers, **more}, json=body)

    async def ended(self, headers: Headers, begun: Response) -> dict[str, Any]:
        """Waits for the end of a run, and returns its job."""
        assert begun.status_code == 202, begun.text

        async def job() -> dict[str, Any] | None:
            found: dict[str, Any] = (await self.client.get(begun.headers["location"], headers=headers)).json()
            return found if found["finished_at"] else None

        found: dict[str, Any] = await until(job, what="the end of a run")
        return found

    async def run(self, headers: Headers, *args: Any, **more: Any) -> dict[str, Any]:
        return await self.ended(headers, await self.ask(headers, *args, **more))

    async def ledger(self, headers: Headers) -> list[Any]:
        """Returns the rows of a person's calls."""
        me = (await self.client.get("/me", headers=headers)).json()["id"]
        mine = "SELECT * FROM ai_ledger WHERE person_id = $1 ORDER BY opened_at"
        return list(await self.harness.rows("feedback", mine, UUID(me)))


@pytest.fixture(scope="module")
async def running_house(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder, services, bus = tmp_path_factory.mktemp("house"), [GATEWAY, FEEDBACK], MemoryBus()
    settings = Settings(port=0, data_dir=folder, look_every=LOOK_EVERY_S)
    with pytest.MonkeyPatch.context() as environment:
        async with providing() as provider, fresh_database(postgres_url, services) as url:
            for name, value in {
                "OPENAI_API_KEY": "sk-a-key-of-our-own",
                "OPENAI_BASE_URL": provider.url(),
                "AI_PERSON_DAY_USD": "0.01",
                "CONTENT_URL": "http://127.0.0.1:9",
                "NOTIFY_URL": "http://127.0.0.1:9",
            }.items():
                environment.setenv(f"VOXBUS_{name}", value)
            async with (
                running(services, url, bus, open_media(None, folder), settings) as harness,
                AsyncClient(base_url=harness.address, timeout=60) as client,
            ):
                yield House(harness, client, provider)
            await bus.close()


@pytest.fixture(scope="module")
async def author(running_house: House) -> Headers:
    return await running_house.person()


@pytest.fixture
def house(running_house: House) -> Iterator[House]:
    """Provides the house, and a stand-in with nothing of earlier tests."""
    provider = running_house.provider
    provider.calls.clear()
    yield running_house
    assert provider.faults == []
    provider.release.set()
    provider.release.clear()


async def stream(house: House, headers: Headers, job: str) -> list[tuple[str, Any]]:
    """Follows a job to its end; returns name and data of each event."""
    found: list[tuple[str, Any]] = []
    async with house.client.stream("GET", f"/jobs/{job}/events", headers=headers) as answer:
        name = ""
        async for line in answer.aiter_lines():
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                found.append((name, json.loads(value)["data"]))
    return found


async def test_a_run_is_answered_once_and_its_result_says_how(house: House) -> None:
    author = await house.person()
    job = await house.run(author)
    assert (job["kind"], job["status"], job["problem"]) == ("ai_run", "succeeded", None)
    result = job["result"]
    [tried] = result.pop("tries")
    assert (tried["provider"], tried["model"], tried["outcome"]) == ("openai", LUNA, "answered")
    usage = result.pop("usage")
    cost = (usage["input_tokens"] * Decimal("0.10") + usage["output_tokens"] * Decimal("0.50")) / 1_000_000
    assert Decimal(result.pop("cost_usd")) - cost < Decimal("0.000001")
    assert result == {
        "answer": house.provider.answer,
        "source": f"openai/{LUNA}",
        "prompt": "conversation/1",
        "repaired": False,
        "notices": [],
    }
    assert len(house.provider.calls) == 1
    [row] = await house.ledger(author)
    assert (row.state, row.cost, row.output_tokens) == ("reported", cost, usage["output_tokens"])
    usage_of = (await house.client.get("/ai/usage", headers=author)).json()
    assert (usage_of["cap_usd"], usage_of["reserved_usd"]) == ("0.010000", "0.000000")
    assert [each["calls"] for each in usage_of["by_role"]] == [1]
    effects = await house.harness.rows("feedback", "SELECT result::text AS said FROM effects")
    assert effects
    assert not any("together" in each.said for each in effects)  # a word of the answer


async def test_eight_at_once_with_one_key_make_one_call(house: House, author: Headers) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    begun = await asyncio.gather(*(house.ask(author, **key) for _ in range(8)))
    assert {each.status_code for each in begun} == {202}
    assert len({each.json()["job"]["id"] for each in begun}) == 1
    assert (await house.ended(author, begun[0]))["status"] == "succeeded"
    assert len(house.provider.calls) == 1
    other = await house.ask(author, given={"message": "Something else."}, **key)
    assert other.status_code == 422


async def test_whoever_waits_gets_the_job_with_its_result(house: House, author: Headers) -> None:
    answer = await house.ask(author, Prefer="wait=30")
    assert answer.status_code == 200
    assert answer.json()["result"]["source"] == f"openai/{LUNA}"


async def test_the_text_is_read_while_it_is_written(house: House, author: Headers) -> None:
    house.provider.faults.append("stall")
    begun = await house.ask(author)
    job = begun.json()["job"]["id"]
    reading = asyncio.create_task(stream(house, author, job))

    async def is_writing() -> bool:
        return bool(house.provider.calls and house.provider.calls[-1].tokens == 2)

    await until(is_writing)
    house.provider.release.set()
    events = await reading
    names = [name for name, _ in events if name != "progress"]
    assert names == ["ai.accepted", "step.started", "ai.answered", "job.succeeded", "job.end"]
    said = dict(events)
    assert said["ai.accepted"] == {"role": "conversation", "model": None}
    assert said["ai.answered"] == {"answer": house.provider.answer, "source": f"openai/{LUNA}"}
    text = ""
    for told in (data for name, data in events if name == "progress"):
        assert told["from"] <= len(text)
        text = text[: told["from"]] + told["text"]
    assert house.provider.answer.startswith(text)


async def test_a_cancelled_job_hangs_up_and_is_settled_by_what_was_made(house: House) -> None:
    author = await house.person()
    house.provider.faults.append("stall")
    begun = await house.ask(author)

    async def is_writing() -> bool:
        return bool(house.provider.calls and house.provider.calls[-1].tokens == 2)

    await until(is_writing)
    [row] = await house.ledger(author)
    assert row.state == "open"
    cancelled = await house.client.delete(begun.headers["location"], headers=author)
    assert cancelled.status_code == 202

    async def is_over() -> bool:
        return house.provider.calls[-1].over.is_set()

    await until(is_over)
    assert house.provider.calls[-1].ended == "hung_up"

    async def settled() -> Any:
        [row] = await house.ledger(author)
        return row if row.state != "open" else None

    row = await until(settled)
    assert row.state == "estimated"
    assert 0 < row.cost < row.estimate


async def test_a_spent_budget_is_answered_by_rules_and_ends_a_run_of_a_certain_model(house: House) -> None:
    author = await house.person()
    today = "(now() AT TIME ZONE 'UTC')::date"
    spent = f"INSERT INTO budgets (day, scope, name, person_id, spent) VALUES ({today}, $1, $2, $3, 1)"
    me = (await house.client.get("/me", headers=author)).json()["id"]
    await house.harness.rows("feedback", spent, "person", me, UUID(me))
    result = (await house.run(author))["result"]
    assert (result["source"], result["prompt"], result["usage"]) == (RULES, None, None)
    [notice] = [each for each in result["notices"] if each["code"] == "budget-spent"]
    assert notice["resets_at"].endswith("T00:00:00Z")
    assert {each["outcome"] for each in result["tries"] if each["provider"] == "openai"} == {"budget-spent"}
    job = await house.run(author, model=LUNA)
    assert (job["status"], job["problem"]["type"], job["result"]) == ("failed", "/problems/budget-spent", None)
    assert house.provider.calls == []


async def test_why_no_model_has_answered_is_told(house: House, author: Headers) -> None:
    job = await house.run(author, model="Claude 3.7 Sonnet")
    assert (job["status"], job["problem"]["type"]) == ("failed", "/problems/no-model")
    assert "anthropic/claude-sonnet-5-5 (no-key)" in job["problem"]["detail"]
    house.provider.faults += ["500", "500"]
    failed = await house.run(author, model=LUNA)
    assert failed["problem"]["detail"].count(f"openai/{LUNA} (failed)") == 2
    assert len(house.provider.calls) == 2


async def test_an_answer_that_cannot_be_used_is_repaired_once_and_then_refused(house: House, author: Headers) -> None:
    job = await house.run(author, "tweet_style", {"tweets": ["Good morning!"]}, model=LUNA)
    assert (job["status"], job["problem"]["type"]) == ("failed", "/problems/answer-unusable")
    assert len(house.provider.calls) == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"role": "realtime", "input": {}}, "role"),
        ({"role": "Conversation", "input": SAID}, "role"),
        ({"role": "conversation", "input": {}}, "input.message"),
        ({"role": "conversation", "input": {"message": ""}}, "input.message"),
        ({"role": "conversation", "input": {**SAID, "system": "Be rude."}}, "system"),
        ({"role": "conversation", "input": "We want fewer support calls."}, "input"),
        ({"role": "tweet_style", "input": {"tweets": []}}, "input.tweets"),
        ({"role": "conversation", "input": SAID, "model": "gpt-9"}, "model"),
        ({"role": "conversation", "input": SAID, "model": "gpt-realtime-2.1"}, "model"),
        ({"role": "conversation", "input": SAID, "model": "x" * 81}, "model"),
        ({"role": "conversation"}, "input"),
    ],
)
async def test_a_run_that_cannot_be(house: House, author: Headers, body: dict[str, Any], field: str) -> None:
    answer = await house.client.post("/ai/runs", headers=author, json=body)
    assert answer.status_code == 422
    assert field in answer.json()["errors"][0]["field"]
    assert "Be rude" not in answer.text


async def test_what_is_too_large_for_a_message(house: House, author: Headers) -> None:
    tweets = {"tweets": ["é" * 4000] * 7}  # six bytes each in a message
    answer = await house.ask(author, "tweet_style", tweets)
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")


async def test_who_may_ask(house: House) -> None:
    learner = await house.person(None)
    assert (await house.ask(learner)).status_code == 403
    assert (await house.ask({})).status_code == 401
    assert (await house.ask(await house.person("admin"))).status_code == 202
