"""Implements the part that slow and fast handlers share: the consumer of one queue."""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError

from chassis.bus.base import Bus, Delivery, Subscription
from chassis.delivery import inbox
from chassis.delivery.inbox import Claim, Received
from chassis.delivery.message_keys import decryption_keys, key_of
from chassis.delivery.outbox import OutboxMessage
from chassis.delivery.relay import Relay
from chassis.delivery.settlement import TOO_OLD, Disposition, refs_of, write_settlement
from chassis.delivery.statements import LEASE_S
from chassis.errors import DependencyDown, Erased, Fenced, Permanent, Undecodable
from chassis.handler import Deps
from chassis.loops import Defects, rest
from chassis.message.codec import PERSONAL, conceal, decode
from chassis.message.envelope import Envelope, id_time
from chassis.observe import metrics
from chassis.observe.health import Pulse
from chassis.observe.logs import logger
from chassis.privacy.consents import Consents
from chassis.storage.clock import DatabaseClock
from chassis.storage.database import Database, Transaction
from chassis.storage.errors import is_data_error, is_outage, may_redo
from chassis.storage.keys import Keys
from contracts.base import Message

T = TypeVar("T")
M = TypeVar("M", bound=Message)

#: the type of the transient messages that a run sends
PROGRESS = "progress"
RETENTION = timedelta(days=14)

_log = logger(__name__)


def begin_counting(handler: str, projection: str | None) -> None:
    """Begins at 0 what alerts and dashboards look at: a series that begins with its first event shows no increase."""
    for counter in (metrics.REDELIVERED, metrics.LEASES_EXPIRED):
        counter.labels(handler)
    for outcome in ("ok", "retry", "dead", "undecodable"):
        metrics.HANDLED.labels(handler, outcome)
    if projection is not None:
        metrics.PROJECTION_LAG_SECONDS.labels(projection)


