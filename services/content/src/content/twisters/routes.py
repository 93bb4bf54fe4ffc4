"""Serves twisters: everybody reads them, authors and admins edit them."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import BeforeValidator, Field

from chassis.web.access import EDITORS
from chassis.web.cache import CATALOGUE
from chassis.web.call import Call
from chassis.web.fields import Lines
from chassis.web.listing import Filters, Listed, ListQuery, Sorts, listing, read_page
from chassis.web.patch import Patch
from chassis.web.problems import ProblemType
from chassis.web.routes import Routes
from chassis.web.rows import read_row
from content.twisters import store
from content.twisters.tables import twisters
from content.twisters.twister import Language, Sound, TwisterFields, TwisterOut, words_of

routes = Routes("twisters")

TWISTER_EXISTS = ProblemType(
    name="twister-exists",
    status=409,
    title="This twister exists already",
    detail="Another twister in this language has the same words. Case and punctuation make no difference.",
)
CONFLICTS = {"twisters_words": TWISTER_EXISTS}
#: the same text, for twisters that the last release has just added
_WORDS = sa.func.coalesce(twisters.c.words, sa.func.lower(twisters.c.text))
SORTS: Sorts = {"id": twisters.c.id, "difficulty": twisters.c.difficulty, "updated_at": twisters.c.updated_at}
FILTERS: Filters = {
    "sound": lambda sound: twisters.c.sounds.contains([sound]),
    "difficulty": lambda difficulty: twisters.c.difficulty == difficulty,
    "language": lambda language: twisters.c.language == language,
    "q": lambda q: sa.and_(sa.true(), *((" " + _WORDS).contains(f" {word}") for word in words_of(q).split())),
}


class TwisterQuery(ListQuery):
    """Asks for a page of twisters."""

    sort: Literal["id", "difficulty", "-updated_at"] = "id"
    sound: Annotated[
        Sound | None, BeforeValidator(str.upper), Field(description="A sound it practises, ARPAbet; any case.")
    ] = None
    difficulty: Annotated[int | None, Field(ge=1, le=5)] = None
    language: Language | None = None
    q: Annotated[
        str | None,
        Field(max_length=300, pattern=r"[^\W_]", description="Words of the text or their beginnings, in any order."),
        Lines,
    ] = None


@routes.get("/twisters", access=("public",), cache=CATALOGUE)
async def list_twisters(query: TwisterQuery, call: Call) -> Listed[TwisterOut]:
    """Lists the catalogue, by sound, difficulty, language and words."""
    page = listing(sa.select(twisters), query, filters=FILTERS, sorts=SORTS)
    return await read_page(call.rows, page, query, TwisterOut.model_validate)


@routes.get("/twisters/{id}", access=("public",), cache=CATALOGUE)
async def read_twister(id: UUID, call: Call) -> TwisterOut:
    """Reads one tongue twister."""
    return TwisterOut.model_validate(await read_row(call.rows, store.ONE, id=id))


@routes.post("/twisters", access=EDITORS, replay=read_twister, conflicts=CONFLICTS, emits=False)
async def make_twister(body: TwisterFields, call: Call) -> TwisterOut:
    """Adds a tongue twister to the catalogue."""
    async with call.unit() as unit:
        return TwisterOut.model_validate(await store.add(unit, call.id, body))


@routes.patch("/twisters/{id}", access=EDITORS, replay=read_twister, conflicts=CONFLICTS, emits=False)
async def edit_twister(id: UUID, patch: Patch[TwisterFields], call: Call) -> TwisterOut:
    """Changes a tongue twister. Attempts keep the text they were read from."""
    async with call.unit() as unit:
        return TwisterOut.model_validate(await store.edit(unit, id, patch, call.if_match))


@routes.delete("/twisters/{id}", access=EDITORS, emits=False)
async def delete_twister(id: UUID, call: Call) -> None:
    """Deletes a tongue twister: it is not suggested any more, and attempts keep the text they were read from."""
    async with call.unit() as unit:
        await store.delete(unit, id, call.if_match)
