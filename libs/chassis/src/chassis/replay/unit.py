"""Implements the unit of a replay: rows are written over those of the first run, timers stay as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Result
from sqlalchemy.sql.expression import Executable

from chassis.delivery.unit import OpenUnit
from contracts.base import Command, Event, Message


@dataclass(frozen=True, slots=True)
class Emitted:
    """Holds an event that a handler has emitted; `ordinal` counts those of its type and cause, `about` its person."""

    event: Event
    ordinal: int
    about: UUID | None


class ReplayUnit(OpenUnit):
    """Implements `chassis.handler.Unit` for a message that may have been handled before.

    A plain INSERT, which the row of the first run would refuse, writes over that row; the statement of a handler that
    says itself what to do then stays as it is. Timers are neither set nor removed: those that wait are live ones.
    """

    async def execute(self, statement: Executable, parameters: Any = None) -> Result[Any]:
        """Runs a SQLAlchemy Core statement of the service."""
        if isinstance(statement, sa.Insert):
            statement = written_over(statement, parameters)
        return await super().execute(statement, parameters)

    def schedule(
        self,
        key: str,
        due: datetime | timedelta,
        message: Command | Event,
        cause: Message | None = None,
        about: UUID | None = None,
        *,
        unless_due: bool = False,
    ) -> None:
        """Does nothing."""

    def ring(self, person: UUID) -> None:
        """Does nothing."""

    def unschedule(self, key: str) -> None:
        """Does nothing."""

    def emitted(self) -> list[Emitted]:
        """Returns what was emitted so far."""
        return [Emitted(each.event, each.ordinal, each.cause.person_id) for each in self._emitted]


def written_over(statement: sa.Insert, parameters: Any = None) -> sa.Insert:
    """Returns an INSERT of values that updates the row with the same primary key."""
    table = statement.table
    if statement._post_values_clause is not None or statement.select is not None or not isinstance(table, sa.Table):
        return statement
    names = _names(statement, parameters)
    key = [column.name for column in table.primary_key]
    if not key or not names:
        return statement
    clause = postgresql.insert(table)
    changed = {name: clause.excluded[name] for name in sorted(names - set(key))}
    over = (
        clause.on_conflict_do_update(index_elements=key, set_=changed)
        if changed
        else clause.on_conflict_do_nothing(index_elements=key)
    )
    copied = statement._generate()
    copied._post_values_clause = over._post_values_clause
    return copied


def _names(statement: sa.Insert, parameters: Any) -> set[str]:
    """Returns the names of the columns that a statement sets."""
    found = {_name(each) for each in statement._values or ()}
    for rows in statement._multi_values or ():
        found |= {_name(each) for row in rows for each in (row if isinstance(row, Mapping) else ())}
    given = parameters if isinstance(parameters, Sequence) else [parameters]
    return found | {name for each in given if isinstance(each, Mapping) for name in each}


def _name(column: Any) -> str:
    return column if isinstance(column, str) else str(column.key)
