"""Tests what the conformance suite does not know of twisters: a text is there once, a deleted one is not chosen."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from chassis.shared_owner import SharedOwner
from chassis.testing import Harness
from chassis.web.principal import ANONYMOUS
from chassis.web.testing import Answer, Caller, signed_in
from services.content.tests.integration.assessments import assess, assessed

ANY = {"If-Match": "*"}


@pytest.fixture
async def owner(content: SharedOwner) -> tuple[Harness, Caller]:
    """Runs content on an empty catalogue, with an author as the caller."""
    await content.harness.rows("content", "DELETE FROM twisters")
    return content.harness, content.caller.by(signed_in("author"))


def body(text: str, difficulty: int = 1, *sounds: str) -> dict[str, Any]:
    return {"text": text, "difficulty": difficulty, "sounds": sounds or ("R",)}


async def make(author: Caller, text: str, difficulty: int = 1, *sounds: str) -> str:
    """Makes a twister; returns its path."""
    answer = await author("POST", "/twisters", body(text, difficulty, *sounds))
    assert answer.status == 201, answer.body
    return answer.headers["location"]


def person_of(caller: Caller) -> UUID:
    assert caller.principal.id is not None
    return caller.principal.id


def exists(answer: Answer) -> bool:
    return (answer.status, answer.problem) == (409, "twister-exists")


async def texts(caller: Caller, query: str) -> list[str]:
    return [item["text"] for item in (await caller("GET", f"/twisters?{query}")).json()["items"]]


async def test_a_text_is_there_once(owner: tuple[Harness, Caller]) -> None:
    _, author = owner
    await make(author, "Red lorry, yellow lorry.")
    other = await make(author, "Toy boat")
    same = "RED LORRY – yellow lorry!"
    assert exists(await author("POST", "/twisters", body(same)))
    assert exists(await author("PATCH", other, {"text": same}, headers=ANY))
    assert await texts(author, "q=boat") == ["Toy boat"]


async def test_a_text_may_be_spelled_anew_and_given_up(owner: tuple[Harness, Caller]) -> None:
    _, author = owner
    path = await make(author, "Red lorry, yellow lorry.")
    assert (await author("PATCH", path, {"text": "Red lorry! Yellow lorry!"}, headers=ANY)).status == 200
    assert (await author("PATCH", path, {"text": "Toy boat"}, headers=ANY)).status == 200
    await make(author, "red lorry yellow lorry")
    assert (await author("DELETE", path, headers=ANY)).status == 204
    await make(author, "Toy boat")


async def test_words_are_found_in_any_order_by_their_beginnings(owner: tuple[Harness, Caller]) -> None:
    _, author = owner
    await make(author, "Red lorry, yellow lorry.")
    await make(author, "Don't tread on a 100% red_rose.")
    assert await texts(author, "q=yell%20RED") == ["Red lorry, yellow lorry."]
    assert await texts(author, "q=orry") == await texts(author, "q=lorry%20rose") == []
    assert await texts(author, "q=100%25") == await texts(author, "q=dont") == ["Don't tread on a 100% red_rose."]
    assert len(await texts(author, "q=red")) == 2


async def test_an_admin_edits_and_a_moderator_does_not(owner: tuple[Harness, Caller]) -> None:
    _, author = owner
    path = await make(author, "Toy boat")
    for role, status in (("admin", 200), ("moderator", 403)):
        person = author.by(signed_in(role))
        assert (await person("PATCH", path, {"difficulty": 2}, headers=ANY)).status == status


async def test_what_was_written_by_sql_can_be_mended(owner: tuple[Harness, Caller]) -> None:
    harness, author = owner
    path = await make(author, "Toy boat")
    await harness.rows("content", "UPDATE twisters SET sounds = '{}', difficulty = 9")
    assert (await author("GET", path)).json()["difficulty"] == 9
    half = await author("PATCH", path, {"difficulty": 5}, headers=ANY)
    assert (half.status, half.json()["errors"][0]["field"]) == (422, "sounds")
    assert (await author("PATCH", path, {"difficulty": 5, "sounds": ["T"]}, headers=ANY)).status == 200


async def progress(caller: Caller) -> dict[str, Any]:
    answer = await caller("GET", "/twisters/progress")
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    found: dict[str, Any] = answer.json()
    return found


async def test_progress_is_ones_own(owner: tuple[Harness, Caller]) -> None:
    harness, author = owner
    await make(author, "Red lorry, yellow lorry", 2, "R", "L")
    child, other = (author.by(signed_in()) for _ in range(2))
    assert await progress(child) == {"sounds": [], "next_twister_id": None}
    await assess(harness, assessed(person_of(child), {"R": 64.26, "L": 90}))
    assert [
        (each["sound"], each["score"], each["attempts"], each["trend"]) for each in (await progress(child))["sounds"]
    ] == [("R", 64.3, 1, "steady"), ("L", 90, 1, "steady")]
    assert await progress(other) == {"sounds": [], "next_twister_id": None}
    anonymous = await author.by(ANONYMOUS)("GET", "/twisters/progress")
    assert (anonymous.status, anonymous.problem) == (401, "unauthorized")


async def test_a_deleted_twister_is_never_chosen(owner: tuple[Harness, Caller]) -> None:
    harness, author = owner
    lorry, boat = [await make(author, text, 1, "R") for text in ("Red lorry", "Row a red boat")]
    child = author.by(signed_in())
    attempt = assessed(person_of(child), {"R": 90})
    await assess(harness, attempt)
    chosen = UUID((await progress(child))["next_twister_id"])
    assert chosen in {UUID(each.rpartition("/")[2]) for each in (lorry, boat)}
    assert await next_of(harness, attempt.attempt_id) == chosen

    assert (await author("DELETE", f"/twisters/{chosen}", headers=ANY)).status == 204
    assert (await progress(child))["next_twister_id"] is None
    assert await next_of(harness, attempt.attempt_id) is None

    again = assessed(person_of(child), {"R": 90}, twister=chosen)  # it was read before it was deleted
    await assess(harness, again)
    following = await next_of(harness, again.attempt_id)
    assert following is not None
    assert following != chosen
    assert (await progress(child))["next_twister_id"] == str(following)


async def next_of(harness: Harness, attempt: UUID) -> UUID | None:
    """Returns what the gateway reads."""
    view = "SELECT twister_id FROM api.content_attempt_next_v2 WHERE attempt_id = $1"
    [row] = await harness.rows("content", view, attempt)
    found: UUID | None = row.twister_id
    return found


async def test_what_the_release_before_adds_at_its_start_counts(owner: tuple[Harness, Caller]) -> None:
    harness, author = owner
    path = await make(author, "Toy boat")
    old = (
        "INSERT INTO twisters (id, text, language, difficulty, sounds) VALUES ($1, $2, 'en', 1, '{R}')"
        " ON CONFLICT (id) DO UPDATE SET text = excluded.text, language = excluded.language,"
        " difficulty = excluded.difficulty, sounds = excluded.sounds"
    )
    for number, text in enumerate(("Red lorry, yellow lorry.", "TOY boat!"), 1):
        for _ in range(2):
            await harness.rows("content", old, UUID(int=number), text)
    assert await texts(author, "q=lorry") == ["Red lorry, yellow lorry."]
    assert exists(await author("POST", "/twisters", body("RED LORRY – yellow lorry!")))
    assert exists(await author("PATCH", path, {"text": "Red lorry! Yellow lorry!"}, headers=ANY))
    other = f"/twisters/{UUID(int=2)}"
    assert (await author("PATCH", other, {"difficulty": 2}, headers=ANY)).status == 200
    assert exists(await author("PATCH", other, {"text": "Toy, boat"}, headers=ANY))
    words = await harness.rows("content", "SELECT words FROM twisters WHERE id < $1 ORDER BY id", UUID(int=3))
    assert [row.words for row in words] == ["red lorry yellow lorry", f"toy boat {UUID(int=2).hex}"]
