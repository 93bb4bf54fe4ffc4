"""Tests conversations that are kept: what their person sees, a stranger does not, and what is left of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.message.envelope import new_id
from chassis.testing import until
from chassis.web.problems import ProblemError
from chassis.web.testing import Answer, Caller, signed_in
from contracts.common import PersonErased
from feedback.conversation import store
from feedback.conversation.kept import Message
from services.feedback.tests.integration.fixtures import Feedback
from services.feedback.tests.integration.sessions import PATH, TURN, begun, items, kept, person_of


async def counts(feedback: Feedback, person: UUID) -> list[int]:
    tables = ("conversation_sessions", "messages", "conversation_turns")
    found = [await feedback.rows(f"SELECT count(*) AS n FROM {table} WHERE person_id = $1", person) for table in tables]
    return [rows[0].n for rows in found]


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
