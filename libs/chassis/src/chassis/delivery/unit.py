"""The unit of work: one transaction in which inbox, the service's rows and the outbox are written, or nothing is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.engine import Result
from sqlalchemy.sql.expression import Executable

from chassis.delivery.outbox import Sealed, insert_outbox, seal
from chassis.message.envelope import Envelope
from chassis.storage.database import Transaction
from contracts.base import Event, Message


class OpenUnit:
    """What a handler holds while its transaction is open (`chassis.handler.Unit`)."""

    def __init__(
        self, tx: Transaction, *, source: str, handler: str, causes: Mapping[int, tuple[Message, Envelope, int]]
    ) -> None:
        """`causes` maps `id()` of each message the handler was given to it, its envelope and its fence.

        The message itself is kept there so that its `id()` stays its own.
        """
        self._tx = tx
        self._source = source
        self._handler = handler
        self._causes = causes
        self._said: Counter[tuple[UUID, str]] = Counter()
        self.sealed: list[Sealed] = []

    async def execute(self, statement: Executable, parameters: Any = None) -> Result[Any]:
        """Run a SQLAlchemy Core statement of the service."""
        return await self._tx.execute(statement, parameters)

    def emit(self, event: Event, cause: Message | None = None) -> None:
        """Put an event into the outbox; in a batch of several, `cause` must be one of the batch's messages."""
        _, envelope, fence = self._cause(cause)
        said = (envelope.id, event.type)
        self.sealed.append(
            seal(
                event,
                source=self._source,
                cause=envelope,
                handler=self._handler,
                fence=fence,
                ordinal=self._said[said],
            )
        )
        self._said[said] += 1

    async def flush(self) -> None:
        """Write what was emitted; the last thing before the commit."""
        await insert_outbox(self._tx, self.sealed)

    def _cause(self, cause: Message | None) -> tuple[Message, Envelope, int]:
        if cause is not None:
            return self._causes[id(cause)]
        if len(self._causes) != 1:
            raise RuntimeError("emit() in a batch needs cause=, one of the batch's messages")
        return next(iter(self._causes.values()))
