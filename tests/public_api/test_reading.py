"""Tests what clients of Supabase's Data API read in schema `public_api`, in the role and with the claims it gives them.

The claims stand where PostgREST puts those of a token that it has verified. That a real client gets along with it is
tested in tests/issuers.
"""

from __future__ import annotations

import json
from uuid import uuid4

import asyncpg
import pytest

from chassis.message.envelope import new_id
from contracts.public_views import PUBLIC_VIEWS
from gateway.edge.openapi import DOCUMENT_FILE
from tests.public_api.principals import (
    CHILD,
    EVERYBODY,
    GUARDIAN,
    LESSON,
    OF_CLERK,
    OF_SUPABASE,
    OWN,
    OWN_VIEWS,
    SUPABASE,
    Principal,
    act,
    shown,
)


@pytest.mark.parametrize("name", EVERYBODY)
async def test_everybody_reads_what_is_theirs_and_nothing_else(name: str, connection: asyncpg.Connection) -> None:
    who = EVERYBODY[name]
    await act(connection, who.claims)
    assert await connection.fetchval("SELECT public_api.person_id()") == who.id
    seen = await shown(connection)
    assert {view: len(rows) for view, rows in seen.items() if view != "children"} == dict.fromkeys(OWN_VIEWS, 1)
    assert seen["me"][0]["id"] == who.id and seen["me"][0]["username"] == name
    assert [(row["id"], row["status"]) for row in seen["attempts"]] == [(who.attempt, "assessed")]
    assert seen["attempts"][0]["transcript"] == seen["assessments"][0]["transcript"]
    assert seen["assessments"][0]["attempt_id"] == seen["feedback"][0]["attempt_id"] == who.attempt
    assert seen["twister_progress"] == [{"sound": name, "attempts": 4, "score": 71.5, "trend": "rising"}]
    assert seen["feedback"][0]["summary"] == seen["notifications"][0]["title"] == name
    [lesson], [entry], [user] = seen["lessons"], seen["cms_content"], seen["users"]
    assert (lesson["lesson_id"], lesson["content"], lesson["sequence_order"]) == (LESSON, "Text of One", 7)
    assert (entry["content_id"], entry["title"], entry["description"]) == (LESSON, "One", "A summary")
    assert (user["user_id"], user["username"], user["xp_points"], user["current_streak"]) == (who.id, name, 20, 3)
    assert (seen["progress"][0]["user_id"], seen["progress"][0]["completion_status"]) == (who.id, True)
    assert (seen["gamification"][0]["badge"], seen["gamification"][0]["record_id"].version) == ("first-lesson", 7)
    told = str({view: rows for view, rows in seen.items() if view != "children"})
    assert not [other for other in EVERYBODY.values() if other is not who and str(other.id) in told]
    assert "a hash" not in told
    assert [row["id"] for row in seen["children"]] == ([CHILD.id] if who is GUARDIAN else [])


async def test_a_guardian_sees_a_child_and_what_was_agreed_to_while_they_are_linked(
    connection: asyncpg.Connection,
) -> None:
    await act(connection, GUARDIAN.claims)
    [child] = await connection.fetch("SELECT * FROM public_api.children")
    [consent] = json.loads(child["consents"])
    assert child["username"] == "child" and consent["recipient"] == "email" and consent["state"] == "granted"
    assert str(GUARDIAN.id) not in child["consents"]
    await connection.execute("RESET ROLE")
    await connection.execute("UPDATE gateway.guardians SET told_of = now()")  # when the child decides alone
    await act(connection, GUARDIAN.claims)
    assert await connection.fetch("SELECT FROM public_api.children") == []
    await connection.execute("RESET ROLE")
    await connection.execute("UPDATE gateway.guardians SET told_of = now() + interval '14 days'")
    await act(connection, GUARDIAN.claims)
    assert len(await connection.fetch("SELECT FROM public_api.children")) == 1
    await connection.execute("RESET ROLE")
    await connection.execute("DELETE FROM gateway.guardians")
    await act(connection, GUARDIAN.claims)
    assert await connection.fetch("SELECT FROM public_api.children") == []


NOBODY: dict[str, str | None] = {
    "no claims": None,
    "empty": "",
    "no JSON": "{",
    "null": "null",
    "a number": "7",
    "an array": json.dumps([{"iss": "voxbus", "sub": OWN.subject}]),
    "a string": json.dumps(OWN.subject),
    "no subject": json.dumps({"iss": "voxbus"}),
    "no issuer": json.dumps({"sub": OWN.subject}),
    "a list as subject": json.dumps({"iss": "voxbus", "sub": [OWN.subject]}),
    "a number as subject": json.dumps({"iss": "voxbus", "sub": 7}),
    "no UUID": json.dumps({"iss": "voxbus", "sub": "' OR true --"}),
    "an empty subject": json.dumps({"iss": SUPABASE, "sub": ""}),
    "another issuer": json.dumps({"iss": "https://evil.example.org", "sub": OF_SUPABASE.subject}),
    "a person's id with another issuer": json.dumps({"iss": SUPABASE, "sub": str(OF_SUPABASE.id)}),
    "an own subject of another issuer": json.dumps({"iss": "voxbus", "sub": OF_SUPABASE.subject}),
    "said by the person": json.dumps({"user_metadata": {"iss": "voxbus", "sub": OWN.subject}}),
    "nobody's id": json.dumps({"iss": "voxbus", "sub": str(uuid4())}),
    "huge": json.dumps({"iss": "voxbus", "sub": "x" * 1_000_000}),
    "deep": "[" * 100_000,
    "no session of theirs": json.dumps({"iss": "voxbus", "sub": OWN.subject, "sid": str(uuid4())}),
    "no session at all": json.dumps({"iss": "voxbus", "sub": OWN.subject, "sid": "x"}),
}


