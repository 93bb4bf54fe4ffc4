"""Tests which turns of a conversation are kept, with how much of their answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from uuid import UUID

import pytest

from chassis.message.envelope import new_id
from chassis.web.principal import Principal
from chassis.web.problems import ProblemError
from chassis.web.testing import Caller, signed_in
from feedback.conversation import store
from feedback.conversation.events import Began, Delta, Event
from feedback.conversation.kept_turns import KeepingTalks
from feedback.conversation.schemas import ConversationRequest
from feedback.conversation.turn import Talks, Told
from services.feedback.tests.integration.fixtures import Feedback
from services.feedback.tests.integration.sessions import PATH, TURN, begun, items, kept, person_of


async def counts(feedback: Feedback, person: UUID) -> list[int]:
    tables = ("conversation_sessions", "messages", "conversation_turns")
    found = [await feedback.rows(f"SELECT count(*) AS n FROM {table} WHERE person_id = $1", person) for table in tables]
    return [rows[0].n for rows in found]


async def test_a_turn_that_names_a_session_is_kept_after_its_answer(feedback: Feedback, caller: Caller) -> None:
    session = (await begun(caller))["id"]
    for number, message in enumerate(("We decided to drop the tour.", "what did we decide?"), start=1):
        answer = await caller("POST", "/api/conversation", {"message": message, "sessionId": session})
        assert answer.status == 200, answer.body
        assert (answer.json()["sessionId"], answer.json()["turn"]) == (session, number)
    # it knows that by the session's history
    assert answer.json()["response"].startswith("So far you decided this: to drop the tour.")
    said = await items(caller, f"{PATH}/{session}/messages")
    assert [each["sender"] for each in said] == ["user", "bot"] * 2
    assert said[3]["message_text"] == answer.json()["response"]
    [first, _] = await items(caller, f"{PATH}/{session}/turns")
    assert (first["source"], first["paid_by"], first["interrupted_at_ms"]) == ("rules/facilitator-1", "nobody", None)
    streamed = {"message": "It must work offline.", "sessionId": session, "stream": True}
    events = (await caller("POST", "/api/conversation", streamed)).body.decode()
    assert events.count(f'"sessionId": "{session}"') == 2  # in `start` and in `done`
    assert (await caller("GET", f"{PATH}/{session}")).json()["messages"] == 6


async def test_a_session_that_takes_no_turn_answers_none(feedback: Feedback, caller: Caller) -> None:
    session = (await begun(caller))["id"]
    asked = {"message": "hi", "sessionId": session}
    for other in (feedback.anonymous, feedback.anonymous.by(signed_in())):
        answer = await other("POST", "/api/conversation", asked)
        assert (answer.status, answer.problem) == (404, "not-found")
    both = {**asked, "history": [{"role": "user", "text": "hi"}]}
    assert (await caller("POST", "/api/conversation", both)).status == 422
    await caller("POST", f"{PATH}/{session}/end")
    answer = await caller("POST", "/api/conversation", asked)
    assert (answer.status, answer.problem) == (409, "session-ended")
    assert await counts(feedback, person_of(caller)) == [1, 0, 0]


class Interrupted(Talks):
    """Begins an answer, and never ends it."""

    def __init__(self) -> None:
        """Needs nothing."""

    async def answer(
        self, asked: ConversationRequest, caller: Principal, told: Told | None = None
    ) -> AsyncGenerator[Event, None]:
        yield Began(
            source="openai/m", prompt="conversation/1", model="m", paid_by="voxbus", notices=[], waited=0, own=0
        )
        yield Delta("What ")
        yield Delta("problem")
        await asyncio.Event().wait()


async def test_of_an_answer_that_is_interrupted_what_was_said_is_kept(feedback: Feedback, caller: Caller) -> None:
    session = UUID((await begun(caller))["id"])
    talks = KeepingTalks(Interrupted(), feedback.database)
    events = talks.answer(ConversationRequest.model_validate({"message": "hi", "sessionId": session}), caller.principal)
    began = await anext(events)
    assert isinstance(began, Began)
    assert (began.session_id, began.turn) == (session, 1)
    for _ in range(2):
        await anext(events)
    await events.aclose()
    [_, said] = await items(caller, f"{PATH}/{session}/messages")
    assert (said["message_text"], said["interrupted"], said["source"]) == ("What problem", True, "openai/m")
    [turn] = await items(caller, f"{PATH}/{session}/turns")
    assert turn["interrupted_at_ms"] == turn["total_ms"]


async def test_of_an_answer_that_was_not_heard_to_its_end_what_was_heard_is_kept(
    feedback: Feedback, caller: Caller
) -> None:
    session = (await begun(caller))["id"]
    asked = {"message": "We decided to begin.", "sessionId": session}

    async def said() -> list[tuple[str, bool]]:
        found = await items(caller, f"{PATH}/{session}/messages")
        return [(each["message_text"], each["interrupted"]) for each in found]

    first = (await caller("POST", "/api/conversation", asked)).json()
    whole = first["response"]
    for turn, characters in ((2, 5), (1, len(whole)), (1, 8000)):  # another turn, or all of it
        async with feedback.database.transaction() as tx:
            await store.keep_heard(tx, UUID(session), person_of(caller), turn, characters)
        assert await said() == [("We decided to begin.", False), (whole, False)]
    assert (await caller("POST", "/api/conversation", {**asked, "heard": {"turn": 1, "characters": 6}})).status == 200
    found = await said()
    assert found[:2] == [("We decided to begin.", False), (whole[:6].rstrip(), True)] and len(found) == 4
    assert (await caller("POST", "/api/conversation", {**asked, "heard": {"turn": 2, "characters": 0}})).status == 200
    found = await said()
    assert [text for text, _ in found[2:4]] == ["We decided to begin."] * 2 and len(found) == 5
    for wrong in (
        {"message": "hi", "heard": {"turn": 1, "characters": 1}},
        {**asked, "heard": {"turn": 0, "characters": 1}},
        {**asked, "heard": {"turn": 1, "characters": -1}},
        {**asked, "heard": {"turn": 1}},
    ):
        assert (await caller("POST", "/api/conversation", wrong)).status == 422
    async with feedback.database.transaction() as tx:
        with pytest.raises(ProblemError):
            await store.keep_heard(tx, UUID(session), new_id(), 3, 1)


async def test_a_long_session_gives_its_newest_messages_and_says_so(feedback: Feedback, caller: Caller) -> None:
    session = (await begun(caller))["id"]
    await kept(feedback, caller, session, replace(TURN, said="x" * 8_000), *[replace(TURN, said="y" * 8_000)] * 4)
    answer = await caller("POST", "/api/conversation", {"message": "hi", "sessionId": session})
    [shortened] = [each for each in answer.json()["notices"] if each["code"] == "history-shortened"]
    assert shortened["items"] == 1
