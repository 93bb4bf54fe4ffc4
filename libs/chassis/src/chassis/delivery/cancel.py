"""Ends jobs that were cancelled or have failed, in every service on their path.

There are two transactions, in this order: the job is recorded in `cancelled_jobs` and committed; only then are its
inbox rows cancelled and its media deleted. A claim or a finish that misses the effect of one transaction sees that of
the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from functools import partial
from uuid import UUID

from chassis.bus.base import Subscription
from chassis.delivery import inbox, statements
from chassis.delivery.consumer import Consumer
from chassis.delivery.intake import intake
from chassis.delivery.lease import Leases
from chassis.message.envelope import Envelope
from chassis.storage.database import Transaction
from contracts.common import JobCancelled

BATCH = 100
#: seconds between looks for messages that the broker has given up
_LOOK_EVERY_S = 5.0


class CancelRunner:
    """Consumes `<service>.cancel_jobs`. Idempotent, so it needs no inbox of its own."""

    def __init__(
        self,
        consumer: Consumer,
        consumers: Mapping[str, Consumer],
        leases: Leases,
        subscription: Subscription,
    ) -> None:
        """Takes the `consumers` of the service by name, which know the media of the messages that wait for them."""
        self._consumer = consumer
        self._consumers = consumers
        self._leases = leases
        self._subscription = subscription

    async def run(self) -> None:
        """Ends jobs until cancelled, or the subscription is closed."""
        await self._end_given_up()
        async with aclosing(intake(self._subscription, BATCH, wait=lambda: _LOOK_EVERY_S)) as arriving:
            async for batch in arriving:
                self._consumer.pulse.beat()
                opened = [await self._consumer.open(delivery, self._subscription) for delivery in batch]
                await self._end([received.envelope for received in opened if received is not None])
                if batch:
                    await self._subscription.ack_through(batch[-1])
                await self._end_given_up()

    async def _end(self, envelopes: Sequence[Envelope]) -> None:
        ended = [e for e in envelopes if e.job_id is not None]
        if not ended:
            return
        await self._consumer.insist(partial(self._consumer.transact, partial(self._record, ended=ended)))
        rows = await self._consumer.insist(partial(self._consumer.transact, partial(self._cancel, ended=ended)))
        self._consumer.defects.clear()
        self._leases.lose(self._leases.owners_of(rows))  # stops the work before the next beat

    async def _end_given_up(self) -> None:
        """Ends the jobs of messages that the broker has given up: their inbox rows are due."""
        for claim in await self._consumer.reap(BATCH):
            await self._end([claim.received.envelope])
            await self._consumer.finish(claim)

    async def _record(self, tx: Transaction, ended: Sequence[Envelope]) -> None:
        await tx.fetch(
            statements.RECORD_CANCELLED,
            [e.job_id for e in ended],
            ["cancelled" if e.type == JobCancelled.type else "failed" for e in ended],
            [e.retry for e in ended],
        )

    async def _cancel(self, tx: Transaction, ended: Sequence[Envelope]) -> set[tuple[str, UUID]]:
        rows = await tx.fetch(statements.CANCEL_JOBS, [e.job_id for e in ended])
        for row in rows:
            consumer = self._consumers.get(row.consumer, self._consumer)
            if (received := inbox.read(row)) is not None:
                await inbox.delete_media(tx, await consumer.refs(received), received.envelope.job_id)
        return {(row.consumer, row.id) for row in rows}
