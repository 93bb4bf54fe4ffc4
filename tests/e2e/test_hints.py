"""Tests hints of models over HTTP: gateway, feedback and content in one process, with a stand-in for a provider."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient, Response

from chassis.bus.memory import MemoryBus
from chassis.fresh_databases import fresh_database
from chassis.observe.metrics import REGISTRY
from chassis.settings import Settings
from chassis.storage.media import open_media
from chassis.testing import LOOK_EVERY_S, Harness, running, until
from content.service import SERVICE as CONTENT
from feedback.service import SERVICE as FEEDBACK
from gateway.consents.notices import VERSIONS
from gateway.service import SERVICE as GATEWAY
from tests.provider import ProviderStandIn, providing

Headers = dict[str, str]
LUNA = "gpt-6-luna"
GOOD = "Think of what every letter needs before it can reach anybody."


def as_json(hint: str) -> str:
    """Returns a hint as a model answers with it."""
    return json.dumps({"hint": hint})


@dataclass(frozen=True)
class House:
    """Holds the process, a client of it, the stand-in that it asks, and an exercise with one right option."""

    harness: Harness
    client: AsyncClient
    provider: ProviderStandIn
    lesson: str
    #: the exercise with its solution, as it is stored
    stored: dict[str, Any]
    #: lesson and id of an exercise that wants a word, with the accepted ones
    written: tuple[str, str, list[str]]

    async def person(self) -> Headers:
        """Signs up a new adult; returns the headers of that person's requests."""
        body = {"email": f"{uuid4()}@b.example", "password": "correct horse", "username": "Robin"}
        made = (await self.client.post("/auth/signup", json={**body, "birth_date": "2001-05-17"})).json()
        return {"Authorization": f"Bearer {made['access_token']}"}

    async def ask(self, headers: Headers, wait: int = 20, **more: Any) -> Response:
        """Asks for a hint, and waits for it."""
        about = {"lesson_id": self.lesson, "exercise_id": self.stored["id"]} | more
        prefer = {"Prefer": f"wait={wait}"} if wait else {}
        return await self.client.post("/ai/hint", headers={**headers, **prefer}, json=about)

    async def wrong(self, headers: Headers) -> dict[str, Any]:
        """Hands in a wrong option; returns it."""
        option: dict[str, Any] = next(each for each in self.stored["options"] if not each["correct"])
        event = {
            "client_id": str(uuid4()),
            "type": "attempt",
            "lesson_id": self.lesson,
            "exercise_id": self.stored["id"],
            "answer": {"choice": option["id"]},
        }
        await self.client.post("/progress", headers=headers, json={"events": [event]})
        return option

    @property
    def answer(self) -> str:
        return str(next(each["text"] for each in self.stored["options"] if each["correct"]))


def told(provider: ProviderStandIn) -> list[str]:
    """Returns what each call has said to the model beside the rules, as text."""
    return [call.body["messages"][1]["content"].replace('\\"', '"') for call in provider.calls]