class Consumer:
    """Holds the parts of one handler in a service: its queue, inbox, outbox and signs of life."""

    def __init__(
        self,
        service: str,
        name: str,
        deps: Deps,
        database: Database,
        bus: Bus,
        relay: Relay,
        pulse: Pulse,
        failpoint: Callable[[str], None],
        message: type[Message] | None = None,
        poll_interval: float = 1.0,
        *,
        keys: Keys,
        live_only: bool = False,
        projection: str | None = None,
    ) -> None:
        """Takes the handler's `name` and the `message` type that it handles; None where envelopes are enough.

        `live_only`: what follows from a replay is acked and not handled. `projection`: what people read that it writes.

        `poll_interval`: seconds, give or take a third, after which an idle handler looks for rows that are due, and one
        whose database does not answer asks again.
        """
        self.name = f"{service}.{name}"
        begin_counting(self.name, projection)
        self.source = f"voxbus/{service}"
        self.message = message
        self._poll_interval = poll_interval
        self.deps = deps
        self.database = database
        self.bus = bus
        self.relay = relay
        self.keys = keys
        self._live_only = live_only
        self.projection = projection
        self._clock = DatabaseClock()
        #: what is agreed to; no recipient outside is asked about here
        self.consents = Consents(keys)
        self.pulse = pulse
        #: called with the names of crash points, at which a fault test ends the process
        self.failpoint = failpoint
        self.defects = Defects(pulse, poll_interval)
        #: defects while looking for due rows, counted separately: looking may work while claiming does not, and vice
        #: versa
        self._reap_defects = Defects(pulse, poll_interval)
        #: the last time the database did not answer, on the monotonic clock
        self.outage_at = -math.inf

    async def read(self, expected: type[M], received: Sequence[Received]) -> list[M]:
        """Decrypts and returns the payloads of messages. Raises as `codec.decode` does for the first unreadable one."""
        keys = await decryption_keys(self.keys, received)
        return [decode(expected, a.envelope, a.body, key_of(a, keys)) for a in received]

    async def refs(self, received: Received) -> list[str]:
        """Returns the media that a message refers to; none if it cannot be read, as the hourly sweep finds them."""
        if self.message is None:
            return []
        try:
            [message] = await self.read(self.message, [received])
        except (Permanent, Erased, DependencyDown):
            return []
        return refs_of(message)

    async def open(self, delivery: Delivery, subscription: Subscription) -> Received | None:
        """Reads a delivery's envelope. Returns None for a message that is settled here: nothing is to be done with it.

        It is undecodable or too old, or follows from a replay and the handler is for live ones.
        """
        if delivery.redelivered:
            metrics.REDELIVERED.labels(self.name).inc()
        try:
            received = Received(Envelope.parse(delivery.headers), delivery.body)
        except Undecodable:
            self.count("undecodable")
            await subscription.reject(delivery)
            return None
        if self._live_only and received.envelope.replay is not None:
            self.count("replayed")  # whoever took the delivery acks it
            return None
        now = self._clock.now()
        if now is None:
            now = await self.insist(self._ask_time)
        if id_time(received.envelope.id) > now - RETENTION:
            return received

        async def write_dead_letter(tx: Transaction) -> None:
            if await inbox.insert_dead(tx, self.name, received, TOO_OLD):
                self.count("dead")

        try:
            await self.insist(partial(self.transact, write_dead_letter))
        except DBAPIError:  # no table can hold it
            await subscription.reject(delivery)
        self.defects.clear()
        await subscription.ack(delivery)
        return None

    async def _ask_time(self) -> datetime:
        return await self.transact(self._clock.read)

    async def transact(
        self,
        work: Callable[[Transaction], Awaitable[T]],
        known: Callable[[], Awaitable[tuple[T] | None]] | None = None,
    ) -> T:
        """Runs a transaction until the database has taken it. An outage pauses the handler, keeping what it has.

        After an outage the transaction may have committed. Unless it may safely be repeated, `known` reads its result
        from the rows; None: nothing was committed.
        """
        while True:
            try:
                result = await self.database.redoing(work)
            except Exception as error:
                if not is_outage(error):
                    raise
                await self.wait_for_database(error)
                if known is not None and (found := await known()) is not None:
                    return found[0]
            else:
                self.pulse.beat()
                return result

    async def insist(self, work: Callable[[], Awaitable[T]]) -> T:
        """Repeats `work` after unforeseen errors, with rests between: they are no reason to give a message up.

        Raises DBAPIError if the message itself holds a value that no table can, and `TooManyDefects`.
        """
        while True:
            try:
                return await work()
            except Exception as error:
                if is_data_error(error):
                    raise
                await self.rest_after(error)

    async def rest_after(self, error: BaseException) -> None:
        """Logs the place of an unforeseen error and rests. Raises `TooManyDefects` after too many rounds in a row."""
        await rest(self.defects.add(error), self.pulse)

    async def wait_for_database(self, error: BaseException) -> None:
        """Waits for one poll interval, with the loop declared as paused."""
        self.pulse.pause("database")
        self.outage_at = time.monotonic()
        _log.warning("database does not answer", handler=self.name, error=type(error).__name__)
        await rest(self.next_poll(), self.pulse)

    def next_poll(self) -> float:
        """Returns the seconds until an idle handler looks for due rows again, with jitter."""
        return random.uniform(0.7, 1.3) * self._poll_interval

    async def reap(self, limit: int, *, crash_suspects: bool = True) -> list[Claim]:
        """Takes due rows; with `crash_suspects` also those that their last owner, possibly dead, left unsettled.

        Returns none while the database is down, and for the time of a lease afterwards: every live run must have had
        time to beat before its row is taken over.
        """
        if time.monotonic() < self.outage_at + LEASE_S:
            return []
        try:
            claims = await inbox.reap(self.database, self.name, limit, crash_suspects=crash_suspects)
        except Exception as error:
            if is_outage(error):
                await self.wait_for_database(error)
            elif not may_redo(error):
                await rest(self._reap_defects.add(error), self.pulse)
            return []
        self._reap_defects.clear()
        if expired := sum(claim.taken_over for claim in claims):
            metrics.LEASES_EXPIRED.labels(self.name).inc(expired)
        return claims

    async def settle(self, claim: Claim, disposition: Disposition) -> None:
        """Writes a settlement other than `ok`."""

        async def work(tx: Transaction) -> list[OutboxMessage] | None:
            return await write_settlement(tx, claim, disposition, self.source, partial(self.refs, claim.received))

        async def known() -> tuple[list[OutboxMessage]] | None:
            return None if await self.is_still_mine(claim) else ([],)  # the sweep publishes its events

        outbox_messages = await self.transact(work, known)
        self.count("fenced" if outbox_messages is None else disposition.kind)
        self.relay.publish(outbox_messages or [])

    async def finish(self, claim: Claim) -> None:
        """Writes `ok` for a claim that had no unit, unless another run has it by now."""

        async def work() -> None:
            with suppress(Fenced):
                await self.transact(partial(inbox.finish, claim=claim))

        await self.insist(work)

    async def is_still_mine(self, claim: Claim) -> bool:
        """Asks the inbox whether the claim still holds, and repeats the question until the database answers."""
        return await self.transact(partial(inbox.still_mine, claim=claim))

    def count(self, outcome: str, by: int = 1) -> None:
        """Counts settled messages in the metrics."""
        metrics.HANDLED.labels(self.name, outcome).inc(by)

    def done(self, received: Received) -> None:
        """Notes how long a message took from its making, waits and tries included; not of one that came again."""
        envelope = received.envelope
        if envelope.replay is not None or envelope.retry:
            return
        seconds = max(0.0, (datetime.now(UTC) - envelope.time).total_seconds())
        metrics.CRITICAL_SECONDS.labels(self.name).observe(seconds)
        if self.projection is not None:
            metrics.PROJECTION_LAG_SECONDS.labels(self.projection).observe(seconds)

    async def publish_progress(self, claim: Claim, progress: dict[str, Any]) -> None:
        """Sends `progress {fence, at, …}` on `live` to the clients that follow the job; it may be lost.

        The progress is encrypted like any personal field.
        """
        envelope = claim.received.envelope
        if envelope.job_id is None:
            return
        payload = {"fence": claim.fence, "at": datetime.now(UTC).isoformat()}
        if envelope.person_id is None:
            payload |= progress
        else:
            try:
                [key] = (await self.keys.make([envelope.person_id])).values()
            except (DependencyDown, ValueError):  # without an answer, or without a key, the progress is lost
                return
            hidden = conceal(json.dumps(progress).encode(), envelope.job_id, PROGRESS, key)
            payload |= {"person_id": str(envelope.person_id), "enc": key.id, PERSONAL: hidden}
        await self.bus.publish_transient(f"{PROGRESS}.{envelope.job_id}", json.dumps(payload).encode())


def causes(message: Message, claim: Claim) -> dict[int, tuple[Message, Envelope, int]]:
    """Maps one claimed message to the data that a unit needs to encrypt the events that follow from it."""
    return {id(message): (message, claim.received.envelope, claim.fence)}
