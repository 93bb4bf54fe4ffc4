"""Streams the events of jobs: every replica serves any job from the log. A doorbell only tells when to read."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.bus.base import Bus, Closed
from chassis.delivery.consumer import PROGRESS
from chassis.delivery.outbox import RUNG
from chassis.errors import Erased, Permanent, VoxbusError
from chassis.loops import every
from chassis.message.codec import PERSONAL, clear, reveal
from chassis.message.crypto import Key
from chassis.observe import metrics
from chassis.observe.health import Pulse
from chassis.observe.logs import logger
from chassis.storage.database import Database
from chassis.storage.keys import Keys
from contracts.base import Message
from contracts.catalogue import MESSAGES
from gateway.edge.streams.children import ChildrensJobs
from gateway.edge.streams.shapes import shape
from gateway.edge.streams.subscription import CHILDREN, NOTIFICATIONS, Doorbell, StreamEvent, Subscription
from gateway.jobs import statements
from gateway.jobs.event_log.store import WAKEUPS

__all__ = ["Hub", "StreamEvent"]

POLL_INTERVAL_S = 5.0
_TICK_S = 1.0
_ROWS_A_JOB = 100
_JOBS_A_READ = 1_000
#: the key of what rings for guardians on `live`; a body is JSON, the ids of those who are told
_GUARDIANS_RUNG = "guardians.rung"
_RINGS = {RUNG: NOTIFICATIONS, _GUARDIANS_RUNG: CHILDREN}

_log = logger(__name__)


class Hub:
    """Holds all streams of this replica, which advance only while `run` runs.

    One task reads the log for all of them, so that no two reads of one stream ever overlap.
    """

    def __init__(
        self,
        database: Database,
        bus: Bus,
        pulse: Pulse,
        stopping: asyncio.Event,
        poll_interval: float = POLL_INTERVAL_S,
        *,
        keys: Keys,
    ) -> None:
        """Takes `poll_interval` in seconds: the delay of a row whose doorbell was lost."""
        self._poll_interval = poll_interval
        self._database = database
        self._bus = bus
        self._keys = keys
        self._pulse = pulse
        self._stopping = stopping
        self._subscriptions: dict[UUID, set[Subscription]] = defaultdict(set)
        self._doorbells: dict[UUID, set[Doorbell]] = defaultdict(set)
        self._childrens_jobs = ChildrensJobs(database)
        self._dirty: set[UUID] = set()
        self._changed = asyncio.Event()
        self._poll_at = time.monotonic() + poll_interval
        self._connected = bus.connected

    @asynccontextmanager
    async def subscribe(self, job_id: UUID, after: int = 0) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """Follows a job from the log row after `after`. The caller checks who may see it.

        The iterator ends after the terminal event, or without one when the process stops. `after` must lie before the
        terminal row (`jobs.read_head`), after which nothing follows.
        """
        subscription = Subscription(after, lambda: self._mark([job_id]))
        self._subscriptions[job_id].add(subscription)
        if self._stopping.is_set():
            subscription.close()
        metrics.STREAM_CLIENTS.inc()
        self._mark([job_id])  # register before reading, so that no row is missed in between
        try:
            yield subscription
        finally:
            metrics.STREAM_CLIENTS.dec()
            self._subscriptions[job_id].discard(subscription)
            if not self._subscriptions[job_id]:
                del self._subscriptions[job_id]

    @asynccontextmanager
    async def listen(self, person: UUID) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """Tells when something of a person or their children is new, until the process stops."""
        doorbell = Doorbell()
        self._doorbells[person].add(doorbell)
        if self._stopping.is_set():
            doorbell.close()
        metrics.STREAM_CLIENTS.inc()
        try:
            yield doorbell
        finally:
            metrics.STREAM_CLIENTS.dec()
            self._doorbells[person].discard(doorbell)
            if not self._doorbells[person]:
                del self._doorbells[person]

    async def ring_for_guardians(self, guardians: Iterable[UUID]) -> None:
        """Tells guardians, wherever they listen, that something was decided about a child. It may be lost."""
        if people := [str(each) for each in guardians]:
            await self._bus.publish_transient(_GUARDIANS_RUNG, json.dumps(people).encode())

    async def wait(self, job_id: UUID, seconds: float) -> bool:
        """Waits until a job has ended; False when it has not ended in time."""
        try:
            async with asyncio.timeout(seconds), self.subscribe(job_id) as events:
                async for event in events:
                    if event.terminal:
                        return True
        except TimeoutError:
            pass
        return False

    async def run(self) -> None:
        """Receives doorbells and reads the log for all held jobs, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen())
            tasks.create_task(self._read())
            tasks.create_task(self._end_on_stop())

    async def _end_on_stop(self) -> None:
        """Ends a stream when the process stops; its client reconnects to another replica."""
        await self._stopping.wait()
        for subscriptions in self._subscriptions.values():
            for subscription in subscriptions:
                subscription.close()
        for doorbells in self._doorbells.values():
            for doorbell in doorbells:
                doorbell.close()

    async def _listen(self) -> None:
        listener = await self._bus.listen("#")
        try:
            while True:
                key, body = await listener.next()
                try:
                    await self._handle_transient(key, body)
                except (ValueError, KeyError, TypeError, AttributeError, VoxbusError) as error:
                    _log.warning("not a bell", key=key, error=type(error).__name__)
        except Closed:
            await self._stopping.wait()
        finally:
            await listener.close()

    async def _handle_transient(self, key: str, body: bytes) -> None:
        if key == WAKEUPS:
            wakeups = [(UUID(job_id), int(seq)) for job_id, seq in json.loads(body)]
            if self._doorbells:
                self._childrens_jobs.add(job for job, _ in wakeups)
            self._mark(
                job
                for job, seq in wakeups
                if any(subscription.cursor < seq for subscription in self._subscriptions.get(job, ()))
            )
            return
        if key in _RINGS:
            self._ring(map(UUID, json.loads(body)), _RINGS[key])
            return
        kind, _, job_id = key.partition(".")
        subscriptions = self._subscriptions.get(UUID(job_id), ()) if kind == PROGRESS else ()
        if subscriptions:
            payload: dict[str, Any] = json.loads(body)
            fence = int(payload["fence"])
            data = await self._progress(UUID(job_id), payload)
            event = StreamEvent(None, PROGRESS, datetime.now(UTC), data)
            for subscription in subscriptions:
                subscription.offer_transient(fence, event)

    def _ring(self, people: Iterable[UUID], what: str) -> None:
        for person in people:
            for doorbell in self._doorbells.get(person, ()):
                doorbell.ring(what)

    async def _progress(self, job_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
        """Decrypts the progress of a run; for an erased person only its fence and time remain."""
        data = {"fence": payload["fence"]}
        if "enc" not in payload:
            return data | {name: value for name, value in payload.items() if name != "at"}
        person = UUID(payload["person_id"])
        key = (await self._keys.find([person])).get(person)
        if key is not None and key.id == payload["enc"]:
            data |= reveal(payload[PERSONAL], job_id, PROGRESS, key)
        return data

    def _mark(self, jobs: Iterable[UUID]) -> None:
        self._dirty.update(jobs)
        if self._dirty:
            self._changed.set()

    async def _read(self) -> None:
        """Reads the log for all jobs with a doorbell, repeatedly; every 5 s and after a reconnect for all held jobs."""
        tick = min(_TICK_S, self._poll_interval)
        await every(tick, self._read_dirty, self._pulse, again=_TICK_S, wake=self._changed)

    async def _read_dirty(self) -> None:
        now, was_connected = time.monotonic(), self._connected
        self._connected = self._bus.connected
        if now >= self._poll_at or (self._connected and not was_connected):
            if not was_connected:
                self._ring(list(self._doorbells), NOTIFICATIONS)  # rings may have been lost
                self._childrens_jobs.lost()
            self._dirty.update(self._subscriptions)
            self._poll_at = now + self._poll_interval
        dirty, self._dirty = self._dirty, set()
        try:
            await self.read(dirty)
        except BaseException:
            self._dirty |= dirty
            raise
        if self._doorbells:
            self._ring(await self._childrens_jobs.guardians(list(self._doorbells)), CHILDREN)

    async def read(self, jobs: Iterable[UUID]) -> None:
        """Reads rows of many jobs in one query, from the oldest cursor; each subscription takes its next rows."""
        cursors: dict[UUID, int] = {}
        for job_id in jobs:
            open_for_more = [
                subscription.cursor for subscription in self._subscriptions.get(job_id, ()) if subscription.wants_rows
            ]
            if open_for_more:
                cursors[job_id] = min(open_for_more)
        wanted = list(cursors.items())
        for start in range(0, len(wanted), _JOBS_A_READ):
            some = dict(wanted[start : start + _JOBS_A_READ])
            rows = await self._database.fetch(statements.READ_ROWS, list(some), list(some.values()), _ROWS_A_JOB)
            keys = await self._keys.find({row.person_id for row in rows if row.enc is not None})
            counts: dict[UUID, int] = defaultdict(int)
            for row in rows:
                counts[row.stream_id] += 1
                event = event_of(row, keys.get(row.person_id))
                for subscription in tuple(self._subscriptions.get(row.stream_id, ())):
                    subscription.offer(event)
            self._mark(job_id for job_id, count in counts.items() if count == _ROWS_A_JOB)


def event_of(row: Row[Any], key: Key | None) -> StreamEvent:
    """Shapes a log row as its owner sees it; for an unknown message only the name."""
    message = MESSAGES.get(row.type)
    name = row.type if message is None else message.stream_type()
    data = {} if message is None else _public_fields(message, row, key)
    return StreamEvent(row.seq, name, row.time, data, row.terminal, row.traceparent, time.time_ns())


def _public_fields(message: type[Message], row: Row[Any], key: Key | None) -> dict[str, Any]:
    """Returns the shown fields as REST shows them; none for an unreadable body, which must not stop the stream."""
    if not message.public_fields:
        return {}
    try:
        payload = json.loads(clear(row.body, row.event_id, row.type, row.enc, key))
        return shape(message, payload)
    except (ValueError, AttributeError, Erased, Permanent):
        _log.warning("a log row cannot be read", type=message.type)
        return {}
