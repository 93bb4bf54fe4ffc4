"""Serves toys: everybody reads them, authors and admins edit them, and polishing one costs time."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field

from chassis.web.access import EDITORS
from chassis.web.cache import CATALOGUE
from chassis.web.call import Call
from chassis.web.listing import Filters, Listed, ListQuery, Sorts, listing, read_page
from chassis.web.patch import Patch
from chassis.web.problems import ProblemType
from chassis.web.proposal import Proposal
from chassis.web.routes import Routes
from chassis.web.rows import read_row
from chassis.web.validation import Input
from libs.chassis.tests.integration.toys import store
from libs.chassis.tests.integration.toys.messages import POLISH, PolishToy, ToyChanged, ToyDeleted
from libs.chassis.tests.integration.toys.tables import toys
from libs.chassis.tests.integration.toys.toy import ToyFields, ToyOut

routes = Routes("toys")

TOY_EXISTS = ProblemType(name="toy-exists", status=409, title="There is such a toy already")
TOY_FORBIDDEN = ProblemType(name="toy-forbidden", status=409, title="No such toy may be")
CONFLICTS = {"toys_name": TOY_EXISTS, "toys_not_forbidden": TOY_FORBIDDEN}
SORTS: Sorts = {"id": toys.c.id, "name": toys.c.name, "age": toys.c.age, "worn_at": toys.c.worn_at}
FILTERS: Filters = {
    "age": lambda age: toys.c.age == age,
    "q": lambda words: toys.c.name.icontains(words, autoescape=True),
}


class ToyQuery(ListQuery):
    """Asks for a page of toys."""

    sort: Literal["id", "name", "-age", "worn_at", "-worn_at"] = "id"
    age: Annotated[int | None, Field(ge=0, le=99, description="The age it is for.")] = None
    q: Annotated[str | None, Field(min_length=1, max_length=40, description="Part of the name.")] = None


class Polish(Input):
    """Says how a toy is to be polished."""

    with_what: Annotated[str, Field(max_length=20)]


@routes.get("/toys", access=("public",), cache=CATALOGUE)
async def list_toys(query: ToyQuery, call: Call) -> Listed[ToyOut]:
    """Lists the toys."""
    page = listing(sa.select(toys), query, filters=FILTERS, sorts=SORTS)
    return await read_page(call.rows, page, query, ToyOut.model_validate)


@routes.get("/toys/{id}", access=("public",), cache=CATALOGUE)
async def read_toy(id: UUID, call: Call) -> ToyOut:
    """Shows one toy."""
    return ToyOut.model_validate(await read_row(call.rows, store.one(id)))


@routes.post("/toys", access=EDITORS, replay=read_toy, conflicts=CONFLICTS)
async def make_toy(body: ToyFields, call: Call) -> ToyOut:
    """Makes a toy."""
    async with call.unit() as unit:
        toy = await store.add(unit, call.id, body)
        unit.emit(ToyChanged(toy_id=toy.id, toy_version=toy.version), about=None)
        return ToyOut.model_validate(toy)


@routes.patch("/toys/{id}", access=EDITORS, replay=read_toy, conflicts=CONFLICTS)
async def edit_toy(id: UUID, patch: Patch[ToyFields], call: Call) -> ToyOut:
    """Changes a toy."""
    async with call.unit() as unit:
        toy, changed = await store.edit(unit, id, patch, call.if_match)
        if changed:
            unit.emit(ToyChanged(toy_id=id, toy_version=toy.version), about=None)
        return ToyOut.model_validate(toy)


@routes.delete("/toys/{id}", access=EDITORS)
async def delete_toy(id: UUID, call: Call) -> None:
    """Deletes a toy."""
    async with call.unit() as unit:
        toy = await store.delete(unit, id, call.if_match)
        unit.emit(ToyDeleted(toy_id=id, toy_version=toy.version + 1), about=None)


@routes.post("/toys/{id}/polish", access=("learner",), job=POLISH, result="readToy")
async def polish_toy(id: UUID, body: Polish, call: Call) -> Proposal | ToyOut:
    """Has a toy polished, which takes a while. One that shines with that already is shown as it is."""
    toy = await read_row(call.rows, store.one(id))
    if toy.note == store.shine(body.with_what):
        return ToyOut.model_validate(toy)
    command = PolishToy(person_id=call.caller, toy_id=id, toy_version=toy.version, with_what=body.with_what)
    return Proposal(POLISH, command, {"toy": str(id)})
