"""Makes calls of models for our money: reserved before, settled after, and of a job's message once.

A call that ends in an error of its provider has a result too, which says so. So a job that is run again after a crash
takes the calls that were made before as they were, and makes the next ones.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Protocol
from uuid import UUID

from chassis.errors import Erased, Retryable
from chassis.handler import Effects
from chassis.message.codec import conceal, reveal
from chassis.message.crypto import Key
from chassis.privacy.outside import NotAllowed
from chassis.storage.keys import Keys
from contracts.base import Json
from feedback.models.errors import ProviderError
from feedback.models.ledger import Bill, BudgetSpent, Ledger
from feedback.models.meter import Called, Meter, Send, Unpaid
from feedback.models.request import Text
from feedback.models.slots import NoSlot

#: is told the text so far, whenever there is more of it
OnText = Callable[[str], Awaitable[None]]

#: binds a sealed result to what it is
_SEALED = "ai.call"


class Calls(Protocol):
    """Makes the calls of models that one answer takes."""

    async def call(self, n: int, bill: Bill, send: Send, on_text: OnText | None = None) -> Called | BudgetSpent:
        """Makes the call number `n` of an answer, from 1; `send` begins it.

        It raises `NoSlot` and what the gate of consents raises where nothing was sent, and `BegunTooOften`.
        """


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
            except (Unpaid, NotAllowed, NoSlot) as error:
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

    def __init__(self, why: Unpaid | NotAllowed | NoSlot) -> None:
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
