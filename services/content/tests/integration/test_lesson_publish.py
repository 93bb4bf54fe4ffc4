"""Tests what publishing does to fifty learners who are inside: nobody is hurt, whenever it happens."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

from chassis.web.testing import Caller, signed_in
from services.content.tests.integration.test_lesson_authoring import put
from services.content.tests.integration.test_lessons import CLOUD, FIRST, SECOND, Catalogue, catalogue

__all__ = ["catalogue"]

#: and how many of them ask at a time: content has few connections, and who waits too long is told to come again
LEARNERS, AT_ONCE = 50, 6
#: how often a learner comes again on a machine that has no time
TRIES = 20


async def answer(learner: Caller, lesson: str, exercise: str, solution: Any) -> Any:
    event = {"client_id": str(uuid4()), "type": "attempt", "lesson_id": lesson, "exercise_id": exercise}
    for _ in range(TRIES):
        sent = await learner("POST", "/progress", {"events": [{**event, "answer": solution}]})
        if sent.status != 503:
            break
    assert sent.status == 200, sent.body
    [result] = sent.json()["results"]
    return result["status"], result["attempt"] and (result["attempt"]["revision"], result["attempt"]["correct"])


async def solutions(admin: Caller, path: str) -> list[tuple[str, Any]]:
    return [(each["id"], each["solution"]) for each in (await admin("GET", path)).json()["exercises"]]


async def test_fifty_learners_go_on_while_a_lesson_is_published(catalogue: Catalogue) -> None:
    admin = catalogue.caller.by(signed_in("admin"))
    lesson = str(catalogue.ids[FIRST])
    path = f"/admin/content/{lesson}"
    source = (await admin("GET", path)).json()["source"]
    (first, of_first), (second, of_second), (third, of_third) = await solutions(admin, path)
    inside = [catalogue.caller.by(signed_in()) for _ in range(LEARNERS)]

    async def publish(source: str, *, fix: bool) -> None:
        await put(admin, path, source, "*")
        assert (await admin("POST", f"{path}/publish", {"fix": fix})).status == 200

    turns = asyncio.Semaphore(AT_ONCE)

    async def one_answers(learner: Caller, exercise: str, solution: Any) -> Any:
        async with turns:
            return await answer(learner, lesson, exercise, solution)

    async def all_answer(exercise: str, solution: Any) -> set[Any]:
        return {*await asyncio.gather(*(one_answers(each, exercise, solution) for each in inside))}

    assert await all_answer(first, of_first) == {("accepted", (1, True))}
    fixed = source.replace("title: First", "title: The first").replace("text: a byte,", "text: one byte,")
    _, seen = await asyncio.gather(publish(fixed, fix=True), all_answer(second, of_second))
    assert seen <= {("accepted", (1, True)), ("accepted", (2, True))}
    other = fixed.replace("title: The first", "title: Another")
    other = other.replace("[bit, nibble, octet, page]", "[alpha, beta, gamma, delta]")
    _, seen = await asyncio.gather(publish(other, fix=False), all_answer(third, of_third))
    assert seen == {("accepted", (2, True))}
    done = [(await each("GET", f"/progress/lessons/{lesson}")).json() for each in inside[:5]]
    assert [(each["status"], each["score"]) for each in done] == [("completed", 100)] * 5
    newcomer = catalogue.caller.by(signed_in())
    assert await answer(newcomer, lesson, third, of_third) == ("rejected", None)  # it has the new items
    assert (await catalogue.read(newcomer, FIRST)).json()["title"] == "Another"


async def test_what_was_open_stays_so_when_a_lesson_requires_something_else(catalogue: Catalogue) -> None:
    admin = catalogue.caller.by(signed_in("admin"))
    passed, begun, newcomer = (catalogue.caller.by(signed_in()) for _ in range(3))
    await catalogue.enter(passed, FIRST, 100)
    await catalogue.enter(begun, CLOUD)
    await admin("POST", f"/admin/content/{catalogue.ids[FIRST]}/retire")  # of what is retired nothing is needed
    assert (await catalogue.read(begun, SECOND)).status == 200
    path = f"/admin/content/{catalogue.ids[SECOND]}"
    source = (await admin("GET", path)).json()["source"]
    await put(admin, path, source.replace(f"requires: [{FIRST}]", f"requires: [{CLOUD}]"), "*")
    assert (await admin("POST", f"{path}/publish", {})).status == 200
    assert [(await catalogue.read(each, SECOND)).status for each in (passed, begun, newcomer)] == [200, 200, 403]
