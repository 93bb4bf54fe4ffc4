"""Provides a harness for tests: services as they really run, on a real database, with functions to observe them.

It is shipped with the product, so that all authors of handlers test them in the same way. No function sleeps for a
guessed time: `until` asks again until its deadline.
"""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
from sqlalchemy import Row
from starlette.types import ASGIApp

from chassis.bus.base import Bus, Outcome, Subscription
from chassis.bus.memory import MemoryBus
from chassis.bus.topology import Queue as BusQueue
from chassis.bus.topology import Topology, dead_queue, event_queue
from chassis.delivery.message_keys import encryption_keys
from chassis.delivery.outbox import OutboxMessage, to_outbox_uncaused
from chassis.errors import DependencyDown
from chassis.message.codec import decode
from chassis.message.crypto import Key, new_key
from chassis.message.envelope import Envelope
from chassis.run import Process
from chassis.service import Service
from chassis.settings import Settings
from chassis.storage.database import Database, open_database
from chassis.storage.keys import Keys
from chassis.storage.media import Media, open_media
from chassis.storage.migrations import CHASSIS, migrate
from chassis.storage.partitions import ensure_partitions
from chassis.storage.sealed import Sealed
from chassis.storage.stored_consent import NEVER, ConsentAnswer, StoredConsent
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
_PARTITIONED = """
SELECT p.partrelid::regclass::text AS name, a.attname AS key
  FROM pg_partitioned_table AS p JOIN pg_attribute AS a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
  JOIN pg_class AS c ON c.oid = p.partrelid
 WHERE c.relnamespace = current_schema()::regnamespace
"""


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


@asynccontextmanager
async def fresh_database(
    server_url: str, services: Sequence[Service], *, partitioned: bool = True, filled: bool = False
) -> AsyncIterator[str]:
    """Makes a migrated database on a server and drops it at the end. The copied template stays for the next one.

    It has the weekly partitions that a first start makes, unless it is not to be `partitioned`: without them the server
    takes longer for the start of a process than for all else in a short test. `filled`: it also has the rows that a
    first start puts there, as content's lessons, but none of their media. Without them a start adds both.
    """
    name = f"test_{uuid.uuid4().hex[:12]}"
    admin = await asyncpg.connect(server_url)
    try:
        template = await _template(admin, server_url, services, partitioned, filled)
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield _database(server_url, name)
        finally:
            await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


async def _template(
    admin: asyncpg.Connection, server_url: str, services: Sequence[Service], partitioned: bool, filled: bool
) -> str:
    """Returns a template database with these services' migrations, made on first use and named by their content."""
    fills = [service for service in services if filled and service.fill is not None]
    folders = [("chassis", CHASSIS), *((service.name, service.migrations) for service in services)]
    kind = f"{partitioned} {[service.name for service in fills]} {[_digest(*each) for each in folders]}"
    name = f"template_{hashlib.sha256(kind.encode()).hexdigest()[:16]}"
    await admin.execute("SELECT pg_advisory_lock(hashtext($1))", name)
    try:
        if not await admin.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", name):
            await admin.execute(f"DROP DATABASE IF EXISTS {name}_unfinished")
            await admin.execute(f"CREATE DATABASE {name}_unfinished")
            url = _database(server_url, f"{name}_unfinished")
            await migrate(url, services)
            if partitioned:
                await asyncio.gather(*(_partition(url, service.name) for service in services))
            await asyncio.gather(*(_fill(url, service) for service in fills))
            await admin.execute(f"ALTER DATABASE {name}_unfinished RENAME TO {name}")
    finally:
        await admin.execute("SELECT pg_advisory_unlock(hashtext($1))", name)
    return name


@cache
def _digest(name: str, migrations: Path) -> str:
    """Returns the digest of a service's migrations, which are read once: a run asks for a database a thousand times."""
    scripts = sorted(migrations.rglob("*.py"))
    return hashlib.sha256(b"\0".join([name.encode(), *(script.read_bytes() for script in scripts)])).hexdigest()


async def _fill(url: str, service: Service) -> None:
    """Puts into the tables what a service puts there at its first start."""
    assert service.fill is not None
    database = open_database(url, service.name, size=1)
    try:
        with tempfile.TemporaryDirectory() as folder:
            await service.fill(database, open_media(None, Path(folder)))
    finally:
        await database.close()


async def _partition(url: str, service: str) -> None:
    """Makes the partitions of all tables of a service that have any."""
    database = open_database(url, service, size=1)
    try:
        for table in await database.fetch(_PARTITIONED):
            await ensure_partitions(database, table.name, key=table.key)
    finally:
        await database.close()


def _database(server_url: str, name: str) -> str:
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))


