"""Writes once what a client sends under an Idempotency-Key, where the gateway is itself the owner.

The record is claimed by the first statement of the write's own transaction, as owners do (`chassis.web.write`): so it
is kept if the write is, and only then.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from chassis.storage.database import Database, Transaction
from chassis.storage.errors import is_outage, sqlstate
from chassis.storage.person_lock import share_people
from chassis.web.context import KEY_WAIT_S
from chassis.web.failures import LOCK_TIMEOUT
from chassis.web.idempotency import Claim, RecordVanished
from chassis.web.problems import BUSY, OUTCOME_UNKNOWN, ProblemError

T = TypeVar("T")

#: the server has cancelled the commit, so nothing was written
_CANCELLED = "57014"


class KeyedWrite:
    """Holds the claim of one request, if its client has sent a key. Without one, it only opens the transaction."""

    def __init__(self, claim: Claim | None = None) -> None:
        self._claim = claim
        self._made: UUID | None = None
        self._status: int | None = None
        self._is_refused = False
        self._committing = False
        #: whether the key was free, and this request has taken it
        self.is_claimed = False

    def made(self, id: UUID) -> None:
        """Notes the id by which a repeated request finds what the write has made."""
        self._made = id

    def answers(self, status: int) -> None:
        """Notes the status of the answer, where it is not the one that the route declares."""
        self._status = status

    def refuse(self) -> None:
        """Notes that the transaction changes nothing: refusals are not kept, so the next request decides anew."""
        self._is_refused = True

    @asynccontextmanager
    async def transaction(self, database: Database, *people: UUID) -> AsyncIterator[Transaction]:
        """Opens the transaction of the write. Erasures of `people`, and of the caller, wait for its end.

        Raises `Replayed` when the write was done before, 422 when the key was used for other content, 503 while another
        request with the key is at work, and 504 when it is not known whether the write was committed.
        """
        try:
            async with database.transaction(partial(self._begin, people)) as tx:
                await self._take(tx)
                yield tx
                await self._end(tx)
        except Exception as error:
            if self._is_unknown(error):
                raise ProblemError(OUTCOME_UNKNOWN) from error
            raise

    async def redoing(self, database: Database, work: Callable[[Transaction], Awaitable[T]], *people: UUID) -> T:
        """Does repeatable work in such a transaction, and again after a deadlock and the like."""

        async def claimed(tx: Transaction) -> T:
            await self._take(tx)
            result = await work(tx)
            await self._end(tx)
            return result

        try:
            return await database.redoing(claimed, partial(self._begin, people))
        except Exception as error:
            if self._is_unknown(error):
                raise ProblemError(OUTCOME_UNKNOWN) from error
            raise

    def _begin(self, people: tuple[UUID, ...]) -> str:
        everyone = {*people, *(() if self._claim is None else self._claim.people)}
        shared = f"; {share_people(sorted(everyone))}" if everyone else ""
        waits = f"; SET LOCAL lock_timeout = {round(KEY_WAIT_S * 1000)}" if self._claim is not None else ""
        return f"BEGIN{shared}{waits}"

    async def _take(self, tx: Transaction) -> None:
        self._is_refused = self._committing = self.is_claimed = False
        if self._claim is None:
            return
        try:
            await self._claim.take(tx, 0)
        except RecordVanished:
            raise ProblemError(BUSY) from None
        except DBAPIError as error:
            if sqlstate(error) == LOCK_TIMEOUT:
                raise ProblemError(BUSY) from None
            raise
        self.is_claimed = True

    async def _end(self, tx: Transaction) -> None:
        if self._claim is not None and self._is_refused:
            await self._claim.drop(tx)
        elif self._claim is not None:
            await self._claim.complete(tx, self._made or self._claim.resource_id, None, self._status)
        self._committing = True

    def _is_unknown(self, error: Exception) -> bool:
        """Tells whether an error leaves unknown if the transaction was committed."""
        is_cancelled = isinstance(error, DBAPIError) and sqlstate(error) == _CANCELLED
        return self._committing and is_outage(error) and not is_cancelled
