"""Lets the calls begin that carry something of a person out of this installation: each passes here, and asks the gate.

Each client of somebody outside takes a `MayBegin`. It enters the context right before the first byte of a call, and
leaves it once that byte is written. Whoever takes a consent back waits until no such context is open that was allowed
before.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from functools import partial
from uuid import UUID

from chassis.errors import DependencyDown, VoxbusError
from chassis.observe.metrics import OUTSIDE_CALLS
from chassis.privacy.consents import Consents
from chassis.privacy.law import Purpose, Recipient

#: opens the context in which one call begins; raises where it must not
MayBegin = Callable[[], AbstractAsyncContextManager[None]]

#: seconds after the gate was asked in which a call must begin, for where a hold was lost with the store's connection
BEGINS_WITHIN_S = 0.25
#: seconds that a revocation takes at least: for such a call, and for what was sent and is not received yet
SETTLED_AFTER_S = 2 * BEGINS_WITHIN_S
#: seconds that a revocation waits for calls that are about to begin
HELD_AT_MOST_S = 3.0
#: questions to a store that answers too late; more would only add to what makes it slow
_TRIES = 3


class NotAllowed(VoxbusError):
    """Says that a person's data may not go to a recipient: the call was not made."""


class OutsideCalls:
    """Guards the calls to recipients outside."""

    def __init__(self, consents: Consents, clock: Callable[[], float] = time.monotonic) -> None:
        self._consents = consents
        self._clock = clock

    def may_begin(self, person: UUID | None, purpose: Purpose, recipient: Recipient) -> MayBegin:
        """Returns what opens the context of one call; for None, whose consent nobody needs, it asks nothing."""
        return nullcontext if person is None else partial(self.beginning, person, purpose, recipient)

    @asynccontextmanager
    async def beginning(self, person: UUID, purpose: Purpose, recipient: Recipient) -> AsyncIterator[None]:
        """Opens the context in which one call may begin, at once and without waiting for anything else.

        Raises `NotAllowed`, and `DependencyDown` when the store does not answer, or each time too late. Neither makes a
        call.
        """
        for _ in range(_TRIES):
            asked_at = self._clock()
            async with AsyncExitStack() as hold:
                try:
                    allowed = await hold.enter_async_context(self._consents.holding(person, purpose, recipient))
                except DependencyDown:
                    OUTSIDE_CALLS.labels(purpose, recipient, "unknown").inc()
                    raise
                if not allowed:
                    OUTSIDE_CALLS.labels(purpose, recipient, "refused").inc()
                    raise NotAllowed(f"{purpose} by {recipient}")
                if self._clock() - asked_at < BEGINS_WITHIN_S:  # else the answer is too old to act on
                    OUTSIDE_CALLS.labels(purpose, recipient, "allowed").inc()
                    yield
                    return
        OUTSIDE_CALLS.labels(purpose, recipient, "unknown").inc()
        raise DependencyDown("the key store")
