"""Makes the calls that carry something of a person out of this installation: each passes here, and asks the gate."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from chassis.errors import DependencyDown, VoxbusError
from chassis.observe.metrics import OUTSIDE_CALLS
from chassis.privacy.consents import Consents
from chassis.privacy.law import Purpose, Recipient

T = TypeVar("T")

#: seconds after the gate was asked in which a call must begin; whoever revokes waits twice as long before answering
BEGINS_WITHIN_S = 0.25
#: seconds from a revocation in the store until no call that was allowed before can still begin
SETTLED_AFTER_S = 2 * BEGINS_WITHIN_S


class NotAllowed(VoxbusError):
    """Says that a person's data may not go to a recipient: the call was not made."""


class OutsideCalls:
    """Guards the calls to recipients outside."""

    def __init__(self, consents: Consents, clock: Callable[[], float] = time.monotonic) -> None:
        self._consents = consents
        self._clock = clock

    async def check(self, person: UUID, purpose: Purpose, recipient: Recipient) -> None:
        """Returns if a call may begin now, within `BEGINS_WITHIN_S`.

        Raises `NotAllowed`, and `DependencyDown` when the store does not answer; both mean that no call is made.
        """
        while True:
            asked_at = self._clock()
            try:
                allowed = await self._consents.ask(person, purpose, recipient)
            except DependencyDown:
                OUTSIDE_CALLS.labels(purpose, recipient, "unknown").inc()
                raise
            if not allowed:
                OUTSIDE_CALLS.labels(purpose, recipient, "refused").inc()
                raise NotAllowed(f"{purpose} by {recipient}")
            if self._clock() - asked_at < BEGINS_WITHIN_S:  # else the answer is too old to act on
                OUTSIDE_CALLS.labels(purpose, recipient, "allowed").inc()
                return

    async def call(self, person: UUID, purpose: Purpose, recipient: Recipient, make: Callable[[], Awaitable[T]]) -> T:
        """Makes a call if the person allows it now. Raises as `check` does."""
        await self.check(person, purpose, recipient)
        return await make()
