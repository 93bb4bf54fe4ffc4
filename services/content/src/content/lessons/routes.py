"""Serves topics and lessons: the catalogue to everybody, a lesson in the revision that its reader is in."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field

from chassis.storage.media import Gone
from chassis.storage.statement import constant
from chassis.web.cache import CATALOGUE, IMMUTABLE
from chassis.web.call import Call
from chassis.web.direct import DirectResponse, whole
from chassis.web.listing import Filters, Listed, ListQuery, Sorts, listing, read_page
from chassis.web.problems import ProblemError, not_found
from chassis.web.routes import Routes
from content.deps import ContentDeps
from content.exercises.problems import LESSON_LOCKED
from content.lessons import places
from content.lessons.draft import PREFIX, SERVED
from content.lessons.lesson import KEY, TOPIC, Difficulty
from content.lessons.pictures import JPEG, PNG, SVG, WEBP, sniffed
from content.lessons.shown import LessonItem, LessonOut, TopicsOut, lesson_shown, topics_shown
from content.lessons.tables import lessons

routes = Routes("lessons")

SORTS: Sorts = {"position": lessons.c.position, "id": lessons.c.id}
FILTERS: Filters = {
    "topic": lambda topic: lessons.c.topic == topic,
    "difficulty": lambda difficulty: lessons.c.difficulty == difficulty,
    "key": lambda key: lessons.c.key == key,
}


class LessonsQuery(ListQuery):
    """Asks for a page of lessons."""

    sort: Literal["position", "-position"] = Field("position", description="By topic, then by sequence.")
    topic: Annotated[str | None, Field(pattern=TOPIC, max_length=60)] = None
    difficulty: Difficulty | None = None
    key: Annotated[str | None, Field(pattern=KEY, max_length=121, description="The key of one lesson.")] = None


@routes.get("/topics", access=("public",), cache=CATALOGUE)
async def list_topics(call: Call[ContentDeps]) -> TopicsOut:
    """Lists the topics, with how many lessons each has."""
    there = sa.not_(lessons.c.retired)
    counted = sa.select(lessons.c.topic, sa.func.count().label("there")).where(there).group_by(lessons.c.topic)
    return topics_shown([(row.topic, row.there) for row in await call.rows.execute(counted)])


@routes.get("/lessons", access=("public",), cache=CATALOGUE)
async def list_lessons(query: LessonsQuery, call: Call[ContentDeps]) -> Listed[LessonItem]:
    """Lists the lessons, by topic and then by sequence."""
    page = _page(query) if query.cursor is not None else _first_page(query.model_dump_json())
    return await read_page(call.rows, page, query, LessonItem.model_validate)


def _page(query: LessonsQuery) -> sa.Select[Any]:
    there = sa.select(lessons).where(sa.not_(lessons.c.retired))
    return listing(there, query, filters=FILTERS, sorts=SORTS)


@lru_cache(maxsize=32)
def _first_page(query: str) -> sa.Select[Any]:
    """Returns the statement of a first page, made once for what clients ask again and again: has anything changed?"""
    return constant(_page(LessonsQuery.model_validate_json(query)))


@routes.get("/lessons/{id}", access=("public",), cache=CATALOGUE, personal=True, problems=(LESSON_LOCKED,))
async def read_lesson(id: UUID, call: Call[ContentDeps]) -> LessonOut:
    """Reads a lesson: signed in, in the revision one is in; without a token, if it requires no other lesson."""
    person = call.principal.id
    card = (await call.rows.execute(sa.select(lessons).where(lessons.c.id == id))).first()
    if card is None:
        raise not_found()
    if person is None:
        if card.retired:
            raise not_found()
        unlocked, revision = not card.requires, card.revision
    else:
        place = (await call.deps.lessons.places(call.rows, person, [id])).get(id)
        if place is None:
            raise not_found()
        unlocked, revision = place.unlocked, place.revision
    if not unlocked:
        raise ProblemError(LESSON_LOCKED, extensions={"requires": [*card.requires]})
    found = await call.rows.execute(places.READ_REVISIONS, places.named([(id, revision)]))
    return lesson_shown(id, found.one(), person, card.revision)


@routes.post(
    "/lessons/{id}/restart",
    access=("signed-in",),
    status=200,
    replay=read_lesson,
    emits=False,
    problems=(LESSON_LOCKED,),
)
async def restart_lesson(id: UUID, call: Call[ContentDeps]) -> LessonOut:
    """Moves to the newest revision of a lesson. Past attempts stay in the history."""
    async with call.unit() as unit:
        place = (await call.deps.lessons.places(unit, call.caller, [id])).get(id)
        if place is None:
            raise not_found()
        card = (await unit.execute(sa.select(lessons).where(lessons.c.id == id))).one()
        if not place.unlocked:
            raise ProblemError(LESSON_LOCKED, extensions={"requires": [*card.requires]})
        await places.restart(unit, call.caller, id)
        found = await unit.execute(places.READ_REVISIONS, places.named([(id, card.revision)]))
        return lesson_shown(id, found.one(), call.caller, card.revision)


@routes.get(SERVED + "/{digest}", access=("public",), media=(PNG, JPEG, WEBP, SVG))
async def read_picture(
    digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")], call: Call[ContentDeps]
) -> DirectResponse:
    """Reads a picture of a lesson, by the SHA-256 of its bytes."""
    try:
        data = await call.deps.media.read_key(f"{PREFIX}/{digest}")
    except Gone:
        raise not_found() from None
    return whole(data, sniffed(data) or "application/octet-stream", {"Cache-Control": IMMUTABLE, "ETag": f'"{digest}"'})
