"""Defines the messages of the toys."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from contracts.base import PERSONAL, Command, Event, JobKind, Step


class ToyChanged(Event):
    type = "toy.changed"
    toy_id: UUID
    toy_version: int


class ToyDeleted(Event):
    type = "toy.deleted"
    toy_id: UUID
    toy_version: int


class NoteWritten(Event):
    type = "note.written"
    note_id: UUID
    text: Annotated[str, PERSONAL]


class PolishToy(Command):
    type = "toy.polish"
    person_id: UUID
    toy_id: UUID
    toy_version: int
    with_what: Annotated[str, PERSONAL]


class ToyPolished(Event):
    type = "toy.polished"
    toy_id: UUID


POLISH = JobKind(
    name="toy_polish",
    command=PolishToy,
    steps=(Step("toys.polish_toy", ToyPolished),),
    completed_by=ToyPolished,
    deadline=timedelta(hours=1),
)
