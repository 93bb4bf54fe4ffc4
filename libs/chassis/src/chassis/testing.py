"""Provides a harness for tests: services as they really run, on a real database, with functions to observe them.

It is shipped with the product, so that all authors of handlers test them in the same way. No function sleeps for a
guessed time: `until` asks again until its deadline.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Row
from starlette.types import ASGIApp

from chassis.bus.base import Bus, Outcome, Subscription
from chassis.bus.memory import MemoryBus
from chassis.bus.topology import Queue as BusQueue
from chassis.bus.topology import Topology, dead_queue, event_queue
from chassis.delivery.message_keys import encryption_keys
from chassis.delivery.outbox import OutboxMessage, to_outbox_uncaused
from chassis.message.codec import decode
from chassis.message.envelope import Envelope
from chassis.run import Process
from chassis.service import Service
from chassis.settings import Settings
from chassis.storage.database import Database, open_database
from chassis.storage.keys import Keys
from chassis.storage.media import Media
from chassis.stores_in_memory import keys_beside
from contracts.base import Message

M = TypeVar("M", bound=Message)

#: the queue on which a harness receives every event; on a real broker it stays until the broker's owner deletes it
TAP = event_queue("tap", "all", ["#"])
#: default seconds that `until` waits
WITHIN_S = 20.0
#: seconds between the looks of a harness's loops: there are fifty, and their looks cost more than a test does
LOOK_EVERY_S = 0.2
_ASK_EVERY_S, _ASK_AT_LEAST_EVERY_S = 0.02, 0.1
#: of the time waited so far, that until the next question
_PART = 0.03


async def until(
    ask: Callable[[], Awaitable[Any]],
    *,
    within: float = WITHIN_S,
    what: str = "what was waited for",
    every: float | None = None,
) -> Any:
    """Asks until the answer is true, and returns it. AssertionError after `within` seconds.

    It asks every `every` seconds; by default the less often the longer it waits, but ten times a second at least:
    questions cost processor time, which what is waited for needs.
    """
    began = asyncio.get_running_loop().time()
    while True:
        answer = await ask()
        if answer:
            return answer
        waited = asyncio.get_running_loop().time() - began
        if waited > within:
            raise AssertionError(f"{what} did not come within {within:g} s; last answer: {answer!r}")
        await asyncio.sleep(min(max(_ASK_EVERY_S, waited * _PART), _ASK_AT_LEAST_EVERY_S) if every is None else every)


class Harness:
    """Runs one process of services on a bus, and records every message they publish."""

    def __init__(self, services: Sequence[Service], bus: Bus, database_url: str, keys: Keys) -> None:
        self.services = services
        self.keys = keys
        self.bus = bus
        self.database_url = database_url
        self.address = ""
        #: the services' own applications, which a gateway calls
        self.owners: Mapping[str, ASGIApp] = {}
        #: begins the drain of the process
        self.stop: Callable[[], None] = lambda: None
        self._heard: list[Envelope] = []
        self._bodies: list[bytes] = []
        self._sending: set[asyncio.Future[Any]] = set()
        self._databases: dict[str, Database] = {}

    async def publish(
        self, message: Message, *, job_id: UUID | None = None, person_id: UUID | None = None
    ) -> OutboxMessage:
        """Publishes a message as if an outbox had held it; on the memory bus the outcome comes later."""
        keys = await encryption_keys(self.keys, [(message, person_id)])
        key = keys.get(person_id) if person_id is not None else None
        outbox_message = to_outbox_uncaused(message, source="voxbus/test", job_id=job_id, person_id=person_id, key=key)
        await self.send(outbox_message)
        return outbox_message

    async def send(self, outbox_message: OutboxMessage) -> None:
        """Publishes exactly this message, without waiting for consumers; it may be a duplicate."""
        sending = self.bus.publish(outbox_message.outgoing())
        if not isinstance(self.bus, MemoryBus):
            assert await sending is Outcome.CONFIRMED
        self._keep(sending)

    @property
    def heard(self) -> Sequence[Envelope]:
        """Returns the envelopes of all events that have gone over the bus, in order of arrival."""
        return self._heard

    def emitted(self, message: type[Message] | str) -> list[Envelope]:
        """Returns the envelopes of this type that have gone over the bus, in order of arrival."""
        wanted = message if isinstance(message, str) else message.type
        return [envelope for envelope in self._heard if envelope.type == wanted]

    def forget(self) -> None:
        """Forgets the events that have gone over the bus so far, for a test that shares a process with others."""
        self._heard.clear()
        self._bodies.clear()

    async def told(self, message: type[M], count: int = 1) -> list[M]:
        """Waits until so many messages of a type have gone over the bus; returns all that have, opened."""
        await self.until_emitted(message, count)
        found = [each for each in zip(self._heard, self._bodies, strict=True) if each[0].type == message.type]
        keys = await self.keys.find({envelope.person_id for envelope, _ in found if envelope.person_id is not None})
        return [
            decode(message, envelope, body, keys.get(envelope.person_id) if envelope.person_id is not None else None)
            for envelope, body in found
        ]

    async def until_emitted(self, message: type[Message] | str, count: int = 1, *, within: float = WITHIN_S) -> None:
        """Waits until so many messages of a type have gone over the bus."""

        async def enough() -> bool:
            return len(self.emitted(message)) >= count

        await until(enough, within=within, what=f"{count} × {message}")

    async def rows(self, service: str, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        """Queries a service's database in the service's own role."""
        if service not in self._databases:
            self._databases[service] = open_database(self.database_url, service, size=1)
        return await self._databases[service].fetch(statement, *parameters)

    async def inbox(self, consumer: str) -> Sequence[Row[Any]]:
        """Returns the inbox rows of one handler, `<service>.<handler>`, in order of id."""
        service = consumer.partition(".")[0]
        return await self.rows(service, "SELECT * FROM inbox WHERE consumer = $1 ORDER BY id", consumer)

    async def dead(self, consumer: str) -> Sequence[Row[Any]]:
        """Returns the dead letters of one handler."""
        return [row for row in await self.inbox(consumer) if row.outcome == "dead"]

    async def until_settled(self, service: str, *, within: float = WITHIN_S) -> None:
        """Waits until a service's outbox is empty and no inbox row is open."""

        async def settled() -> bool:
            [[open_rows]] = await self.rows(
                service,
                "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM inbox WHERE done_at IS NULL)",
            )
            return bool(open_rows == 0)

        await until(settled, within=within, what=f"an empty outbox and inbox of {service}")

    def _keep(self, task: asyncio.Future[Any]) -> None:
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _tap(self, queue: Subscription) -> None:
        while deliveries := await queue.next(100):
            self._heard += [Envelope.parse(delivery.headers) for delivery in deliveries]
            self._bodies += [delivery.body for delivery in deliveries]
            await queue.ack_through(deliveries[-1])

    async def _close(self) -> None:
        for database in self._databases.values():
            await database.close()


