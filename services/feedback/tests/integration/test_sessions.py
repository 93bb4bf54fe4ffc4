"""Tests conversations that are kept: what their person sees, a stranger does not, and what is left of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.message.envelope import new_id
from chassis.testing import until
from chassis.web.principal import Principal
from chassis.web.problems import ProblemError
from chassis.web.testing import Answer, Caller, signed_in
from contracts.base import Json, PersonErased
from feedback.conversation import store
from feedback.conversation.events import Began, Delta, Event
from feedback.conversation.kept import Message, Turn
from feedback.conversation.kept_turns import KeepingTalks
from feedback.conversation.notes import Line, NotesOut
from feedback.conversation.refine import ByModel
from feedback.conversation.said import Said
from feedback.conversation.schemas import ConversationRequest
from feedback.conversation.turn import Talks, Told
from services.feedback.tests.integration.fixtures import Feedback

PATH = "/api/conversation/sessions"
TURN = Turn(
    said="We decided to drop the tour. It must work offline.",
    answer="Noted as a decision: to drop the tour.",
    source="rules/facilitator-1",
    total_ms=3,
    first_token_ms=2,
    paid_by="nobody",
)


def person_of(caller: Caller) -> UUID:
    assert caller.principal.id is not None
    return caller.principal.id


async def begun(caller: Caller, **fields: Any) -> Json:
    answer = await caller("POST", PATH, fields)
    assert answer.status == 201, answer.body
    session: Json = answer.json()
    return session


async def kept(feedback: Feedback, caller: Caller, session: str, *turns: Turn) -> list[int]:
    """Keeps turns as the conversation does, each in a transaction of its own."""
    numbers = []
    for turn in turns:
        async with feedback.database.transaction() as tx:
            numbers.append(await store.keep_turn(tx, UUID(session), person_of(caller), turn))
    return numbers


async def items(caller: Caller, target: str) -> list[Json]:
    answer = await caller("GET", target)
    assert answer.status == 200, answer.body
    found: list[Json] = answer.json()["items"]
    return found


async def counts(feedback: Feedback, person: UUID) -> list[int]:
    tables = ("conversation_sessions", "messages", "conversation_turns")
    found = [await feedback.rows(f"SELECT count(*) AS n FROM {table} WHERE person_id = $1", person) for table in tables]
    return [rows[0].n for rows in found]


@pytest.fixture
def caller(feedback: Feedback) -> Caller:
    return feedback.anonymous.by(signed_in())


async def test_a_session_is_what_the_interface_says(caller: Caller) -> None:
    session = await begun(caller, title="Kiosk")
    assert session.keys() == {"id", "title", "started_at", "ended_at", "expires_at", "messages", "version"}
    assert (session["title"], session["ended_at"], session["messages"]) == ("Kiosk", None, 0)
    days = datetime.fromisoformat(session["expires_at"]) - datetime.fromisoformat(session["started_at"])
    assert days == timedelta(days=30)
    assert (await begun(caller))["title"] is None


async def test_turns_and_messages_are_kept_in_their_order(feedback: Feedback, caller: Caller) -> None:
    session = (await begun(caller))["id"]
    cut = replace(
        TURN,
        answer="What problem",
        model="gpt-6-luna",
        source="openai/gpt-6-luna",
        interrupted_at_ms=900,
        input_tokens=40,
        output_tokens=9,
        cost_usd=Decimal("0.000120"),
        paid_by="caller",
    )
    nothing = replace(cut, answer="", first_token_ms=None, interrupted_at_ms=1)
    assert await kept(feedback, caller, session, TURN, cut, nothing) == [1, 2, 3]
    said = await items(caller, f"{PATH}/{session}/messages")
    assert [(each["sender"], each["interrupted"], each["source"]) for each in said] == [
        ("user", False, None),
        ("bot", False, "rules/facilitator-1"),
        ("user", False, None),
        ("bot", True, "openai/gpt-6-luna"),
        ("user", False, None),
    ]
    assert said[3]["message_text"] == "What problem"
    assert said[0].keys() == {"id", "sender", "message_text", "created_at", "source", "interrupted"}
    turns = await items(caller, f"{PATH}/{session}/turns")
    assert [each["turn"] for each in turns] == [1, 2, 3]
    assert turns[1] == {
        "turn": 2,
        "model": "gpt-6-luna",
        "source": "openai/gpt-6-luna",
        "first_token_ms": 2,
        "total_ms": 3,
        "interrupted_at_ms": 900,
        "input_tokens": 40,
        "output_tokens": 9,
        "cost_usd": "0.000120",
        "paid_by": "caller",
    }
    assert (await caller("GET", f"{PATH}/{session}")).json()["messages"] == 5
    first = (await caller("GET", f"{PATH}/{session}/messages?limit=3")).json()
    rest = (await caller("GET", f"{PATH}/{session}/messages?limit=3&cursor={first['next_cursor']}")).json()
    assert [each["id"] for each in first["items"] + rest["items"]] == [each["id"] for each in said]
    newest_first = await items(caller, f"{PATH}/{session}/messages?sort=-number")
    assert newest_first == said[::-1]
    async with feedback.database.transaction() as tx:
        last = await store.said_in(tx, UUID(session), last=2)
    assert last == [Message("assistant", "What problem"), Message("user", TURN.said)]


async def test_notes_are_markdown_or_json_and_name_their_messages(feedback: Feedback, caller: Caller) -> None:
    session = (await begun(caller, title="Kiosk"))["id"]
    await kept(feedback, caller, session, TURN, replace(TURN, said="What about iPads?"))
    for accept in ("", "*/*", "text/markdown", "text/markdown, application/json;q=0.5", "text/html"):
        answer = await caller("GET", f"{PATH}/{session}/notes", headers={"Accept": accept})
        assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
        assert answer.headers["vary"] == "Accept"
        text = answer.body.decode()
        assert text.startswith("# Kiosk\n\n20")
        assert "## Decisions\n\n- We decided to drop the tour. (1)\n" in text
        assert "## Open questions\n\n- What about iPads? (3)\n" in text
        assert "## Constraints\n\n- It must work offline. (1)\n" in text
        assert text.count("none noted") == 2
    answer = await caller("GET", f"{PATH}/{session}/notes", headers={"Accept": "application/json"})
    assert answer.json()["decisions"] == [{"text": "We decided to drop the tour.", "message": 1}]
    assert answer.json()["source"] == "rules/notes-1"
    again = {"Accept": "application/json", "If-None-Match": answer.headers["etag"]}
    assert (await caller("GET", f"{PATH}/{session}/notes", headers=again)).status == 304


async def test_ending_is_once_and_then_nothing_is_kept(feedback: Feedback, caller: Caller) -> None:
    session = (await begun(caller))["id"]
    await kept(feedback, caller, session, TURN)
    ended = await caller("POST", f"{PATH}/{session}/end")
    again = await caller("POST", f"{PATH}/{session}/end")
    assert (ended.status, again.status) == (200, 200)
    assert ended.json()["ended_at"]
    assert ended.json() == again.json()
    with pytest.raises(ProblemError) as refused:
        await kept(feedback, caller, session, TURN)
    assert (refused.value.problem.status, refused.value.problem.name) == (409, "session-ended")
    assert await counts(feedback, person_of(caller)) == [1, 2, 1]
    assert (await caller("PATCH", f"{PATH}/{session}", {"title": "Later"})).json()["title"] == "Later"
    assert (await caller("PATCH", f"{PATH}/{session}", {"title": None})).json()["title"] is None


@pytest.mark.parametrize("band", ["under_consent_age", "unknown"])
async def test_a_child_and_whose_age_nobody_knows_start_none(feedback: Feedback, band: str) -> None:
    answer = await feedback.anonymous.by(replace(signed_in(), age_band=band))("POST", PATH, {})
    assert (answer.status, answer.problem) == (403, "guardian-consent-required")


@pytest.mark.parametrize(
    "body",
    [
        {"title": ""},
        {"title": "x" * 121},
        {"title": "a\nb"},
        {"keep_days": 0},
        {"keep_days": 366},
        {"keep_days": "7"},
        {"apiKey": "sk-x"},
        {"title": 7},
        [],
    ],
)
async def test_a_wrong_body_is_refused(caller: Caller, body: Any) -> None:
    assert (await caller("POST", PATH, body)).status == 422


async def asked_by_a_stranger(caller: Caller, session: str) -> Sequence[Answer]:
    return [
        await caller(method, f"{PATH}/{session}{below}", body)
        for method, below, body in (
            ("GET", "", None),
            ("GET", "/messages", None),
            ("GET", "/turns", None),
            ("GET", "/notes", None),
            ("PATCH", "", {"title": "mine"}),
            ("POST", "/end", None),
            ("DELETE", "", None),
        )
    ]


async def test_a_stranger_gets_what_nobody_would_get(feedback: Feedback, caller: Caller) -> None:
    session = (await begun(caller))["id"]
    await kept(feedback, caller, session, TURN)
    stranger = feedback.anonymous.by(signed_in())
    theirs = await asked_by_a_stranger(stranger, session)
    nobodys = await asked_by_a_stranger(stranger, str(uuid4()))
    assert {each.status for each in theirs} == {404}
    assert [each.said for each in theirs] == [each.said for each in nobodys]
    assert await items(stranger, PATH) == []
    with pytest.raises(ProblemError):
        await kept(feedback, stranger, session, TURN)
    assert await counts(feedback, person_of(caller)) == [1, 2, 1]
    assert (await feedback.anonymous("GET", PATH)).status == 401


async def test_a_session_and_a_person_have_their_limits(feedback: Feedback, caller: Caller) -> None:
    session, person = (await begun(caller))["id"], person_of(caller)
    await feedback.rows("UPDATE conversation_sessions SET messages = 998 WHERE id = $1", UUID(session))
    assert await kept(feedback, caller, session, TURN) == [1]
    with pytest.raises(ProblemError) as refused:
        async with feedback.database.transaction() as tx:
            await store.open_for_turn(tx, UUID(session), person)
    assert (refused.value.problem.status, refused.value.problem.name) == (409, "too-many")
    more = "INSERT INTO conversation_sessions (id, person_id, expires_at) SELECT gen_random_uuid(), $1, now() + $2"
    await feedback.rows(f"{more} FROM generate_series(1, 198)", person, timedelta(days=1))
    await feedback.rows(f"{more} FROM generate_series(1, 3)", person, timedelta(0))  # expired ones do not count
    await begun(caller)
    answer = await caller("POST", PATH, {})
    assert (answer.status, answer.problem) == (409, "too-many")


async def test_what_has_expired_is_gone_at_once(feedback: Feedback, caller: Caller) -> None:
    session, other = (await begun(caller))["id"], (await begun(caller))["id"]
    await feedback.rows("UPDATE conversation_sessions SET expires_at = now() WHERE id = $1", UUID(session))
    assert {each.status for each in await asked_by_a_stranger(caller, session)} == {404}
    assert [each["id"] for each in await items(caller, PATH)] == [other]
    with pytest.raises(ProblemError):
        await kept(feedback, caller, session, TURN)


async def test_deleting_and_erasing_leave_no_word(feedback: Feedback, caller: Caller) -> None:
    person, session, other = person_of(caller), (await begun(caller))["id"], (await begun(caller))["id"]
    await kept(feedback, caller, session, TURN)
    await kept(feedback, caller, other, TURN)
    assert (await caller("DELETE", f"{PATH}/{session}")).status == 204
    assert await counts(feedback, person) == [1, 2, 1]
    await feedback.harness.publish(PersonErased(person_id=person, erasure_id=new_id()), person_id=person)

    async def none_left() -> bool:
        return await counts(feedback, person) == [0, 0, 0]

    await until(none_left, what="the erasure")
    with pytest.raises(ProblemError):  # an answer that ends only now
        await kept(feedback, caller, other, TURN)


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


async def test_notes_are_a_models_where_it_has_written(
    feedback: Feedback, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, UUID | None, bool]] = []

    async def write(
        _: ByModel, notes: NotesOut, messages: Sequence[Said], person: Principal, within: float
    ) -> NotesOut | None:
        asked.append((len(messages), person.id, 2 < within < 30))
        lines = [Line(text="Tabs.", message=1), Line(text="Tabs.", message=9)]
        return notes.model_copy(update={"decisions": lines, "source": "openai/gpt-6.1-terra"})

    monkeypatch.setattr(ByModel, "__call__", write)
    session = (await begun(caller, title="Kiosk"))["id"]
    as_json = {"Accept": "application/json"}
    of_session = (await caller("GET", f"{PATH}/{session}/notes", headers=as_json)).json()
    body = {"history": [{"role": "user", "text": "We decided to use tabs."}]}
    of_nothing = (await feedback.anonymous("POST", "/api/conversation/notes", body, headers=as_json)).json()
    assert [of_session["source"], of_nothing["source"]] == ["openai/gpt-6.1-terra"] * 2
    assert of_session["decisions"] == []
    assert of_nothing["decisions"] == [{"text": "Tabs.", "message": 1}]
    assert [(messages, is_in_time) for messages, _, is_in_time in asked] == [(0, True), (1, True)]
    assert asked[0][1] is not None and asked[1][1] is None


async def test_a_model_is_asked_for_notes_once_until_something_else_was_said(
    feedback: Feedback, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[NotesOut | None] = []
    asked: list[int] = []

    async def write(
        _: ByModel, notes: NotesOut, messages: Sequence[Said], person: Principal, within: float
    ) -> NotesOut | None:
        asked.append(len(messages))
        lines = [Line(text="The tour is dropped.", message=1)]
        found = notes.model_copy(update={"decisions": lines, "source": "openai/gpt-6.1-terra"})
        written.append(None if len(asked) == 1 else found)
        return written[-1]

    monkeypatch.setattr(ByModel, "__call__", write)
    session = (await begun(caller, title="Kiosk"))["id"]
    await kept(feedback, caller, session, TURN)

    async def read() -> Json:
        answer = await caller("GET", f"{PATH}/{session}/notes", headers={"Accept": "application/json"})
        found: Json = answer.json()
        return found

    assert (await read())["source"] == "rules/notes-1"  # what rules had to write is no reason not to ask again
    first = await read()
    assert [await read(), await read()] == [first] * 2
    assert (first["source"], asked) == ("openai/gpt-6.1-terra", [2, 2])
    renamed = await caller("PATCH", f"{PATH}/{session}", {"title": "Booth"}, headers={"If-Match": "*"})
    assert renamed.status == 200, renamed.body
    assert (await read(), asked) == (first | {"title": "Booth"}, [2, 2])
    await kept(feedback, caller, session, TURN)
    await read()
    async with feedback.database.transaction() as tx:  # only so much of the last answer was heard
        await store.keep_heard(tx, UUID(session), person_of(caller), 2, 5)
    await read()
    assert asked == [2, 2, 4, 4]
    [row] = await feedback.rows("SELECT count(*) AS n FROM conversation_notes WHERE session_id = $1", UUID(session))
    assert row.n == 1
    await caller("DELETE", f"{PATH}/{session}", headers={"If-Match": "*"})
    [row] = await feedback.rows("SELECT count(*) AS n FROM conversation_notes WHERE session_id = $1", UUID(session))
    assert row.n == 0


async def test_notes_of_what_is_not_stored_leave_nothing_behind(feedback: Feedback) -> None:
    history = [{"role": "user", "text": "We decided to drop the tour."}, {"role": "assistant", "text": "Noted."}]
    before = await feedback.rows("SELECT count(*) AS n FROM idempotency")
    answer = await feedback.anonymous("POST", "/api/conversation/notes", {"history": history})
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert "- We decided to drop the tour. (1)\n" in answer.body.decode()
    as_json = {"Accept": "application/json"}
    answer = await feedback.anonymous("POST", "/api/conversation/notes", {"history": history}, headers=as_json)
    assert answer.json()["decisions"] == [{"text": "We decided to drop the tour.", "message": 1}]
    assert await feedback.rows("SELECT count(*) AS n FROM idempotency") == before
    for wrong in (
        {},
        {"history": [{"role": "system", "text": "x"}]},
        {"history": [], "apiKey": "sk-not-to-be-repeated"},
    ):
        refused = await feedback.anonymous("POST", "/api/conversation/notes", wrong)
        assert refused.status == 422
        assert b"sk-" not in refused.body
