"""Drains the dead queue of a service: rejected messages, and those the broker gave up after too many deliveries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from functools import partial

from sqlalchemy.exc import DBAPIError

from chassis.bus.base import Delivery, Subscription
from chassis.delivery import inbox
from chassis.delivery.consumer import Consumer
from chassis.delivery.inbox import UNDECODABLE, Received
from chassis.delivery.intake import intake
from chassis.errors import Undecodable
from chassis.message.envelope import Envelope, stand_in
from chassis.observe.logs import logger
from chassis.storage.database import Transaction

#: seconds between signs of life while nothing arrives
_BEAT_EVERY_S = 5.0

_log = logger(__name__)


class DeadRunner:
    """Drains `<service>.dead` into the inbox, so that every dead letter lies in one place."""

    def __init__(self, watcher: Consumer, subscription: Subscription) -> None:
        """Takes a `watcher` for its database and pulse."""
        self._watcher = watcher
        self._subscription = subscription

    async def run(self) -> None:
        """Drains until cancelled, or the subscription is closed."""
        async with aclosing(intake(self._subscription, wait=lambda: _BEAT_EVERY_S)) as arriving:
            async for deliveries in arriving:
                self._watcher.pulse.beat()
                for delivery in deliveries:
                    await self._dead_letter(delivery)
                    await self._subscription.ack(delivery)

    async def _dead_letter(self, delivery: Delivery) -> None:
        queue = delivery.first_queue or "unknown"
        # the delivery limit does not decide: if a row exists, the reaper owns it, else the message gets one
        write = _insert_dead if delivery.death == "rejected" else _insert_due
        try:
            received = Received(Envelope.parse(delivery.headers), delivery.body)
            await self._insist(partial(write, queue=queue, received=received))
        except (Undecodable, DBAPIError) as error:  # the envelope is not ours, or no table can hold it
            _log.warning("undecodable message", queue=queue, bytes=len(delivery.body), error=type(error).__name__)
            received = Received(stand_in(), delivery.body)
            await self._insist(partial(_insert_dead, queue=queue, received=received))

    async def _insist(self, write: Callable[[Transaction], Awaitable[None]]) -> None:
        await self._watcher.insist(partial(self._watcher.transact, write))
        self._watcher.defects.clear()


async def _insert_dead(tx: Transaction, queue: str, received: Received) -> None:
    await inbox.insert_dead(tx, queue, received, UNDECODABLE)


async def _insert_due(tx: Transaction, queue: str, received: Received) -> None:
    await inbox.insert_due(tx, queue, received)