async def _begin(process: Process, harness: Harness) -> asyncio.Task[bool]:
    """Runs the process and returns once it is ready. Raises the error of a failed start."""
    ready = asyncio.Event()

    def on_ready(address: str) -> None:
        harness.address = address
        ready.set()

    run = asyncio.create_task(process.run(on_ready))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({run, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if run.done():
        run.result()
    return run


def _settings_beside(media: Media, database_url: str) -> Settings:
    """Returns the settings of a process whose data directory has the media."""
    found: dict[str, Any] = {} if media.folder is None else {"data_dir": media.folder.parent}
    return Settings(port=0, database_url=database_url, look_every=LOOK_EVERY_S, **found)


@asynccontextmanager
async def running(
    services: Sequence[Service],
    database_url: str,
    bus: Bus,
    media: Media,
    settings: Settings | None = None,
    *,
    single_process: bool | None = None,
    keys: Keys | None = None,
) -> AsyncIterator[Harness]:
    """Runs services on a migrated database. The caller closes the bus.

    `single_process`: the process owns bus and database (default: true on the memory bus). `keys`: the key store; by
    default the one in memory that belongs to the database.
    """
    keys = keys or Keys(keys_beside(database_url))
    settings = settings or _settings_beside(media, database_url)
    harness = Harness(services, bus, database_url, keys)
    topology = sum((service.topology() for service in services), Topology(()))
    await bus.declare(topology + Topology((BusQueue(dead_queue("tap"), "events", (), None), TAP)))
    subscription = await bus.subscribe(TAP.name, 1000)
    tapping = asyncio.create_task(harness._tap(subscription))
    if single_process is None:
        single_process = isinstance(bus, MemoryBus)
    process = Process(
        services,
        settings,
        bus=bus,
        database_url=database_url,
        media=media,
        keys=keys,
        single_process=single_process,
        linger=0,
    )
    run = await _begin(process, harness)
    harness.owners, harness.stop = process.owners, process.stop
    try:
        yield harness
    finally:
        process.stop()
        well = await run
        await subscription.close()
        tapping.cancel()
        with suppress(asyncio.CancelledError):
            await tapping
        await harness._close()
        assert well, "a loop of the process has died: see its log"
