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
from chassis.privacy.recipients import Recipients

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
    """Guards the calls to recipients outside, and notes where something of a person may have gone."""

    def __init__(
        self,
        consents: Consents,
        clock: Callable[[], float] = time.monotonic,
        recipients: Recipients | None = None,
    ) -> None:
        """Takes `recipients`, where each call is noted before it begins; None: the service knows it otherwise."""
        self._consents = consents
        self._clock = clock
        self._recipients = recipients

    def may_begin(
        self,
        person: UUID | None,
        purpose: Purpose,
        recipient: Recipient,
        *,
        of: UUID | None = None,
        own_key: bool = False,
    ) -> MayBegin:
        """Returns what opens the context of one call; for None, whose consent nobody needs, it asks nothing.

        `of`: for whom such a call is; with None as well for nobody who is known. `own_key`: it is made with a key of
        that person's.
        """
        if person is not None:
            return partial(self.beginning, person, purpose, recipient, own_key=own_key)
        if of is None or self._recipients is None:
            return nullcontext
        return partial(self._noting, self._recipients, of, recipient, own_key=own_key)

    @asynccontextmanager
    async def beginning(
        self, person: UUID, purpose: Purpose, recipient: Recipient, *, own_key: bool = False
    ) -> AsyncIterator[None]:
        """Opens the context in which one call may begin, at once and without waiting for anything else.

        Raises `NotAllowed`, and `DependencyDown` when the store does not answer, or each time too late, or where the
        recipient cannot be noted. None of them makes a call.
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
                is_noted = self._recipients is None or self._recipients.has(person, recipient, own_key=own_key)
                if is_noted and self._clock() - asked_at < BEGINS_WITHIN_S:  # else the answer is too old to act on
                    OUTSIDE_CALLS.labels(purpose, recipient, "allowed").inc()
                    yield
                    return
            if self._recipients is not None:  # whoever takes the consent back need not wait for the database
                await self._recipients.note(person, recipient, own_key=own_key)
        OUTSIDE_CALLS.labels(purpose, recipient, "unknown").inc()
        raise DependencyDown("the key store")

    @asynccontextmanager
    async def _noting(
        self, recipients: Recipients, person: UUID, recipient: Recipient, *, own_key: bool
    ) -> AsyncIterator[None]:
        """Opens the context of a call that needs nobody's consent. Raises `DependencyDown` as `beginning` does."""
        await recipients.note(person, recipient, own_key=own_key)
        yield
