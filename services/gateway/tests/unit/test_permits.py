"""Tests that open streams end with their sign-in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Row

from chassis.observe.health import Watchdog
from chassis.storage.database import Database
from chassis.storage.errors import DatabaseAway
from gateway.edge.streams.permits import Permit, Permits


@dataclass
class _Person:
    id: UUID


class Accounts(Database):
    """Represents a database that has some people, or that is away."""

    def __init__(self, *people: UUID) -> None:
        self.people = set(people)
        self.away = False
        self.asked: list[list[UUID]] = []

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        if self.away:
            raise DatabaseAway
        [asked] = cast("tuple[list[UUID]]", parameters)
        self.asked.append(asked)
        return cast("Sequence[Row[Any]]", [_Person(person) for person in asked if person in self.people])


async def test_the_streams_of_an_erased_person_end_and_no_others() -> None:
    anna, ben = uuid4(), uuid4()
    accounts = Accounts(anna, ben)
    permits = Permits(accounts, Watchdog().pulse("permits"))
    one, two, other = (permits.hold(Permit(person, None, 60)) for person in (anna, anna, ben))
    with one as first, two as second, other as third:
        await permits.check()
        assert [first.is_set(), second.is_set(), third.is_set()] == [False] * 3
        accounts.people = {ben}
        await permits.check()
        assert [first.is_set(), second.is_set(), third.is_set()] == [True, True, False]
        assert [sorted(asked) for asked in accounts.asked] == [sorted([anna, ben])] * 2  # one statement for all
        await permits.check()
        assert accounts.asked[-1] == [ben]


async def test_a_stream_ends_with_its_token_also_while_the_database_is_away() -> None:
    now, person = 100.0, uuid4()
    accounts = Accounts(person)
    permits = Permits(accounts, Watchdog().pulse("permits"), clock=lambda: now)
    with permits.hold(Permit(person, None, 60)) as short, permits.hold(Permit(person, None, 600)) as long:
        now, accounts.away = 160.0, True
        with pytest.raises(DatabaseAway):
            await permits.check()
        assert (short.is_set(), long.is_set()) == (True, False)


async def test_a_closed_stream_is_not_asked_about() -> None:
    person = uuid4()
    accounts = Accounts(person)
    permits = Permits(accounts, Watchdog().pulse("permits"))
    with permits.hold(Permit(person, None, 60)):
        pass
    await permits.check()
    assert accounts.asked == []
