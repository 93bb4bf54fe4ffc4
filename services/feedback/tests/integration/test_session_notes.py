"""Tests the design notes of conversations: those of sessions that are kept, and of what is not stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from chassis.web.principal import Principal
from chassis.web.testing import Caller
from contracts.base import Json
from feedback.conversation import store
from feedback.conversation.notes import Line, NotesOut
from feedback.conversation.refine import ByModel
from feedback.conversation.said import Said
from services.feedback.tests.integration.fixtures import Feedback
from services.feedback.tests.integration.sessions import PATH, TURN, begun, kept, person_of


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
