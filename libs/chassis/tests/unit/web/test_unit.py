"""Tests what a unit of a quick write lets a route do, and what it refuses as a mistake of the route."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import pytest
import sqlalchemy as sa

from chassis.delivery.outbox import Bell
from chassis.message.crypto import new_key
from chassis.message.envelope import new_id
from chassis.storage.database import Transaction
from chassis.storage.keys import Keys
from chassis.storage.person_lock import SHARE_PEOPLE
from chassis.stores_in_memory import KeysInMemory
from chassis.web import statements
from chassis.web.problems import ProblemError
from chassis.web.unit import WriteUnit
from libs.chassis.tests.integration.toys.messages import NoteWritten, ToyChanged

OPERATION, ADA, BEN = new_id(), new_id(), new_id()
CHANGED = ToyChanged(toy_id=new_id(), toy_version=1)
NOTE = NoteWritten(note_id=new_id(), text="a")


class Said:
    """Answers whether a person was erased."""

    def __init__(self, erased: bool) -> None:
        self.erased = erased


class Recorded:
    """Stands for a transaction in which somebody may have been erased, and keeps what was asked."""

    def __init__(self, *erased: UUID) -> None:
        self._erased = erased
        self.asked: list[str] = []

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Any]:
        self.asked.append(statement)
        return [Said(parameters[0] in self._erased)]


def unit(tx: Recorded | None = None, *, emits: bool = True) -> WriteUnit:
    """Makes Ada's unit."""
    keys = KeysInMemory()
    keys.keys |= {person: new_key() for person in (ADA, BEN)}
    return WriteUnit(
        cast(Transaction, tx or Recorded()),
        source="voxbus/toys",
        operation_id=OPERATION,
        caller=ADA,
        people=(ADA,),
        keys=Keys(keys),
        emits=emits,
    )


async def test_each_fact_has_an_id_of_its_own_and_a_redo_makes_the_same() -> None:
    found = []
    for _ in range(2):
        once = unit()
        once.emit(CHANGED, about=None)
        once.emit(NOTE)
        once.emit(CHANGED, about=None)
        found.append([message.envelope.id for message in await once.flush()])
    assert len(set(found[0])) == 3
    assert found[0] == found[1]


async def test_a_bell_rings_once_for_each_person_and_a_timer_is_about_the_caller_alone() -> None:
    once = unit(emits=False)
    assert (once.bells, once.emits) == ([], False)
    once.ring(ADA)
    once.ring(ADA)
    assert once.bells == [Bell(frozenset({ADA}))]
    assert json.loads(once.bells[0].body()) == [str(ADA)]
    once.schedule("a", timedelta(), CHANGED, about=ADA)
    with pytest.raises(RuntimeError, match="about its caller alone"):
        once.schedule("a", timedelta(), CHANGED, about=BEN)


async def test_a_fact_is_about_whom_the_unit_holds() -> None:
    once = unit()
    with pytest.raises(RuntimeError, match=r"unit\.concerns"):
        once.emit(NOTE, about=BEN)
    await once.concerns(BEN)
    once.emit(NOTE, about=BEN)
    [message] = await once.flush()
    assert message.envelope.person_id == BEN


async def test_one_more_person_is_locked_before_it_is_asked_whether_they_were_erased() -> None:
    tx = Recorded()
    once = unit(tx)
    await once.concerns(ADA)
    assert tx.asked == []  # held from the beginning
    for _ in range(2):
        await once.concerns(BEN)
    assert tx.asked == [SHARE_PEOPLE, statements.IS_ERASED]


async def test_of_a_person_who_was_erased_nothing_is_written() -> None:
    once = unit(Recorded(BEN))
    for _ in range(2):
        with pytest.raises(ProblemError) as refused:
            await once.concerns(BEN)
        assert refused.value.problem.status == 404


async def test_a_route_that_says_it_emits_nothing_emits_nothing() -> None:
    with pytest.raises(RuntimeError, match="emits=False"):
        unit(emits=False).emit(CHANGED, about=None)


async def test_nothing_is_written_after_the_block() -> None:
    once = unit()
    once.closed = True
    with pytest.raises(RuntimeError, match="closed"):
        await once.execute(sa.select(1))
