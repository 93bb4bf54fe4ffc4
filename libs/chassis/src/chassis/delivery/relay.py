"""Publishes the outbox: new messages right after their commit, others by a sweep.

Only a confirmed publish deletes its row. A crash delays a message by its first claim and costs at most a duplicate,
which an inbox absorbs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from chassis.bus.base import Bus, Outcome, Outgoing
from chassis.delivery import statements
from chassis.delivery.bells import Bells
from chassis.delivery.key_backoff import KeyBackoff
from chassis.delivery.message_spans import note_publish, now_ns
from chassis.delivery.outbox import Bell, OutboxMessage
from chassis.loops import every
from chassis.observe import metrics
from chassis.observe.health import Pulse
from chassis.observe.logs import logger
from chassis.storage.database import Database

_SWEEP_ROWS = 500
_IN_FLIGHT_MAX = 5_000
#: publishes that may await their confirm before fast handlers stop taking batches
_UNCONFIRMED_MAX = 100
#: seconds from the first confirm to the delete of all rows confirmed meanwhile: much less than the first claim
_GATHER_S = 0.2
#: seconds between looks for confirmed rows that could not be deleted
_DELETE_EVERY_S = 1.0

_log = logger(__name__)


class Relay:
    """Publishes one service's outbox."""

    def __init__(
        self,
        service: str,
        database: Database,
        bus: Bus,
        pulse: Pulse,
        budget: int,
        failpoint: Callable[[str], None],
        *,
        sweep_every: float = 1.0,
    ) -> None:
        """Takes `sweep_every`, the seconds between looks for rows whose claim has expired."""
        self._service = service
        self._database = database
        self._bus = bus
        self._pulse = pulse
        self._budget = budget
        self._sweep_every = sweep_every
        self._failpoint = failpoint
        self._confirmed: list[UUID] = []
        self._deleting = asyncio.Lock()
        self._wake = asyncio.Event()
        self._some_ended = asyncio.Event()
        self._in_flight: dict[asyncio.Future[Outcome], tuple[Outgoing, int]] = {}
        self._key_backoff = KeyBackoff()
        self._bells = Bells(bus)
        self._published = {outcome: metrics.PUBLISHED.labels(service, outcome.value) for outcome in Outcome}
        #: due and unpublished rows when last counted, counted up to the budget
        self.due = 0

    @property
    def over_budget(self) -> bool:
        """Tells whether too many messages wait to be published to accept new work."""
        return self.due >= self._budget

    def publish(self, messages: Sequence[OutboxMessage | Bell]) -> None:
        """Publishes messages that this process has just committed. Returns at once."""
        self.forward(message.outgoing() for message in messages if isinstance(message, OutboxMessage))
        for bell in messages:
            if isinstance(bell, Bell):
                self._bells.ring(bell)

    def forward(self, rows: Iterable[Outgoing]) -> None:
        """Publishes outbox rows that this process has just claimed; the claim is committed."""
        for outgoing in rows:
            self._start(outgoing)

    async def run(self) -> None:
        """Deletes confirmed rows and sweeps expired ones until cancelled."""
        deleting = Pulse(f"{self._pulse.name}.deleting", self._pulse.clock)
        async with asyncio.TaskGroup() as loops:
            loops.create_task(every(self._sweep_every, self._sweep_all, self._pulse))
            loops.create_task(every(_DELETE_EVERY_S, self._gather_and_delete, deleting, wake=self._wake))

    async def room(self) -> None:
        """Waits until few publishes await their confirm: more of them would only make the broker's queue longer.

        Messages that the memory bus holds do not count: their consumers may be the tasks that wait here.
        """
        await asyncio.sleep(0)  # a publish just started is with the bus after this turn
        while len(self._in_flight) >= _UNCONFIRMED_MAX:
            in_memory = self._bus.in_memory_ids()
            if sum(outgoing.id not in in_memory for outgoing, _ in self._in_flight.values()) < _UNCONFIRMED_MAX:
                return
            self._some_ended.clear()
            await self._some_ended.wait()

    async def flush(self, grace: float) -> None:
        """Waits for publishes in flight, then deletes the rows they confirmed.

        It does not wait for messages that the memory bus holds, whose consumers have stopped; their rows are published
        again.
        """
        await asyncio.sleep(0)  # a publish just started is with the bus after this turn
        in_memory = self._bus.in_memory_ids()
        if leaving := {publish for publish, (outgoing, _) in self._in_flight.items() if outgoing.id not in in_memory}:
            await asyncio.wait(leaving, timeout=grace)
        for publish in list(self._in_flight):
            publish.cancel()
        try:
            await self._delete_confirmed()
        except Exception as error:
            _log.warning("confirmed rows not deleted", service=self._service, exc_info=error)

    def _start(self, outgoing: Outgoing) -> None:
        publish = self._bus.publish(outgoing)
        self._in_flight[publish] = outgoing, now_ns()
        publish.add_done_callback(self._ended)

    def _ended(self, publish: asyncio.Future[Outcome]) -> None:
        outgoing, began = self._in_flight.pop(publish)
        self._some_ended.set()
        if publish.cancelled():
            return
        outcome = publish.result()
        self._published[outcome].inc()
        note_publish(self._bus.system, outgoing, began, outcome)
        if outcome is Outcome.CONFIRMED:
            self._failpoint("published")
            self._key_backoff.confirmed(outgoing.key)
            self._confirmed.append(outgoing.id)
            self._wake.set()
        elif outcome is Outcome.REFUSED:
            if seconds := self._key_backoff.refused(outgoing.key):
                _log.warning("a queue is full: its key pauses", key=outgoing.key, seconds=seconds)
        elif outcome is Outcome.RETURNED:
            _log.warning("no queue is bound", key=outgoing.key)

    async def _sweep_all(self) -> None:
        while await self._sweep() == _SWEEP_ROWS and len(self._in_flight) < _IN_FLIGHT_MAX:
            self._pulse.beat()

    async def _sweep(self) -> int:
        [row] = await self._database.fetch(statements.OUTBOX_DUE, self._budget)
        self.due = row.due
        metrics.OUTBOX_DUE.labels(self._service).set(self.due)
        metrics.OUTBOX_OLDEST.labels(self._service).set(row.oldest)
        if not self.due or not self._bus.connected:
            return 0
        in_memory = [*self._bus.in_memory_ids(), *self._confirmed]
        rows = await self._database.fetch(statements.SWEEP, self._key_backoff.keys(), in_memory, _SWEEP_ROWS)
        for row in rows:
            self._start(Outgoing(row.exchange, row.key, row.id, row.headers, row.body))
        return len(rows)

    async def _gather_and_delete(self) -> None:
        if self._confirmed:
            await asyncio.sleep(_GATHER_S)  # one commit for the rows of many publishes
            await self._delete_confirmed()

    async def _delete_confirmed(self) -> None:
        """Deletes the rows whose publish was confirmed.

        A failed delete is repeated, or the row swept: at most a duplicate.
        """
        async with self._deleting:
            if ids := list(self._confirmed):
                await self._database.fetch(statements.DELETE_OUTBOX, ids)
                del self._confirmed[: len(ids)]
