"""A hint of a model while a service is killed with signal 9, or is not there: the learner gets one hint, in time."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from httpx2 import Response

from chassis.testing import until
from tests.faults.client import Client
from tests.faults.conftest import Make
from tests.faults.system import System
from tests.provider import ProviderStandIn, providing

pytestmark = [pytest.mark.timeout(600), pytest.mark.in_full]

GOOD = "Think of what every letter needs before it can reach anybody."
#: by handler and the point at which its process dies: how often the provider is called
POINTS = {
    ("feedback.give_hint", "received"): 1,
    ("feedback.give_hint", "claimed"): 1,
    ("feedback.give_hint", "intended"): 1,
    ("feedback.give_hint", "called"): 2,
    ("feedback.give_hint", "recorded"): 1,
    ("feedback.give_hint", "worked"): 1,
    ("feedback.give_hint", "committed"): 1,
    ("feedback.give_hint", "before the ack"): 1,
    ("content.keep_hint", "received"): 1,
    ("content.keep_hint", "worked"): 1,
    ("content.keep_hint", "committed"): 1,
    ("content.keep_hint", "before the ack"): 1,
}
_EXERCISES = """
SELECT l.id, e ->> 'id' AS exercise FROM content.lessons l
  JOIN content.revisions r ON r.entry_id = l.id AND r.revision = l.revision,
       jsonb_array_elements(r.content -> 'exercises') e
 WHERE l.requires = '{}' AND e ->> 'type' IN ('multiple_choice', 'multiple_select', 'true_false', 'numeric')
 ORDER BY l.key, e ->> 'id'
"""


@dataclass
class House:
    """Holds a system with three services, the provider that feedback asks, and a learner."""

    system: System
    client: Client
    provider: ProviderStandIn
    exercises: list[tuple[str, str]]

    async def serve(self, service: str, crash_at: str | None = None) -> Any:
        """Starts feedback or content."""
        more: dict[str, Any] = {}
        if service == "feedback":
            more = {"openai_api_key": "sk-a-key-of-our-own", "openai_base_url": self.provider.url()}
            more |= {"role_lesson_hint": "gpt-6-luna"}
        return await self.system.serve(service, crash_at=crash_at, **more)

    async def ask(self) -> tuple[Response, str, str]:
        """Asks for the first hint of an exercise of which there was none."""
        lesson, exercise = self.exercises.pop()
        about = {"lesson_id": lesson, "exercise_id": exercise}
        begun = await self.client.http.post("/ai/hint", json=about)
        assert begun.status_code == 202, begun.text
        return begun, lesson, exercise

    async def hint(self, begun: Response, within: float = 90.0) -> dict[str, Any]:
        """Waits for the end of the job, and returns its hint."""
        job = begun.json()["job"]["id"]

        async def ended() -> Any:
            answer = (await self.client.http.get(f"/jobs/{job}")).json()
            return answer if answer.get("finished_at") else None

        found = await until(ended, within=within, what="the end of the job")
        assert found["status"] == "succeeded", found
        answer = await self.client.http.get(f"/ai/hint/{begun.json()['hint']['id']}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def given(self, lesson: str, exercise: str) -> tuple[int, int]:
        """Counts the hints of an exercise, and the events that say so."""
        counted = "SELECT count(*) AS number FROM content.{} WHERE lesson_id = $1::uuid AND exercise_id = $2"
        hints = await self.system.fetch(counted.format("hints"), lesson, exercise)
        events = await self.system.fetch(counted.format("learning_events") + " AND type = 'hint'", lesson, exercise)
        return hints[0]["number"], events[0]["number"]


@asynccontextmanager
async def house(make_system: Make) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        system = await stack.enter_async_context(make_system())
        provider = await stack.enter_async_context(providing())
        provider.answer = json.dumps({"hint": GOOD})
        await system.serve("gateway")
        found = House(system, Client(system.address), provider, [])
        content, feedback = await found.serve("content"), await found.serve("feedback")

        async def known() -> bool:
            rows = await system.fetch("SELECT roles FROM content.model_roles")
            return bool(rows) and "lesson_hint" in rows[0]["roles"]

        await until(known, within=30.0, what="the roles of models")
        found.exercises = [(str(row["id"]), row["exercise"]) for row in await system.fetch(_EXERCISES)]
        await stack.enter_async_context(found.client)
        await content.stop()
        await feedback.stop()
        yield found


async def test_a_hint_is_given_once_wherever_a_process_dies(make_system: Make) -> None:
    async with house(make_system) as at:
        for (handler, point), calls in POINTS.items():
            service = handler.partition(".")[0]
            other = await at.serve("content" if service == "feedback" else "feedback")
            own = await at.serve("content") if service == "content" else None
            before = len(at.provider.calls)
            if own is not None:  # the request needs content's routes: it dies in the handler alone
                await own.stop()
            victim = await at.serve(service, crash_at=f"{handler}:{point}")
            begun, lesson, exercise = await at.ask()
            await victim.killed()
            await at.system.let_time_pass(service)
            following = await at.serve(service)
            hint = await at.hint(begun)
            assert await at.given(lesson, exercise) == (1, 1), (handler, point)
            made = len(at.provider.calls) - before
            assert made <= calls, (handler, point)
            assert hint["source"]["kind"] == ("cloud" if made else "authored"), (handler, point)
            await following.stop()
            await other.stop()
        assert not await at.system.fetch("SELECT FROM content.inbox WHERE outcome = 'dead'")
        assert not await at.system.fetch("SELECT FROM feedback.inbox WHERE outcome = 'dead'")


async def test_a_learner_does_not_wait_for_a_service_that_is_not_there(make_system: Make) -> None:
    async with house(make_system) as at:
        await at.serve("content")
        begun, lesson, exercise = await at.ask()
        hint = await at.hint(begun, within=60.0)
        assert (hint["source"]["kind"], hint["level"]) == ("authored", 1)
        assert at.provider.calls == []
        # feedback comes back, finds a command that is too old for a model, and nothing comes twice
        await at.serve("feedback")

        async def handled() -> bool:
            return bool(await at.system.fetch("SELECT FROM feedback.inbox WHERE outcome IS NOT NULL"))

        await until(handled, within=60.0, what="the end of the command")
        assert at.provider.calls == []
        assert await at.given(lesson, exercise) == (1, 1)
