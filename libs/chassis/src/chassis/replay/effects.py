"""Implements effects that are recorded instead of performed: a replay calls nobody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from chassis.errors import VoxbusError
from chassis.handler import Rule
from chassis.storage.database import Database
from contracts.base import Json

_RESULT = "SELECT result FROM effects WHERE key = $1 AND state = 'done'"


class NotPerformed(VoxbusError):
    """Reports an effect of which no result is recorded: a replay makes no call, and nobody knows how it would end.

    It is of no kind that handlers know, and they do not get past it: what another answer would lead to is not done.
    """


class RecordedEffects:
    """Answers with the results that the first run has recorded (implements `chassis.handler.Effects`)."""

    def __init__(self, database: Database, consumer: str, message_id: UUID, *, dry: bool) -> None:
        """Takes the id of the message as it was first handled. A `dry` run goes on as if a call had succeeded."""
        self._database = database
        self._consumer = consumer
        self._message_id = message_id
        self._dry = dry
        #: the names of the effects that were reached, in order
        self.reached: list[str] = []
        self._missing: NotPerformed | None = None

    @property
    def message_id(self) -> UUID:
        """Returns the id of the message as it was first handled: what is sealed in results is bound to it."""
        return self._message_id

    @property
    def tries(self) -> int:
        """Returns 1: a replay tries once."""
        return 1

    async def once(
        self, name: str, call: Callable[[], Awaitable[Json]], rule: Rule, *, as_if: Json | None = None
    ) -> Json:
        """Returns the recorded result, or `as_if`. Raises `NotPerformed`."""
        self.reached.append(name)
        rows = await self._database.fetch(_RESULT, f"{self._message_id}/{self._consumer}/{name}")
        if rows:
            return rows[0].result or {}
        if self._dry and as_if is not None:
            return as_if
        self._missing = NotPerformed(f"the outside effect {name} has no recorded result, and a replay performs none")
        raise self._missing

    def require(self) -> None:
        """Raises `NotPerformed` again where a handler has gone on without it."""
        if self._missing is not None:
            raise self._missing