class LedgerInMemory:
    """Implements an erasure ledger that ends with the test."""

    def __init__(self) -> None:
        self.erased: dict[UUID, datetime] = {}
        self.away = False

    async def check(self) -> None:
        """Does nothing: memory can be written to."""

    async def exists(self) -> bool:
        """Tells that there is one."""
        return True

    async def append(self, persons: Collection[UUID]) -> None:
        """Writes persons, unless the ledger is away."""
        if self.away:
            raise DependencyDown("the erasure ledger")
        for person in persons:
            self.erased.setdefault(person, datetime.now(UTC))

    async def remove(self, persons: Collection[UUID]) -> None:
        """Removes persons."""
        for person in persons:
            self.erased.pop(person, None)

    async def read(self) -> dict[UUID, datetime]:
        """Returns everyone in it, and when they were erased."""
        return dict(self.erased)


class KeysInMemory:
    """Implements a key store that ends with the test."""

    def __init__(self) -> None:
        self.keys: dict[UUID, Key | None] = {}
        self.sealed: dict[tuple[UUID, str], tuple[bytes, UUID]] = {}
        self.decided: dict[tuple[UUID, str, str], StoredConsent] = {}
        self.held: Counter[tuple[UUID, str, str]] = Counter()
        self.now: Callable[[], float] = time.time

    async def read(self, persons: Collection[UUID]) -> dict[UUID, Key | None]:
        """Returns the keys of some persons."""
        return {person: self.keys[person] for person in persons if person in self.keys}

    async def make(self, persons: Collection[UUID]) -> dict[UUID, Key | None]:
        """Returns the keys of some persons, and makes the missing ones."""
        return {person: self.keys.setdefault(person, new_key()) for person in persons}

    async def destroy(self, person: UUID) -> None:
        """Destroys a person's key, and what is kept beside it."""
        self.keys[person] = None
        self.sealed = {each: kept for each, kept in self.sealed.items() if each[0] != person}
        self.decided = {each: kept for each, kept in self.decided.items() if each[0] != person}

    async def read_sealed(self, person: UUID, name: str) -> Sealed:
        """Returns what is kept beside a person's key under a name."""
        content, mark = self.sealed.get((person, name), (None, None))
        return Sealed(content, mark, self.now())

    async def replace_sealed(self, person: UUID, name: str, content: bytes, known: UUID | None, mark: UUID) -> bool:
        """Stores content in place of what has the `known` mark."""
        _, stands = self.sealed.get((person, name), (None, None))
        if self.keys.get(person) is None or stands != known:
            return False
        self.sealed[person, name] = content, mark
        return True

    async def delete_sealed(self, person: UUID, name: str) -> None:
        """Deletes what is kept beside a person's key under a name."""
        self.sealed.pop((person, name), None)

    async def read_consent(self, person: UUID, purpose: str, recipient: str) -> ConsentAnswer:
        """Returns what was decided last about a purpose and a recipient."""
        found = self.decided.get((person, purpose, recipient))
        if found is None:
            return NEVER
        in_time = found.until is None or found.until.timestamp() > self.now()
        return ConsentAnswer(found.number, found.granted and in_time, found.child)

    async def read_consents(self, persons: Collection[UUID], purpose: str) -> dict[tuple[UUID, str], ConsentAnswer]:
        """Returns what was decided last about a purpose, by person and recipient."""
        about = [each for each in self.decided if each[0] in persons and each[1] == purpose]
        return {(each[0], each[2]): await self.read_consent(*each) for each in about}

    @asynccontextmanager
    async def hold_consent(self, person: UUID, purpose: str, recipient: str) -> AsyncIterator[ConsentAnswer]:
        """Holds a consent, and then reads it."""
        self.held[person, purpose, recipient] += 1
        try:
            yield await self.read_consent(person, purpose, recipient)
        finally:
            self.held[person, purpose, recipient] -= 1

    async def is_held(self, person: UUID, purpose: str, recipient: str) -> bool:
        """Tells whether anybody holds a consent."""
        return self.held[person, purpose, recipient] > 0

    async def write_consent(self, consent: StoredConsent) -> bool:
        """Stores a decision in place of the one before."""
        about = (consent.person, consent.purpose, consent.recipient)
        before = self.decided.get(about)
        same = before is not None and (before.number, before.granted) == (consent.number, consent.granted)
        if self.keys.get(consent.person) is None or (before and before.number >= consent.number and not same):
            return False
        self.decided[about] = consent
        return True

    async def consents(self, after: UUID, people: int) -> list[StoredConsent]:
        """Returns what was decided last about the next so many people, in the order of their ids."""
        wanted = sorted({person for person, *_ in self.decided if person > after})[:people]
        return [self.decided[each] for each in sorted(self.decided) if each[0] in wanted]

    async def erased(self) -> set[UUID]:
        """Returns everyone whose key was destroyed."""
        return {person for person, key in self.keys.items() if key is None}

    async def forget_erased(self, persons: Collection[UUID]) -> None:
        """Forgets those of these persons whose key was destroyed."""
        for person in await self.erased() & set(persons):
            del self.keys[person]

    async def close(self) -> None:
        """Does nothing: no resource is held."""


@cache
def keys_beside(database_url: str) -> KeysInMemory:
    """Returns the key store of a database, which outlives the processes on it: a gateway refuses to start without."""
    return KeysInMemory()


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
