"""Keeping the topology: every queue declared again each minute, and what went missing repaired from the log.

That a queue is gone is written down before it is made again, so that whoever finishes the repair knows of it. The log
holds what was recorded; what the recorder's own queue held when it was deleted is nowhere else.
"""

from __future__ import annotations

import asyncio
import random
from datetime import datetime, timedelta
from uuid import UUID

from chassis.bus.base import Bus, Outcome, Outgoing
from chassis.bus.topology import Queue, Topology
from chassis.observe.health import Pulse
from chassis.observe.logs import logger
from chassis.storage.database import Database
from chassis.storage.partitions import first_id
from gateway import statements
from gateway.recorder import QUEUE

_EVERY_S = 60.0
_BEAT_EVERY_S = 5.0
#: how much earlier than the queue was last seen a repair begins: times in the log are those of the processes' clocks
MARGIN = timedelta(minutes=15)
#: how much older a job may be than its events that are looked for
_OLDEST_JOB = timedelta(days=1)
_ROWS = 500
_AGAIN_S = 0.5

_log = logger(__name__)


class TopologyKeeper:
    """Any number of gateways may keep the same topology: a repair done twice is absorbed by the inboxes."""

    def __init__(self, database: Database, bus: Bus, topology: Topology) -> None:
        self._database = database
        self._bus = bus
        self._topology = topology

    async def apply(self) -> None:
        """Declare everything, and note what had to be made again. Raises `TopologyChanged`."""
        await self._bus.declare(self._topology, self._note)
        names = sorted(queue.name for queue in self._topology.queues)
        await self._database.fetch(statements.QUEUES_SEEN, names)

    async def repair(self) -> int:
        """Send what queues that were made again have missed, to them alone; returns how many messages."""
        gaps = await self._database.fetch(statements.READ_GAPS)
        queues = {queue.name: queue for queue in self._topology.queues}
        sent = 0
        for gap in gaps:
            if gap.queue in queues:
                count = await self._fill(queues[gap.queue], gap.seen_at)
                sent += count
                _log.warning("a queue was gone and is repaired from the log", queue=gap.queue, messages=count)
            await self._database.fetch(statements.CLOSE_GAP, gap.queue, gap.gaps)
        return sent

    async def run(self, pulse: Pulse) -> None:
        """Until cancelled, the first time at once."""
        while True:
            try:
                await self.apply()
                await self.repair()
            except Exception as error:
                _log.warning("topology not kept", error=type(error).__name__)
            rest = random.uniform(0.8, 1.2) * _EVERY_S
            while rest > 0:
                pulse.beat()
                await asyncio.sleep(min(rest, _BEAT_EVERY_S))
                rest -= _BEAT_EVERY_S

    async def _note(self, queue: str) -> None:
        await self._database.fetch(statements.QUEUE_GONE, queue)

    async def _fill(self, queue: Queue, seen_at: datetime) -> int:
        """Republish rows of the types a queue is bound to. Not those of `#`: the recorder wants what is not there."""
        if queue.name == QUEUE.name or not queue.keys:
            return 0
        since = seen_at - MARGIN
        after, seq, sent = first_id(since - _OLDEST_JOB), 0, 0
        while rows := await self._database.fetch(statements.READ_MISSED, list(queue.keys), since, after, seq, _ROWS):
            await asyncio.gather(*(self._send(queue.name, row.event_id, row.headers, row.body) for row in rows))
            sent += len(rows)
            after, seq = rows[-1].stream_id, rows[-1].seq
        return sent

    async def _send(self, queue: str, identity: UUID, headers: dict[str, str], body: bytes) -> None:
        """Until the broker has it. Raises ConnectionError when the queue is gone again: the next round begins anew."""
        while True:
            outcome = await self._bus.publish(Outgoing("", queue, identity, headers, body))
            if outcome is Outcome.CONFIRMED:
                return
            if outcome is Outcome.RETURNED:
                raise ConnectionError(f"queue {queue!r} is gone again")
            await asyncio.sleep(_AGAIN_S)
