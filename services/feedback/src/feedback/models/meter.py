"""Counts what one call of a model makes, and settles it however it ends: for our money in the ledger."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from decimal import Decimal

from chassis.errors import VoxbusError
from chassis.observe.logs import logger
from chassis.storage.errors import is_outage
from contracts.base import Json
from feedback.models.errors import ProviderError
from feedback.models.ledger import Bill, BudgetSpent, How, Ledger, Reservation, Spent
from feedback.models.model import CHARACTERS_PER_TOKEN, Price
from feedback.models.request import Finished, FinishReason, Piece, Text, Usage

#: begins a call, once it is paid for; tells right before the first byte is sent
Send = Callable[[Callable[[], None]], AsyncGenerator[Piece, None]]

#: of an answer that is no 200, those after which something may have been made all the same
_PERHAPS_MADE = frozenset({408, 500, 502, 504})

_log = logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Called:
    """Holds how a call came out. `reason` is None where `error` says why the answer is not complete.

    `cost` in US dollars; `ms`: how long it took.
    """

    provider: str
    model: str
    text: str
    reason: FinishReason | None
    usage: Usage | None
    error: ProviderError | None
    request_id: str | None
    cost: Decimal
    ms: int

    def as_json(self) -> Json:
        """Returns what is recorded of it."""
        error, usage = self.error, self.usage
        return {
            "provider": self.provider,
            "model": self.model,
            "text": self.text,
            "reason": self.reason,
            "usage": None if usage is None else [usage.input_tokens, usage.output_tokens, usage.cached_input_tokens],
            "error": None
            if error is None
            else {each: getattr(error, each) for each in ("kind", "status", "code", "retry_after", "phase")},
            "request_id": self.request_id,
            "cost": str(self.cost),
            "ms": self.ms,
        }

    @classmethod
    def of_json(cls, recorded: Json) -> Called:
        """Reads what `as_json` has written."""
        usage, error = recorded["usage"], recorded["error"]
        return cls(
            **{
                **recorded,
                "usage": None if usage is None else Usage(*usage),
                "error": None if error is None else ProviderError(**error, request_id=recorded["request_id"]),
                "cost": Decimal(recorded["cost"]),
            }
        )


class Unpaid(VoxbusError):
    """Ends a stream before its beginning: a budget has no room for it."""

    def __init__(self, spent: BudgetSpent) -> None:
        super().__init__(spent.scope)
        self.spent = spent


class Meter:
    """Passes the pieces of one call on, counts what was made, and settles it however it ends.

    Without a `ledger` it is not our money: what it costs is counted all the same, and neither limited nor kept.
    """

    def __init__(self, ledger: Ledger | None, bill: Bill) -> None:
        self._ledger = ledger
        self._bill = bill
        self._began = time.monotonic()
        #: seconds from the beginning of the call to its first piece
        self.waited = 0.0
        self._text: list[str] = []
        self.finished: Finished | None = None
        self.error: ProviderError | None = None
        self.cost = Decimal(0)

    @property
    def text(self) -> str:
        """Returns the text so far."""
        return "".join(self._text)

    async def pieces(self, send: Send) -> AsyncGenerator[Piece, None]:
        """Reserves, begins the call, and yields its pieces. Raises `Unpaid`, and what the call raises."""
        reservation = await self._reserve()
        was_sent, sent_at = False, time.monotonic()

        def begins() -> None:
            nonlocal was_sent
            was_sent = True

        try:
            async with aclosing(send(begins)) as pieces:
                async for piece in pieces:
                    self.waited = self.waited or time.monotonic() - sent_at
                    match piece:
                        case Text():
                            self._text.append(piece.text)
                        case Finished():
                            self.finished = piece
                    yield piece
        except ProviderError as error:
            self.error = error
            raise
        finally:
            if self._ledger is None and (self._text or self.finished is not None):
                self.cost = _cost(self._bill.price, self.usage)
            elif self._ledger is not None and reservation is not None:
                await _surely(self._end(self._ledger, reservation, was_sent=was_sent))

    @property
    def is_free(self) -> bool:
        """Tells whether the model costs nothing, or nobody knows what."""
        return self._bill.price is None

    @property
    def is_reported(self) -> bool:
        """Tells whether the provider has said how many tokens there were."""
        return self.finished is not None and self.finished.usage is not None

    @property
    def usage(self) -> Usage:
        """Returns the tokens so far, as the provider has reported or as we estimate them."""
        if self.finished is not None and self.finished.usage is not None:
            return self.finished.usage
        return Usage(self._bill.input_tokens, -(-len(self.text) // CHARACTERS_PER_TOKEN))

    def called(self) -> Called:
        """Returns how the call came out."""
        done, error = self.finished, self.error
        return Called(
            provider=self._bill.provider,
            model=self._bill.model,
            text=self.text,
            reason=None if done is None else done.reason,
            usage=None if done is None else done.usage,
            error=error,
            request_id=done.request_id if done is not None else error.request_id if error is not None else None,
            cost=self.cost,
            ms=round((time.monotonic() - self._began) * 1000),
        )

    async def _reserve(self) -> Reservation | None:
        if self._ledger is None or self._bill.price is None:
            return None
        reservation = await self._ledger.reserve(self._bill)
        if isinstance(reservation, BudgetSpent):
            raise Unpaid(reservation)
        return reservation

    async def _end(self, ledger: Ledger, reservation: Reservation, *, was_sent: bool) -> None:
        """Settles the row. If the database is away the row stays open, and becomes `unknown` later."""
        try:
            if not was_sent or (self.error is not None and not self._text and _is_free(self.error)):
                await ledger.withdraw(reservation)
                return
            self.cost = await ledger.settle(reservation, *self._spent())
        except Exception as error:
            if not is_outage(error):
                raise
            self.cost = self._bill.estimate
            _log.warning("a call was not settled", role=self._bill.role, model=self._bill.model)

    def _spent(self) -> tuple[Spent | None, How]:
        if self.error is not None and not self._text and not self.is_reported:
            return None, "unknown"
        usage = self.usage
        spent = Spent(_cost(self._bill.price, usage), usage.input_tokens, usage.output_tokens)
        return spent, "reported" if self.is_reported else "estimated"


def _is_free(error: ProviderError) -> bool:
    """Tells whether a call without a text was surely not charged: it did not arrive, or was refused."""
    if error.kind == "unreachable":
        return True
    return error.status is not None and error.status not in _PERHAPS_MADE


def _cost(price: Price | None, usage: Usage) -> Decimal:
    return Decimal(0) if price is None else price.of(usage.input_tokens, usage.output_tokens, usage.cached_input_tokens)


async def _surely(work: Awaitable[None]) -> None:
    """Does work to its end, also while what asks for it is cancelled."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            if task.cancelled():
                raise
            cancelled = error
    task.result()
    if cancelled is not None:
        raise cancelled
