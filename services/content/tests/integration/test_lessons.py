"""Tests lessons as people read them: what is open, in which revision, cached how, and that nothing tells a solution."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.shared_owner import SharedOwner
from chassis.storage.database import Database, open_database
from chassis.storage.media import Media
from chassis.testing import Harness
from chassis.web.principal import ANONYMOUS
from chassis.web.testing import Answer, Caller, signed_in
from content.lessons.places import StoredLessons
from content.lessons.seed import Seed, seed
from services.content.tests.lesson_sources import lesson_source

FIRST, SECOND, CLOUD = "internet/first", "internet/second", "cloud/first"
SOURCES = (
    lesson_source(FIRST, 1, title="First"),
    lesson_source(SECOND, 2, title="Second", requires=[FIRST], difficulty="advanced"),
    lesson_source(CLOUD, 1, title="Cloud"),
)
SECRETS = ("Secret", "explanation", "accepted", "kilobyte", "KB", '"correct"', '"why"', "It is one of eight", "weight")


@dataclass
class Catalogue:
    """Holds a running content service with three lessons, and calls it."""

    caller: Caller
    database: Database
    media: Media
    ids: dict[str, UUID]
    harness: Harness

    async def seed(self, *sources: str) -> None:
        async with self.database.transaction() as tx:
            files = {f"{source.split()[2]}.md": source.encode() for source in sources}
            assert await seed(tx, self.media, Seed(files)) == ()

    async def enter(self, person: Caller, key: str, score: int | None = None) -> None:
        """Begins a lesson, and completes it if there is a score."""
        who, now = person.principal.id, datetime.now(UTC)
        assert who is not None
        async with self.database.transaction() as tx:
            await StoredLessons().enter(tx, who, {self.ids[key]: now})
            if score is not None:
                await StoredLessons().complete(tx, who, self.ids[key], score, now)

    async def read(self, person: Caller, key: str) -> Answer:
        return await person("GET", f"/lessons/{self.ids[key]}")


@pytest.fixture
async def catalogue(content: SharedOwner) -> AsyncIterator[Catalogue]:
    """Runs content with three lessons, with nobody as the caller."""
    database = open_database(content.harness.database_url, "content", size=1)
    for table in ("lessons", "entries", "seeded_entries"):
        await database.fetch(f"DELETE FROM {table}")
    made = Catalogue(content.caller, database, content.media, {}, content.harness)
    await made.seed(*SOURCES)
    made.ids.update({row.key: row.id for row in await database.fetch("SELECT key, id FROM lessons")})
    yield made
    await database.close()


async def test_the_catalogue_is_the_same_for_everybody(catalogue: Catalogue) -> None:
    anybody, person = catalogue.caller, catalogue.caller.by(signed_in())
    listed = await anybody("GET", "/lessons")
    assert [item["key"] for item in listed.json()["items"]] == [FIRST, SECOND, CLOUD]
    assert {name: listed.json()["items"][1][name] for name in ("exercises", "requires", "revision", "difficulty")} == {
        "exercises": 3,
        "requires": [FIRST],
        "revision": 1,
        "difficulty": "advanced",
    }
    assert (listed.headers["cache-control"][:6], "vary" in listed.headers) == ("public", False)
    assert (await person("GET", "/lessons")).body == listed.body
    again = await anybody("GET", "/lessons", headers={"If-None-Match": listed.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    for query, keys in (
        ("topic=cloud", [CLOUD]),
        ("difficulty=advanced", [SECOND]),
        (f"key={SECOND}", [SECOND]),
        ("topic=security", []),
    ):
        assert [item["key"] for item in (await anybody("GET", f"/lessons?{query}")).json()["items"]] == keys
    for wrong in ("topic=In%20ternet", "difficulty=easy", "key=a", "sort=title", "limit=0", "page=2"):
        assert (await anybody("GET", f"/lessons?{wrong}")).status == 422


async def test_pages_follow_each_other(catalogue: Catalogue) -> None:
    first = (await catalogue.caller("GET", "/lessons?limit=2")).json()
    second = (await catalogue.caller("GET", f"/lessons?limit=2&cursor={first['next_cursor']}")).json()
    assert [item["key"] for item in first["items"] + second["items"]] == [FIRST, SECOND, CLOUD]
    assert second["next_cursor"] is None


async def test_topics_are_those_with_lessons(catalogue: Catalogue) -> None:
    items = (await catalogue.caller("GET", "/topics")).json()["items"]
    assert [(item["topic"], item["title"], item["lessons"]) for item in items] == [
        ("internet", "The internet", 2),
        ("cloud", "The cloud", 1),
    ]


async def test_a_lesson_that_requires_nothing_is_open_to_everybody(catalogue: Catalogue) -> None:
    answer = await catalogue.read(catalogue.caller, FIRST)
    lesson = answer.json()
    assert (answer.status, answer.headers["cache-control"][:6], answer.headers["vary"]) == (
        200,
        "public",
        "Authorization",
    )
    assert "{{exercise: choose}}" in lesson["content"]
    assert '<div data-exercise="choose"></div>' in lesson["content_html"]
    assert [each["type"] for each in lesson["exercises"]] == ["multiple_choice", "free_text", "ordering"]
    assert lesson["newer_revision"] is None
    again = await catalogue.caller(
        "GET", f"/lessons/{catalogue.ids[FIRST]}", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status == 304


async def test_nothing_that_a_learner_gets_tells_a_solution(catalogue: Catalogue) -> None:
    person = catalogue.caller.by(signed_in())
    await catalogue.enter(person, FIRST)
    answers = [
        await catalogue.read(catalogue.caller, FIRST),
        await catalogue.read(person, FIRST),
        await catalogue.caller("GET", "/lessons"),
        await catalogue.caller("GET", "/topics"),
        await person("POST", f"/lessons/{catalogue.ids[FIRST]}/restart"),
    ]
    assert [answer.status for answer in answers] == [200] * 5
    assert [secret for secret in SECRETS for answer in answers if secret in answer.body.decode()] == []


async def test_each_learner_has_an_order_that_stays(catalogue: Catalogue) -> None:
    def order(answer: Answer) -> str:
        return json.dumps([each.get("items") for each in answer.json()["exercises"]])

    people = [catalogue.caller.by(signed_in()) for _ in range(8)]
    orders = [order(await catalogue.read(person, FIRST)) for person in people]
    assert len(set(orders)) > 2
    assert [order(await catalogue.read(person, FIRST)) for person in people] == orders


async def test_a_lesson_is_locked_until_what_it_requires_is_completed(catalogue: Catalogue) -> None:
    person, other = (catalogue.caller.by(signed_in()) for _ in range(2))
    for reader in (person, catalogue.caller):
        locked = await catalogue.read(reader, SECOND)
        assert (locked.status, locked.problem, locked.json()["requires"]) == (403, "lesson-locked", [FIRST])
        assert locked.headers["cache-control"] == "no-store"
    assert (await person("POST", f"/lessons/{catalogue.ids[SECOND]}/restart")).problem == "lesson-locked"
    await catalogue.enter(person, FIRST, 60)
    opened = await catalogue.read(person, SECOND)
    assert (opened.status, opened.headers["cache-control"]) == (200, "no-store")
    assert (await catalogue.read(other, SECOND)).status == 403


async def test_one_reads_the_revision_one_is_in_until_a_restart(catalogue: Catalogue) -> None:
    person = catalogue.caller.by(signed_in())
    await catalogue.enter(person, FIRST)
    await catalogue.seed(lesson_source(FIRST, 1, title="Newer"))

    async def seen(reader: Caller) -> tuple[Any, ...]:
        lesson = (await catalogue.read(reader, FIRST)).json()
        return lesson["title"], lesson["revision"], lesson["newer_revision"]

    assert await seen(person) == ("First", 1, 2)
    assert await seen(catalogue.caller) == await seen(catalogue.caller.by(signed_in())) == ("Newer", 2, None)
    key = {"Idempotency-Key": "again"}
    for replayed in (None, "true"):
        restarted = await person("POST", f"/lessons/{catalogue.ids[FIRST]}/restart", headers=key)
        assert (restarted.status, restarted.json()["title"]) == (200, "Newer")
        assert restarted.headers.get("idempotency-replayed") == replayed
    assert await seen(person) == ("Newer", 2, None)


async def test_a_restart_of_what_was_not_begun_begins_nothing(catalogue: Catalogue) -> None:
    person = catalogue.caller.by(signed_in())
    assert (await person("POST", f"/lessons/{catalogue.ids[FIRST]}/restart")).status == 200
    assert await catalogue.database.fetch("SELECT * FROM lesson_places") == []
    nobody = catalogue.caller.by(ANONYMOUS)
    assert (await nobody("POST", f"/lessons/{catalogue.ids[FIRST]}/restart")).status == 401


async def test_a_retired_lesson_is_there_for_those_inside_alone(catalogue: Catalogue) -> None:
    inside, newcomer = (catalogue.caller.by(signed_in()) for _ in range(2))
    await catalogue.enter(inside, FIRST)
    await catalogue.database.fetch("UPDATE lessons SET retired = true WHERE id = $1", catalogue.ids[FIRST])
    assert (await catalogue.read(inside, FIRST)).status == 200
    missing = await newcomer("GET", f"/lessons/{uuid4()}")
    for reader in (newcomer, catalogue.caller):
        answer = await catalogue.read(reader, FIRST)
        assert (answer.status, answer.said) == (404, missing.said)
    assert [item["key"] for item in (await newcomer("GET", "/lessons")).json()["items"]] == [SECOND, CLOUD]
    assert (await catalogue.read(newcomer, SECOND)).status == 200  # nobody can complete what it requires any more


async def test_a_picture_is_served_by_its_bytes(catalogue: Catalogue) -> None:
    png = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
    digest = "ab" * 32
    await catalogue.media.write(f"lessons/{digest}", png, "image/png")
    found = await catalogue.caller("GET", f"/media/lessons/{digest}")
    assert (found.status, found.body, found.headers["content-type"]) == (200, png, "image/png")
    assert "immutable" in found.headers["cache-control"]
    assert (await catalogue.caller("GET", f"/media/lessons/{'cd' * 32}")).status == 404
    assert (await catalogue.caller("GET", "/media/lessons/..%5Ckeys")).status == 404
