"""Makes calls of models for our money: reserved before, settled after, and of a job's message once.

A call that ends in an error of its provider has a result too, which says so. So a job that is run again after a crash
takes the calls that were made before as they were, and makes the next ones.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from chassis.errors import DependencyDown, Erased, Retryable, VoxbusError
from chassis.handler import Effects
from chassis.message.codec import conceal, reveal
from chassis.message.crypto import Key
from chassis.observe.logs import logger
from chassis.privacy.outside import NotAllowed
from chassis.storage.errors import is_outage
from chassis.storage.keys import Keys
from contracts.base import Json
from feedback.models.errors import ProviderError
from feedback.models.ledger import Bill, BudgetSpent, How, Ledger, Reservation, Spent
from feedback.models.model import CHARACTERS_PER_TOKEN, Price
from feedback.models.request import Finished, FinishReason, Piece, Text, Usage

#: begins a call, once it is paid for
Send = Callable[[], AsyncGenerator[Piece, None]]
#: is told the text so far, whenever there is more of it
OnText = Callable[[str], Awaitable[None]]

#: of an answer that is no 200, those after which something may have been made all the same
_PERHAPS_MADE = frozenset({408, 500, 502, 504})
#: binds a sealed result to what it is
_SEALED = "ai.call"

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


class Calls(Protocol):
    """Makes the calls of models that one answer takes."""

    async def call(self, n: int, bill: Bill, send: Send, on_text: OnText | None = None) -> Called | BudgetSpent:
        """Makes the call number `n` of an answer, from 1; `send` begins it.

        It raises what the gate of consents raises where nothing was sent, and `BegunTooOften`.
        """


class Unpaid(VoxbusError):
    """Ends a stream before its beginning: a budget has no room for it."""

    def __init__(self, spent: BudgetSpent) -> None:
        super().__init__(spent.scope)
        self.spent = spent


class Meter:
    """Passes the pieces of one call on, counts what was made, and settles it however it ends."""

    def __init__(self, ledger: Ledger, bill: Bill) -> None:
        self._ledger = ledger
        self._bill = bill
        self._began = time.monotonic()
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
        was_sent = True
        try:
            async with aclosing(send()) as pieces:
                async for piece in pieces:
                    match piece:
                        case Text():
                            self._text.append(piece.text)
                        case Finished():
                            self.finished = piece
                    yield piece
        except (NotAllowed, DependencyDown):
            was_sent = False
            raise
        except ProviderError as error:
            self.error = error
            raise
        finally:
            if reservation is not None:
                await _surely(self._end(reservation, was_sent=was_sent))

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
        if self._bill.price is None:
            return None
        reservation = await self._ledger.reserve(self._bill)
        if isinstance(reservation, BudgetSpent):
            raise Unpaid(reservation)
        return reservation

    async def _end(self, reservation: Reservation, *, was_sent: bool) -> None:
        """Settles the row. If the database is away the row stays open, and becomes `unknown` later."""
        try:
            if not was_sent or (self.error is not None and not self._text and _is_free(self.error)):
                await self._ledger.withdraw(reservation)
                return
            self.cost = await self._ledger.settle(reservation, *self._spent())
        except Exception as error:
            if not is_outage(error):
                raise
            self.cost = self._bill.estimate
            _log.warning("a call was not settled", role=self._bill.role, model=self._bill.model)

    def _spent(self) -> tuple[Spent | None, How]:
        if self.finished is not None and self.finished.usage is not None:
            return self._priced(self.finished.usage), "reported"
        if self.error is not None and not self._text:
            return None, "unknown"
        made = -(-len(self.text) // CHARACTERS_PER_TOKEN)
        return self._priced(Usage(self._bill.input_tokens, made)), "estimated"

    def _priced(self, usage: Usage) -> Spent:
        return Spent(_cost(self._bill.price, usage), usage.input_tokens, usage.output_tokens)


class DirectCalls:
    """Makes calls for a request, which is not repeated by itself (implements `Calls`)."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def call(self, n: int, bill: Bill, send: Send, on_text: OnText | None = None) -> Called | BudgetSpent:
        """Makes a call."""
        try:
            return await _gather(Meter(self._ledger, bill), send, on_text)
        except Unpaid as unpaid:
            return unpaid.spent


class JobCalls:
    """Makes the calls of one message's handler, each once (implements `Calls`).

    An effect records each. The rule is `resend`: no provider takes an idempotency key, and one that could be asked for
    an answer would have to keep it. The ledger lets a call be begun twice, and not a third time. A result holds words,
    so it is sealed with the key of the message's person, and nobody can read it once they are erased.
    """

    def __init__(self, ledger: Ledger, effects: Effects, keys: Keys, person: UUID) -> None:
        self._ledger = ledger
        self._effects = effects
        self._keys = keys
        self._person = person

    async def call(self, n: int, bill: Bill, send: Send, on_text: OnText | None = None) -> Called | BudgetSpent:
        """Makes a call, or returns how it came out at an earlier try. Raises `Erased` as well."""
        key = await self._key()
        name = f"{bill.role}/{n}"
        meter = Meter(self._ledger, replace(bill, call=f"{self._effects.message_id}/{name}"))

        async def once() -> Json:
            try:
                called = await _gather(meter, send, on_text)
            except (Unpaid, NotAllowed) as error:
                raise _NotMade(error) from None
            return {"sealed": conceal(json.dumps(called.as_json()).encode(), self._effects.message_id, _SEALED, key)}

        try:
            recorded = await self._effects.once(name, once, "resend")
        except _NotMade as error:
            if isinstance(error.why, Unpaid):
                return error.why.spent
            raise error.why from None
        return Called.of_json(reveal(recorded["sealed"], self._effects.message_id, _SEALED, key))

    async def _key(self) -> Key:
        key = (await self._keys.make([self._person])).get(self._person)
        if key is None:
            raise Erased(persons=[self._person])
        return key


class _NotMade(Retryable):
    """Carries through an effect why its call was not made, so that no intent of it stays."""

    def __init__(self, why: Unpaid | NotAllowed) -> None:
        super().__init__("the call was not made")
        self.why = why


async def _gather(meter: Meter, send: Send, on_text: OnText | None) -> Called:
    """Makes a call to its end. An error of the provider is a part of the result."""
    try:
        async with aclosing(meter.pieces(send)) as pieces:
            async for piece in pieces:
                if on_text is not None and isinstance(piece, Text):
                    await on_text(meter.text)
    except ProviderError:
        pass
    return meter.called()


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
