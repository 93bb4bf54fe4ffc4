"""Tests how requests wait to be accepted: one of each person at a time, and work that grows only with requests."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, ClassVar, cast
from uuid import UUID

from sqlalchemy import Row

from chassis.message.envelope import new_id
from chassis.storage.database import Database
from contracts.catalogue import NOTIFICATION_READ
from contracts.gateway import MarkNotificationRead
from gateway.edge.context import GatewayContext
from gateway.jobs.accept import Acceptance, Accepted


class CountedId(UUID):
    """Represents a person's id that counts how often anything is looked up by it."""

    looked_up: ClassVar[int] = 0

    def __hash__(self) -> int:
        CountedId.looked_up += 1
        return super().__hash__()


class _Taken:
    """Represents a row of what a statement has accepted."""

    held = False

    def __init__(self, job_id: UUID) -> None:
        self.job_id = job_id


class AcceptsAll(Database):
    """Represents a database that takes whatever it is asked to, and keeps the persons of each statement."""

    def __init__(self) -> None:
        self.batches: list[list[UUID]] = []

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        jobs, persons = cast("Sequence[UUID]", parameters[0]), cast("Sequence[UUID]", parameters[2])
        self.batches.append(list(persons))
        return cast("Sequence[Row[Any]]", [_Taken(job_id) for job_id in jobs])


async def _accept(acceptance: Acceptance, person: UUID) -> Accepted:
    command = MarkNotificationRead(notification_id=new_id(), person_id=person)
    return await acceptance.accept(NOTIFICATION_READ, command, job_id=new_id(), person_id=person, idempotency=None)


async def test_many_requests_of_one_person_cost_the_same_each(gateway: GatewayContext) -> None:
    requests = 1_000
    acceptance = Acceptance(AcceptsAll(), gateway.relay, keys=gateway.keys)
    person = CountedId(int=new_id().int)
    CountedId.looked_up = 0
    await asyncio.gather(*(_accept(acceptance, person) for _ in range(requests)))
    assert CountedId.looked_up < 50 * requests


async def test_a_person_with_many_requests_is_taken_once_in_each_statement_beside_the_others(
    gateway: GatewayContext,
) -> None:
    database = AcceptsAll()
    acceptance = Acceptance(database, gateway.relay, keys=gateway.keys)
    busy, other = new_id(), new_id()
    await asyncio.gather(*(_accept(acceptance, person) for person in (busy, busy, busy, other)))
    assert [sorted(batch) for batch in database.batches if other in batch] == [sorted([busy, other])]
    assert all(batch.count(busy) <= 1 for batch in database.batches)
    assert sum(batch.count(busy) for batch in database.batches) == 3
