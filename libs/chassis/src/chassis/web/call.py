"""Gives a route function its request and its rows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Any, Generic, cast
from uuid import UUID

from sqlalchemy.engine import Result
from sqlalchemy.sql.expression import Executable
from typing_extensions import TypeVar

from chassis.handler import Deps, Rows
from chassis.storage.database import Transaction, begin_within
from chassis.storage.person_lock import share_people
from chassis.web.context import DeadlinePassed, Incoming, OwnerContext
from chassis.web.etag import IfMatch
from chassis.web.idempotency import Claim, RecordVanished, Replayed
from chassis.web.operation import IfMatchRule
from chassis.web.principal import Principal
from chassis.web.problems import ProblemError
from chassis.web.unit import WriteUnit

D = TypeVar("D", bound=Deps, default=Deps)


class Call(Generic[D]):
    """Holds one try of a request. A function that runs again gets a new call, with the same operation id."""

    def __init__(
        self,
        context: OwnerContext,
        incoming: Incoming,
        *,
        if_match: IfMatchRule | None = None,
        claim: Claim | None = None,
        emits: bool = False,
    ) -> None:
        """Takes the `claim` of a write; None for a read."""
        self._context = context
        self._incoming = incoming
        self._claim = claim
        self._emits = emits
        self._stack = AsyncExitStack()
        self._tx: Transaction | None = None
        self._unit: WriteUnit | None = None
        #: the version that the caller has read, to be compared with that of the row
        self.if_match = IfMatch(incoming.if_match if if_match else None, required=if_match == "required")
        #: whether the database has told the state of the key, so that the outcome of an earlier try is known
        self.answered = False
        #: whether the commit was begun: without an answer its outcome is unknown
        self.committing = False
        #: the status of the answer, where it is not the operation's
        self.status: int | None = None

    @property
    def principal(self) -> Principal:
        """Returns the caller of the request."""
        return self._incoming.principal

    @property
    def caller(self) -> UUID:
        """Returns the id of the caller, on a route whose access words exclude anonymous callers."""
        if self.principal.id is None:
            raise RuntimeError("an anonymous caller has no id")
        return self.principal.id

    @property
    def id(self) -> UUID:
        """Returns the operation id, which a repeated request keeps: it is the id of what a POST makes."""
        return self._incoming.operation_id

    @property
    def accept(self) -> str:
        """Returns the media types that the client takes, as it has sent them."""
        return self._incoming.accept

    @property
    def provider_key(self) -> str | None:
        """Returns the key of a provider that the client has sent in place of a token, to a direct operation."""
        return self._incoming.provider_key

    @property
    def deps(self) -> D:
        """Returns the service's dependencies."""
        return cast(D, self._context.deps)

    @property
    def rows(self) -> Rows:
        """Returns the service's rows, read-only, in one transaction until the function returns.

        A write reads in its unit. Otherwise a repeated write would see its own first effect before it claims its key,
        and refuse the request, although the answer has to be that of the first try.
        """
        return _ReadRows(self._read)

    async def end_reads(self) -> None:
        """Ends the transaction of a read, which holds a connection, before the function does what takes long."""
        if self._claim is not None:
            raise RuntimeError("a write reads through its unit, which ends with it")
        await self._stack.aclose()
        self._tx = None

    def found(self) -> None:
        """Notes that what the write was to make is there already, which is answered with 200."""
        self.status = 200

    def left(self) -> float:
        """Returns the seconds until the deadline. Raises `DeadlinePassed` when there are none."""
        left = self._incoming.deadline - self._context.clock()
        if left <= 0:
            raise DeadlinePassed
        return left

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[WriteUnit]:
        """Opens the one transaction of a write, which writes idempotency record, rows and outbox, or nothing.

        It first claims the request's key; if the write was done before, the function ends here.
        """
        if self._claim is None or self._unit is not None:
            raise RuntimeError("a write opens its unit once; a read and a proposal have none")
        people = f"; {share_people(self._claim.people)}" if self._claim.people else ""
        tx = await self._begin(lambda: begin_within(self.left(), waiting=self._context.key_wait) + people)
        try:
            await self._claim.take(tx, self.left())
        except (Replayed, RecordVanished, ProblemError):
            self.answered = True
            raise
        self.answered = True
        self._unit = unit = WriteUnit(
            tx,
            source=f"voxbus/{self._context.service}",
            operation_id=self.id,
            caller=self.principal.id,
            people=self._claim.people,
            keys=self._context.keys,
            emits=self._emits,
        )
        try:
            yield unit
        except BaseException:
            unit.failed = True
            raise
        finally:
            unit.closed = True

    async def commit(self, resource_id: UUID | None, version: int | None) -> None:
        """Ends a write after its function has returned: record, outbox, commit; then the facts are published.

        Raises `DeadlinePassed` instead of committing after the deadline.
        """
        if self._claim is None or self._unit is None or self._tx is None or self._unit.failed:
            raise RuntimeError("a write opens its unit, and no error within it is passed over")
        if self.if_match.matters and not self.if_match.checked:
            raise RuntimeError("the caller's If-Match was not compared: call.if_match.check(version)")
        outbox_messages = await self._unit.flush()
        await self._claim.complete(self._tx, resource_id, version, self.status)
        self.left()
        self.committing = True
        await self._stack.aclose()
        self._context.outbox.publish([*outbox_messages, *self._unit.bells])

    async def __aenter__(self) -> Call[D]:
        """Begins nothing: a transaction begins when it is needed."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the open transaction; that of a unit is rolled back unless `commit` has ended it."""
        await self._stack.__aexit__(kind, error, trace)

    async def _read(self) -> Transaction:
        if self._claim is not None:
            raise RuntimeError("a write reads through its unit, where its key is claimed: see Call.rows")
        if self._tx is None:
            self._tx = await self._begin(lambda: begin_within(self.left(), read_only=True))
        return self._tx

    async def _begin(self, begin: Callable[[], str]) -> Transaction:
        wait = min(self._context.connection_wait, self.left())
        opened = self._context.database.transaction(begin, wait=wait)
        self._tx = await self._stack.enter_async_context(opened)
        return self._tx


class _ReadRows:
    """Begins the read-only transaction with the first statement."""

    def __init__(self, transaction: Callable[[], Awaitable[Transaction]]) -> None:
        self._transaction = transaction

    async def execute(self, statement: Executable, parameters: Any = None) -> Result[Any]:
        return await (await self._transaction()).execute(statement, parameters)