async def test_a_lesson_that_is_locked_shows_no_text(connection: asyncpg.Connection) -> None:
    await connection.execute("UPDATE content.lessons SET requires = '{toys/other}'")
    await act(connection, OWN.claims)
    [lesson] = await connection.fetch("SELECT title, content FROM public_api.lessons")
    assert tuple(lesson) == ("One", None)
    await connection.execute("RESET ROLE")
    await connection.execute("INSERT INTO content.lesson_places (person_id, lesson_id) VALUES ($1, $2)", OWN.id, LESSON)
    await act(connection, OWN.claims)
    assert await connection.fetchval("SELECT content FROM public_api.lessons") == "Text of One"


@pytest.mark.parametrize("claims", NOBODY.values(), ids=NOBODY)
async def test_nobody_reads_nothing_and_nothing_fails(claims: str | None, connection: asyncpg.Connection) -> None:
    await act(connection, claims)
    assert await connection.fetchval("SELECT public_api.person_id()") is None
    assert not any((await shown(connection)).values())
    assert len(await connection.fetch("SELECT * FROM public_api.twisters")) == 1


async def test_a_token_shows_nothing_once_its_session_has_ended(connection: asyncpg.Connection) -> None:
    session = new_id()
    add = (
        "INSERT INTO gateway.sessions (id, person_id, issuer, issuer_session, ends_at)"
        " VALUES ($1, $2, $3, $4, now() + interval '1 hour')"
    )
    own = json.dumps({**json.loads(OWN.claims), "sid": str(session)})
    foreign = json.dumps({**json.loads(OF_SUPABASE.claims), "session_id": "abc"})
    await connection.execute(add, session, OWN.id, "voxbus", None)
    await connection.execute(add, new_id(), OF_SUPABASE.id, SUPABASE, "session:abc")
    for ended in (False, True):
        for claims, who in ((own, OWN), (foreign, OF_SUPABASE)):
            await act(connection, claims)
            assert await connection.fetchval("SELECT public_api.person_id()") == (None if ended else who.id)
            await connection.execute("RESET ROLE")
        await connection.execute("UPDATE gateway.sessions SET why_ended = 'logout', ends_at = now()")


@pytest.mark.parametrize("who", [OWN, OF_CLERK], ids=["own", "clerk"])
async def test_an_erasure_that_has_begun_shows_nothing(who: Principal, connection: asyncpg.Connection) -> None:
    await connection.execute("INSERT INTO gateway.erasures (id, person_id) VALUES ($1, $2)", new_id(), who.id)
    await act(connection, who.claims)
    assert not any((await shown(connection)).values())
    await connection.execute("RESET ROLE")
    await connection.execute("DELETE FROM gateway.erasures")
    await connection.execute("DELETE FROM gateway.people WHERE id = $1", who.id)
    await act(connection, who.claims)
    assert not any((await shown(connection)).values())


def test_the_columns_are_those_of_the_representations() -> None:
    schemas = json.loads(DOCUMENT_FILE.read_text(encoding="utf-8"))["components"]["schemas"]

    def of(schema: str) -> set[str]:
        return set(schemas[schema]["properties"])

    attempt = of("AttemptOut")
    shows = {
        "me": of("User"),
        "attempts": attempt,
        "assessments": attempt | {"attempt_id"},
        "feedback": of("FeedbackOut") | {"attempt_id", "created_at"},
        "twister_progress": of("SoundProgressOut"),
        "notifications": of("NotificationOut"),
        "consents": of("ConsentOut"),
        "children": of("ChildOut"),
        "twisters": of("TwisterOut"),
        "lessons": of("LessonOut") | {"lesson_id", "sequence_order", "created_at"},
        "progress": of("LessonProgressOut") | {"progress_id", "user_id"},
        "gamification": of("BadgeOut") | {"record_id", "user_id"},
        "cms_content": of("ContentItem"),
        "users": of("User") | {"user_id", "xp_points", "current_streak"},
    }
    assert shows.keys() == PUBLIC_VIEWS.keys()
    assert {
        name: set(columns) - shows[name] for name, columns in PUBLIC_VIEWS.items() if set(columns) - shows[name]
    } == {}
