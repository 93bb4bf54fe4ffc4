"""Tests what tells handlers that they have rows that are due: one statement for all of them, on a real database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from chassis.delivery.due import Due
from chassis.storage.database import Database
from chassis.storage.errors import DatabaseAway
from libs.chassis.tests.integration.demo import Work
from libs.chassis.tests.integration.fixtures import Bench


class Asked(Database):
    """Represents a database, counts what it is asked, and can be away."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.times = 0
        self.away = False

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        self.times += 1
        if self.away:
            raise DatabaseAway
        return await self._database.fetch(statement, *parameters)


async def test_a_handler_looks_when_a_row_of_its_own_is_due(bench: Bench) -> None:
    due = Due(bench.database, 0)
    work, other = due.of("demo.work"), due.of("demo.other")
    claim = await bench.claim(Work(key="a"))
    assert not await work()  # its owner has it
    await bench.make_due(claim)
    assert await work()
    assert not await other()
    await bench.consumer.reap(1)
    assert not await work()


async def test_one_answer_serves_all_handlers_for_a_while(bench: Bench) -> None:
    asked = Asked(bench.database)
    due = Due(asked, 3600)
    handlers = [due.of(f"demo.{number}") for number in range(50)]
    assert [await each() for each in handlers] == [False] * 50
    assert asked.times == 1


async def test_each_handler_looks_itself_where_nothing_is_told(bench: Bench) -> None:
    asked = Asked(bench.database)
    due = Due(asked, 3600)
    handlers = [due.of(f"demo.{number}") for number in range(3)]
    asked.away = True
    assert [await each() for each in handlers] == [True] * 3  # and finds out what is wrong, without waiting in turn
    assert asked.times == 1
