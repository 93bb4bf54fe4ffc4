"""Tests hints of authors: level by level, once, at the cost that progress knows, and of the person alone."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.shared_owner import SharedOwner
from chassis.testing import Harness
from chassis.web.testing import Caller, signed_in
from contracts.common import JobLate
from contracts.feedback import GiveHint, HintWritten
from contracts.learning import HintGiven
from services.content.tests.integration.toy_lessons import LESSON, NEXT, publish_toys

HINTS = ["Look at the box in the hall.", "It stands between two networks.", "A door between two halls does alike."]
WORD = {
    "id": "word",
    "type": "free_text",
    "prompt": "Which device is it?",
    "hints": HINTS,
    "explanation": "It passes packets on.",
    "accepted": ["router"],
}
RAINS = {**WORD, "id": "rains", "type": "true_false", "answer": True}
del RAINS["accepted"]


@pytest.fixture
async def owner(content: SharedOwner) -> tuple[Harness, Caller]:
    await publish_toys(content.harness, [WORD, RAINS])
    return content.harness, content.caller.by(signed_in())


async def ask(caller: Caller, exercise: str = "word", lesson: UUID = LESSON, **more: Any) -> Any:
    headers = more.pop("headers", None)
    return await caller(
        "POST", "/ai/hint", {"lesson_id": str(lesson), "exercise_id": exercise, **more}, headers=headers
    )


async def attempt(caller: Caller, answer: dict[str, Any], exercise: str = "word") -> dict[str, Any]:
    event = {"client_id": str(uuid4()), "type": "attempt", "lesson_id": str(LESSON), "exercise_id": exercise}
    found: dict[str, Any] = (await caller("POST", "/progress", {"events": [event | {"answer": answer}]})).json()
    attempt: dict[str, Any] = found["results"][0]["attempt"]
    return attempt


async def test_hints_come_level_by_level_and_cost_points(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    first = await ask(caller)
    assert first.status == 200
    shown = first.json()
    assert {**shown, "id": None, "created_at": None} == {
        "id": None,
        "lesson_id": str(LESSON),
        "exercise_id": "word",
        "level": 1,
        "levels": 3,
        "kind": "nudge",
        "text": HINTS[0],
        "source": {"kind": "authored", "provider": None, "model": None},
        "leak_check": {"passed": True, "tries": 1},
        "cost_usd": "0.000000",
        "created_at": None,
    }
    assert (await caller("GET", f"/ai/hint/{shown['id']}")).json() == shown
    assert (await ask(caller, level=3)).problem == "hint-level-locked"
    assert await harness.rows("content", "SELECT FROM review_cards") == []
    second = (await ask(caller)).json()
    assert (second["level"], second["kind"]) == (2, "pointed")
    assert len(await harness.rows("content", "SELECT FROM review_cards")) == 1
    assert (await ask(caller)).problem == "hint-level-locked"  # the last one wants a try before
    assert (await attempt(caller, {"text": "a switch"}))["hints_used"] == 2
    third = (await ask(caller)).json()
    assert (third["level"], third["kind"]) == (3, "worked_example")
    solved = await attempt(caller, {"text": "Router"})
    assert (solved["correct"], solved["hints_used"]) == (True, 3)
    detail = (await caller("GET", f"/progress/lessons/{LESSON}")).json()["exercises"]
    assert [(each["hints_used"], each["score"]) for each in detail] == [(3, 0)]
    assert (await ask(caller)).json() == third  # what was given stays, also when one is done
    assert len(await harness.rows("content", "SELECT FROM learning_events WHERE type = 'hint'")) == 3


async def test_a_hint_is_given_once_and_asked_for_again_free(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    answers = await asyncio.gather(*[ask(caller, level=1) for _ in range(4)])
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    key = {"Idempotency-Key": "once"}
    second = await ask(caller, headers=key)
    again = await ask(caller, headers=key)
    assert (second.json()["level"], again.json()) == (2, second.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert (await ask(caller, level=1, headers=key)).problem == "idempotency-conflict"
    assert len(await harness.rows("content", "SELECT FROM hints")) == 2
    [row] = await harness.rows("content", "SELECT exercises FROM lesson_progress")
    assert row.exercises["word"]["hints"] == [1, 2]


async def test_what_is_not_there_is_refused_as_elsewhere(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    assert (await ask(caller, lesson=uuid4())).problem == "not-found"
    assert (await ask(caller, exercise="nothing")).problem == "not-found"
    locked = await ask(caller, lesson=NEXT)
    assert (locked.status, locked.problem, locked.json()["requires"]) == (403, "lesson-locked", ["toys/first"])
    assert (await ask(caller, answer={"choice": "a"})).problem == "bad-answer"
    for body in ({"level": 0}, {"level": 4}, {"level": "1"}, {"answer": "router"}, {"more": 1}, {"exercise": ""}):
        assert (await ask(caller, **body)).status == 422, body
    hint = (await ask(caller, answer={"text": "a swit"})).json()["id"]
    assert (await caller.by(signed_in())("GET", f"/ai/hint/{hint}")).problem == "not-found"
    assert (await caller("GET", f"/ai/hint/{uuid4()}")).problem == "not-found"
    await attempt(caller, {"value": True}, "rains")
    assert (await ask(caller, "rains")).problem == "already-solved"
    assert len(await harness.rows("content", "SELECT FROM hints")) == 1


async def models_answer(harness: Harness) -> None:
    """Lets models answer for hints, as feedback would tell."""
    await harness.rows("content", "INSERT INTO model_roles VALUES (1, '{lesson_hint}', now())")


async def proposed(caller: Caller, **more: Any) -> dict[str, Any]:
    answer = await ask(caller, **more)
    assert answer.headers["content-type"] == "application/vnd.voxbus.proposal+json", answer.body
    found: dict[str, Any] = answer.json()
    return found


async def test_what_is_proposed_leaves_nothing(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    await models_answer(harness)
    key = {"Idempotency-Key": "once"}
    first, second = [await proposed(caller, headers=key) for _ in range(2)]
    assert first["kind"] == "hint"
    assert first["public"] == {"hint": {"id": first["command"]["hint_id"]}}
    assert second["command"] != first["command"]  # its key is free: the gateway decides which of the two is the job
    assert first["command"]["secrets"]["answers"] == ["router"]
    assert "router" not in json.dumps(first["command"]["task"]).lower()
    for table in ("hints", "learning_events", "lesson_progress", "idempotency"):
        assert await harness.rows("content", f"SELECT FROM {table}") == []
    child = replace(caller.principal, age_band="under_consent_age")
    assert (await ask(caller.by(child))).json()["source"]["kind"] == "authored"
    assert (await ask(caller.by(replace(child, age_band="unknown")), level=2)).json()["source"]["kind"] == "authored"


async def written(harness: Harness, command: dict[str, Any], **more: Any) -> None:
    """Lets feedback have written what was proposed."""
    about = {name: command[name] for name in ("person_id", "hint_id", "lesson_id", "exercise_id", "level")}
    event = HintWritten.model_validate(about | more)
    before = len(harness.emitted(HintGiven))
    await harness.publish(event, job_id=event.hint_id, person_id=event.person_id)
    await harness.until_emitted(HintGiven, before + 1)


async def test_what_a_model_wrote_is_kept_once_and_marks_the_level(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    await models_answer(harness)
    first, second = [(await proposed(caller))["command"] for _ in range(2)]
    model = {"kind": "cloud", "provider": "openai", "model": "gpt-6-luna", "cost_usd": "0.000068"}
    verdicts = [{"model": "gpt-6-luna", "verdict": "passed"}]
    await written(harness, first, text="Which one stands in the hall?", verdicts=verdicts, **model)
    await written(harness, second, text="Something else.", verdicts=verdicts, **model)
    shown = [(await caller("GET", f"/ai/hint/{each['hint_id']}")).json() for each in (first, second)]
    assert shown[0] == shown[1]
    assert shown[0]["text"] == "Which one stands in the hall?"
    assert shown[0]["cost_usd"] == "0.000068"
    [row] = await harness.rows("content", "SELECT exercises FROM lesson_progress")
    assert row.exercises["word"]["hints"] == [1]


async def test_where_a_model_told_the_answer_or_nothing_the_author_helps(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    await models_answer(harness)
    leaked = [{"model": "gpt-6-luna", "verdict": "answer"}] * 2
    for text, verdicts in ((None, leaked), ("It is the router.", [{"model": "gpt-6-luna", "verdict": "passed"}])):
        command = (await proposed(caller))["command"]
        await written(harness, command, text=text, verdicts=verdicts, kind="cloud", cost_usd="0.000100")
        shown = (await caller("GET", f"/ai/hint/{command['hint_id']}")).json()
        assert (shown["text"], shown["source"]["kind"]) == (HINTS[command["level"] - 1], "authored")
        assert shown["leak_check"] == {"passed": True, "tries": len(verdicts) + 1}
        assert shown["cost_usd"] == "0.000100"


async def test_where_nobody_writes_in_time_the_author_helps(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    await models_answer(harness)
    command = (await proposed(caller))["command"]
    shown = {name: command[name] for name in GiveHint.public_fields}
    late = JobLate(job_id=command["hint_id"], person_id=caller.principal.id, kind="hint", shown=shown)
    other = late.model_copy(update={"kind": "attempt", "job_id": uuid4(), "shown": {}})
    for each in (late, other):
        await harness.publish(each, job_id=each.job_id, person_id=each.person_id)
    [given] = await harness.told(HintGiven)
    assert (str(given.hint_id), given.source) == (command["hint_id"], "authored")
    assert (await caller("GET", f"/ai/hint/{command['hint_id']}")).json()["text"] == HINTS[0]
    about = {name: command[name] for name in ("person_id", "hint_id", "lesson_id", "exercise_id", "level")}
    written_late = HintWritten.model_validate(about | {"text": "Which one stands in the hall?"})
    await harness.publish(written_late, job_id=written_late.hint_id, person_id=written_late.person_id)
    await harness.until_settled("content")
    assert len(harness.emitted(HintGiven)) == 1
    assert (await caller("GET", f"/ai/hint/{command['hint_id']}")).json()["text"] == HINTS[0]


async def test_who_begins_again_pays_again(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    await attempt(caller, {"text": "a switch"})
    first = (await ask(caller)).json()
    await harness.rows("content", "UPDATE lesson_places SET restarted_at = now()")
    again = (await ask(caller)).json()
    assert (again["level"], again["text"], again["id"] != first["id"]) == (1, first["text"], True)
    [row] = await harness.rows("content", "SELECT exercises FROM lesson_progress")
    assert row.exercises["word"]["hints"] == [1]
    assert (await caller("GET", f"/ai/hint/{first['id']}")).json() == first


async def test_a_hint_begins_the_lesson_in_its_revision(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    await ask(caller)
    [place] = await harness.rows("content", "SELECT revision, started_at FROM lesson_places")
    assert (place.revision, place.started_at is not None) == (1, True)


async def test_what_stands_in_for_a_hint_that_tells_the_answer_costs_nothing(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    leaks = {"exercises": [{**WORD, "hints": [HINTS[0], "It is a router.", HINTS[2]]}, RAINS]}
    await harness.rows("content", "UPDATE revisions SET content = content || $1::jsonb", json.dumps(leaks))
    shown = [(await ask(caller)).json() for _ in range(2)]
    assert [(each["level"], each["kind"], each["text"], each["leak_check"]["tries"]) for each in shown] == [
        (1, "nudge", HINTS[0], 1),
        (2, "nudge", HINTS[0], 2),
    ]
    assert [row.hint for row in await harness.rows("content", "SELECT hint FROM learning_events")] == [1]
