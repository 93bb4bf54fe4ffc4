"""Gives one form to what handlers and routes write by, so that the pipeline need not know who calls it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.engine import Result
from sqlalchemy.sql.expression import Executable

from chassis.handler import Rows, Unit
from chassis.web.unit import WriteUnit
from contracts.base import Command, Event, Message


class Acts(Rows, Protocol):
    """Runs statements, and acts for one person at a time. `hands_over`: it may hand over to channels."""

    @property
    def hands_over(self) -> bool:
        """Tells whether it may emit what channels deliver."""

    def of(self, person: UUID) -> Unit:
        """Returns the unit whose messages and timers are about a person."""


@dataclass(frozen=True, slots=True)
class HandlerActs:
    """Acts in a handler's batch; `causes` are its messages by the person that each is about."""

    unit: Unit
    causes: Mapping[UUID, Message]
    hands_over: bool = True

    async def execute(self, statement: Executable, parameters: Any = None) -> Result[Any]:
        """Runs a statement."""
        return await self.unit.execute(statement, parameters)

    def of(self, person: UUID) -> Unit:
        """Returns the unit with the cause that is about a person."""
        return _Caused(self.unit, self.causes[person])


@dataclass(frozen=True, slots=True)
class RouteActs:
    """Acts in a request, for its caller. What goes to channels is left to a timer: a request says no facts."""

    unit: WriteUnit
    hands_over: bool = False

    async def execute(self, statement: Executable, parameters: Any = None) -> Result[Any]:
        """Runs a statement."""
        return await self.unit.execute(statement, parameters)

    def of(self, person: UUID) -> Unit:
        """Returns the unit of the request."""
        return _Asked(self.unit)


@dataclass(frozen=True, slots=True)
class _Caused:
    unit: Unit
    cause: Message

    async def execute(self, statement: Executable, parameters: Any = None) -> Result[Any]:
        return await self.unit.execute(statement, parameters)

    def emit(self, event: Event, cause: Message | None = None, about: UUID | None = None) -> None:
        self.unit.emit(event, cause or self.cause, about)

    def schedule(
        self, key: str, due: datetime | timedelta, message: Command | Event, cause: Message | None = None
    ) -> None:
        self.unit.schedule(key, due, message, cause or self.cause)

    def unschedule(self, key: str) -> None:
        self.unit.unschedule(key)


@dataclass(frozen=True, slots=True)
class _Asked:
    unit: WriteUnit

    async def execute(self, statement: Executable, parameters: Any = None) -> Result[Any]:
        return await self.unit.execute(statement, parameters)

    def emit(self, event: Event, cause: Message | None = None, about: UUID | None = None) -> None:
        self.unit.emit(event, about=about or "caller")

    def schedule(
        self, key: str, due: datetime | timedelta, message: Command | Event, cause: Message | None = None
    ) -> None:
        self.unit.schedule(key, due, message)

    def unschedule(self, key: str) -> None:
        self.unit.unschedule(key)