@pytest.fixture(scope="module")
async def running_house(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder, services, bus = tmp_path_factory.mktemp("house"), [GATEWAY, FEEDBACK, CONTENT], MemoryBus()
    settings = Settings(port=0, data_dir=folder, look_every=LOOK_EVERY_S)
    with pytest.MonkeyPatch.context() as environment:
        async with providing() as provider, fresh_database(postgres_url, services, filled=True) as url:
            for name, value in {
                "OPENAI_API_KEY": "sk-a-key-of-our-own",
                "OPENAI_BASE_URL": provider.url(),
                "ROLE_LESSON_HINT": LUNA,
                "NOTIFY_URL": "http://127.0.0.1:9",
            }.items():
                environment.setenv(f"VOXBUS_{name}", value)
            async with (
                running(services, url, bus, open_media(None, folder), settings) as harness,
                AsyncClient(base_url=harness.address, timeout=60) as client,
            ):

                async def known() -> bool:
                    found = await harness.rows("content", "SELECT roles FROM model_roles")
                    return bool(found) and "lesson_hint" in found[0].roles

                await until(known, what="the roles of models")
                yield await house_of(harness, client, provider)
            await bus.close()


async def house_of(harness: Harness, client: AsyncClient, provider: ProviderStandIn) -> House:
    """Finds an exercise with one right option, and one that wants a word, in open lessons."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for row in await harness.rows("content", "SELECT entry_id, content FROM revisions ORDER BY entry_id"):
        if not row.content["requires"]:
            found |= {stored["type"]: (str(row.entry_id), stored) for stored in row.content["exercises"]}
    lesson, choice = found["multiple_choice"]
    where, word = found["free_text"]
    return House(harness, client, provider, lesson, choice, (where, word["id"], word["accepted"]))


@pytest.fixture
def house(running_house: House) -> Iterator[House]:
    """Provides the house, and a stand-in with nothing of earlier tests."""
    provider = running_house.provider
    provider.calls.clear()
    provider.answer = as_json(GOOD)
    yield running_house
    assert provider.faults == []
    provider.release.set()
    provider.release.clear()


async def test_a_model_writes_the_hint_and_is_told_nothing_of_the_answer(house: House) -> None:
    learner = await house.person()
    begun = await house.ask(learner, wait=0)
    assert begun.status_code == 202, begun.text
    job = begun.json()["job"]["id"]
    assert begun.json()["hint"] == {"id": job}
    found: list[tuple[str, Any]] = []
    async with house.client.stream("GET", f"/jobs/{job}/events", headers=learner) as answer:
        name = ""
        async for line in answer.aiter_lines():
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                found.append((name, json.loads(value)["data"]))
    names = [name for name, _ in found]
    assert [names[0], *names[-2:]] == ["hint.accepted", "job.succeeded", "job.end"]
    assert ("hint.given", {"hint_id": job, "level": 1, "source": "cloud"}) in found
    assert GOOD not in json.dumps(found)
    hint = (await house.client.get(f"/ai/hint/{job}", headers=learner)).json()
    assert (hint["id"], hint["level"], hint["text"]) == (job, 1, GOOD)
    assert hint["source"] == {"kind": "cloud", "provider": "openai", "model": LUNA}
    assert hint["leak_check"] == {"passed": True, "tries": 1}
    assert float(hint["cost_usd"]) > 0
    again = await house.ask(learner, level=1)
    assert (again.status_code, again.json()) == (200, hint)
    [said] = told(house.provider)
    assert house.stored["prompt"] in said
    assert house.stored["explanation"] not in said
    assert not [each for each in house.stored["options"] if each["id"] in said or (each["why"] or GOOD) in said]


async def test_the_why_of_a_wrong_option_goes_along(house: House) -> None:
    learner = await house.person()
    option = await house.wrong(learner)
    hint = (await house.ask(learner, answer={"choice": option["id"]})).json()
    assert hint["text"] == GOOD
    [said] = told(house.provider)
    assert option["why"] in said


@pytest.mark.parametrize(
    "disguise",
    [
        lambda answer: f"It is {answer}.",
        lambda answer: f"Spell it: {'-'.join(answer)}.",
        lambda answer: f"Decode this: {base64.b64encode(answer.encode()).decode()}",
    ],
    ids=["said", "spelled", "base64"],
)
async def test_a_model_that_says_the_answer_is_asked_once_more_and_then_the_author(house: House, disguise: Any) -> None:
    learner = await house.person()
    house.provider.answer = as_json(disguise(house.answer))
    hint = (await house.ask(learner)).json()
    assert hint["source"] == {"kind": "authored", "provider": None, "model": None}
    assert hint["text"] == house.stored["hints"][0]
    assert hint["leak_check"] == {"passed": True, "tries": 3}
    first, second = told(house.provider)
    assert "could not be used" not in first and "could not be used" in second
    assert house.provider.answer[10:-2] not in second


async def test_a_second_try_that_tells_nothing_is_given(house: House) -> None:
    learner = await house.person()
    house.provider.answers[:] = [as_json(f"It is {house.answer}.")]
    hint = (await house.ask(learner)).json()
    assert (hint["text"], hint["source"]["kind"], hint["leak_check"]["tries"]) == (GOOD, "cloud", 2)
    leaks = {"model": LUNA, "verdict": "answer"}
    assert (REGISTRY.get_sample_value("voxbus_hint_leaks_total", leaks) or 0) >= 1


@pytest.mark.parametrize("born", ["2015-05-17", None])
async def test_a_child_and_who_may_be_one_are_helped_by_the_author_at_once(house: House, born: str | None) -> None:
    learner = await house.person()
    me = UUID((await house.client.get("/me", headers=learner)).json()["id"])
    change = "UPDATE people SET birth_date = $2::text::date WHERE id = $1"
    await house.harness.rows("gateway", change, me, born)
    hint = await house.ask(learner, wait=0)
    assert (hint.status_code, hint.json()["source"]["kind"]) == (200, "authored")
    assert house.provider.calls == []


async def test_two_requests_at_once_are_one_hint(house: House) -> None:
    learner = await house.person()
    answers = await asyncio.gather(*[house.ask(learner, level=1) for _ in range(2)])
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    me = UUID((await house.client.get("/me", headers=learner)).json()["id"])
    events = "SELECT FROM learning_events WHERE person_id = $1 AND type = 'hint'"
    assert len(await house.harness.rows("content", events, me)) == 1


async def test_the_learners_words_go_where_they_have_agreed_to_and_never_with_the_answer(house: House) -> None:
    lesson, exercise, answers = house.written
    about: dict[str, Any] = {"lesson_id": lesson, "exercise_id": exercise}
    words = "my own words "
    learner = await house.person()
    await house.ask(learner, **about, answer={"text": words * 40})
    agreed = {"notice_version": VERSIONS[-1].version}
    (await house.client.put("/me/consents/ai_text/openai", headers=learner, json=agreed)).raise_for_status()
    await house.ask(learner, **about, answer={"text": words * 40})
    other = await house.person()
    (await house.client.put("/me/consents/ai_text/openai", headers=other, json=agreed)).raise_for_status()
    await house.ask(other, **about, answer={"text": answers[0]})
    without, with_words, with_answer = (json.loads(each.split("\n")[1]) for each in told(house.provider))
    assert "given" not in without and "given" not in with_answer
    assert with_words["given"] == (words * 40)[:500].strip()


async def test_thirty_hints_of_models_a_day_and_then_the_author(house: House) -> None:
    learner = await house.person()
    me = UUID((await house.client.get("/me", headers=learner)).json()["id"])
    given = (
        "INSERT INTO hints (id, person_id, lesson_id, exercise_id, level, run, text, source, verdicts, cost_usd)"
        " SELECT gen_random_uuid(), $1, gen_random_uuid(), 'a', 1, now(), 'Look.', 'cloud', '{passed}', 0"
        " FROM generate_series(1, $2::int)"
    )
    await house.harness.rows("content", given, me, 29)
    assert (await house.ask(learner)).json()["source"]["kind"] == "cloud"
    assert (await house.ask(learner, wait=0)).json()["source"]["kind"] == "authored"


async def test_a_provider_that_fails_lets_the_author_help(house: House) -> None:
    learner = await house.person()
    house.provider.faults[:] = ["401"]
    hint = (await house.ask(learner)).json()
    assert (hint["source"]["kind"], hint["leak_check"]["tries"]) == ("authored", 1)
