"""Serves notes: a caller's own, or those of a child whose guardian the caller is. They are small: one file will do."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from chassis.web.call import Call
from chassis.web.listing import Listed, ListQuery, listing, read_page
from chassis.web.patch import Patch, fields_of
from chassis.web.routes import Routes
from chassis.web.rows import lock_row, read_row
from chassis.web.validation import Input
from libs.chassis.tests.integration.toys.messages import NoteWritten
from libs.chassis.tests.integration.toys.tables import notes

routes = Routes("notes")


class NoteFields(Input):
    """Holds what one writes."""

    text: Annotated[str, Field(min_length=1, max_length=300)]


class NoteOut(BaseModel):
    """Shows a note."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    text: str
    version: int


class NoteQuery(ListQuery):
    """Asks for a page of notes."""


def one(note_id: UUID, person: UUID) -> sa.Select[Any]:
    """Selects a note of a person."""
    return sa.select(notes).where(notes.c.id == note_id, notes.c.person_id == person)


@routes.get("/notes", access=("own",))
async def list_notes(query: NoteQuery, call: Call) -> Listed[NoteOut]:
    """Lists one's own notes."""
    own = sa.select(notes).where(notes.c.person_id == call.caller)
    page = listing(own, query, filters={}, sorts={"id": notes.c.id})
    return await read_page(call.rows, page, query, NoteOut.model_validate)


@routes.get("/notes/{id}", access=("own",))
async def read_note(id: UUID, call: Call) -> NoteOut:
    """Shows one of the caller's own notes."""
    return NoteOut.model_validate(await read_row(call.rows, one(id, call.caller)))


@routes.post("/notes", access=("own",), replay=read_note)
async def write_note(body: NoteFields, call: Call) -> NoteOut:
    """Writes a note."""
    async with call.unit() as unit:
        statement = sa.insert(notes).values(id=call.id, person_id=call.caller, text=body.text).returning(notes)
        note = (await unit.execute(statement)).one()
        unit.emit(NoteWritten(note_id=note.id, text=note.text))
        return NoteOut.model_validate(note)


@routes.patch("/notes/{id}", access=("own",), replay=read_note, emits=False)
async def edit_note(id: UUID, patch: Patch[NoteFields], call: Call) -> NoteOut:
    """Changes a note."""
    async with call.unit() as unit:
        row = await lock_row(unit, one(id, call.caller), call.if_match)
        changes = patch.changes(fields_of(NoteFields, row))
        if changes:
            values = {**changes, "version": row.version + 1}
            row = (await unit.execute(sa.update(notes).where(notes.c.id == id).values(values).returning(notes))).one()
        return NoteOut.model_validate(row)


@routes.delete("/notes/{id}", access=("own",), emits=False)
async def delete_note(id: UUID, call: Call) -> None:
    """Deletes a note."""
    async with call.unit() as unit:
        await lock_row(unit, one(id, call.caller), call.if_match)
        await unit.execute(sa.delete(notes).where(notes.c.id == id))


async def replay_about(note_id: UUID, call: Call) -> NoteOut:
    """Finds the note that a guardian has written about a child."""
    assert call.principal.acting_for is not None
    return NoteOut.model_validate(await read_row(call.rows, one(note_id, call.principal.acting_for)))


@routes.get("/people/{person}/notes/{id}", access=("own", "guardian"), person="person")
async def read_note_about(person: UUID, id: UUID, call: Call) -> NoteOut:
    """Shows a note about oneself, or about a child to its guardian."""
    return NoteOut.model_validate(await read_row(call.rows, one(id, person)))


@routes.post("/people/{person}/notes", access=("own", "guardian"), person="person", replay=replay_about)
async def write_note_about(person: UUID, body: NoteFields, call: Call) -> NoteOut:
    """Writes a note about oneself, or about a child as its guardian."""
    async with call.unit() as unit:
        statement = sa.insert(notes).values(id=call.id, person_id=person, text=body.text).returning(notes)
        note = (await unit.execute(statement)).one()
        unit.emit(NoteWritten(note_id=note.id, text=note.text), about=person)
        return NoteOut.model_validate(note)
