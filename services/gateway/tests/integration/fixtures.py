"""Provides a gateway's core on a real database and the memory bus, without loops: tests run what they need."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.bus.memory import MemoryBus
from chassis.delivery.inbox import Received
from chassis.delivery.outbox import to_outbox_uncaused
from chassis.delivery.relay import Relay
from chassis.delivery.retention import RetentionWorker, Retires
from chassis.message.crypto import new_key
from chassis.message.envelope import new_id
from chassis.observe.health import Watchdog
from chassis.observe.logs import bound
from chassis.privacy.retention import retention
from chassis.storage.database import Database, Transaction
from chassis.storage.errors import DatabaseAway
from chassis.storage.keys import Keys
from chassis.stores_in_memory import KeysInMemory, LedgerInMemory
from contracts.base import Message
from contracts.catalogue import JOB_KINDS
from contracts.feedback import FeedbackGiven
from contracts.gateway import AssessAttempt
from contracts.speech import AttemptAssessed
from gateway.edge.certificates import CertificateKey
from gateway.edge.streams.hub import Hub
from gateway.edge.streams.permits import Permits
from gateway.jobs import statements
from gateway.jobs.accept import Acceptance, Accepted, Idempotency
from gateway.jobs.end_jobs import Endings
from gateway.jobs.erase_person import KeepGrants, keep_nothing
from gateway.jobs.erasures import Erasures, Tell, tell_nobody
from gateway.jobs.event_log.recorder import Recorder
from gateway.tables import METADATA

ATTEMPT = JOB_KINDS["attempt"]
#: signs certificates
SECRET = "s" * 40


_ASKED: ContextVar[bool] = ContextVar("within a request", default=False)
_HOLDS: ContextVar[bool] = ContextVar("holds a connection", default=False)


def requests_of(app: ASGIApp) -> ASGIApp:
    """Wraps an application so that `OneAtATime` knows its requests from what a test does itself."""

    async def asked(scope: Scope, receive: Receive, send: Send) -> None:
        within = _ASKED.set(True)
        try:
            await app(scope, receive, send)
        finally:
            _ASKED.reset(within)

    return asked


class OneAtATime(Database):
    """Represents a pool of which no request takes a second connection while it holds one.

    As many requests as the pool has connections could otherwise wait for each other, until they time out.
    """

    def __init__(self, pool: Database) -> None:
        super().__init__(pool._engine, pool._lines, pool._begun, commits=pool._commits)

    @asynccontextmanager
    async def transaction(
        self, begin: Callable[[], str] = lambda: "BEGIN", *, wait: float | None = None
    ) -> AsyncIterator[Transaction]:
        self._check()
        async with super().transaction(begin, wait=wait) as tx:
            holds = _HOLDS.set(_ASKED.get())
            try:
                yield tx
            finally:
                _HOLDS.reset(holds)

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        self._check()
        return await super().fetch(statement, *parameters)

    def _check(self) -> None:
        assert not _HOLDS.get(), "a second connection of the pool of which one is held"


class LosesAnswers(Database):
    """Represents a database whose connection is lost just after a commit, or just before one, so many times."""

    def __init__(self, behind: Database, lost: int, *, committed: bool) -> None:
        self._behind = behind
        self._lost = lost
        self._committed = committed

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        lose = statement == statements.ACCEPT and self._lost > 0
        if lose and not self._committed:
            self._lost -= 1
            raise DatabaseAway
        rows = await self._behind.fetch(statement, *parameters)
        if lose:
            self._lost -= 1
            raise DatabaseAway
        return rows


@dataclass
class Bench:
    """Parts of one replica; `person` is new for each test."""

    database: Database
    bus: MemoryBus
    watchdog: Watchdog = field(default_factory=Watchdog)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    person: UUID = field(default_factory=new_id)
    store: KeysInMemory = field(default_factory=KeysInMemory)
    ledger: LedgerInMemory = field(default_factory=LedgerInMemory)

    def __post_init__(self) -> None:
        self.relay = self.new_relay()
        self.store.keys[self.person] = new_key()
        self.keys = Keys(self.store)
        self.acceptance = Acceptance(self.database, self.relay, keys=self.keys)
        self.endings = Endings(self.database, self.relay, self.bus)
        self.recorder = Recorder(
            self.database, self.relay, self.bus, self.watchdog.pulse("recorder"), self.stopping, lambda _: None
        )

    def new_relay(self, database: Database | None = None) -> Relay:
        pulse = self.watchdog.pulse("relay")
        return Relay("gateway", database or self.database, self.bus, pulse, 100, lambda _: None)

    def new_hub(self) -> Hub:
        return Hub(self.database, self.bus, self.watchdog.pulse("hub"), self.stopping, keys=self.keys)

    def new_erasures(
        self,
        *,
        permits: Permits | None = None,
        keep_grants: KeepGrants = keep_nothing,
        tell: Tell = tell_nobody,
        failpoint: Callable[[str], None] = lambda _here: None,
        resume_after: float = 0.0,
    ) -> Erasures:
        """Returns what erases people, and at once goes on with what another has left."""
        certificates = CertificateKey(SECRET)
        return Erasures(
            self.database,
            self.keys,
            self.ledger,
            self.bus,
            receipts=b"r" * 32,
            sign=certificates.sign,
            issuer="http://gateway",
            end_streams=(lambda _: None) if permits is None else permits.end_streams,
            keep_grants=keep_grants,
            tell=tell,
            failpoint=failpoint,
            resume_after=resume_after,
        )

    async def retire(self, now: datetime | None = None, retires: Mapping[str, Retires] | None = None) -> int:
        """Deletes what is due at a moment, by default now; returns how much."""

        async def moment() -> datetime:
            return now or datetime.now(UTC)

        worker = RetentionWorker(
            "gateway",
            self.database,
            self.relay,
            self.watchdog.pulse("retention"),
            retention(),
            tables=list(METADATA.tables),
            retires=retires,
            now=moment,
            pause=0,
        )
        return await worker.once()

    async def accept(self, idempotency: Idempotency | None = None, acceptance: Acceptance | None = None) -> Accepted:
        job_id = new_id()
        command = AssessAttempt.model_validate({**AssessAttempt.examples()[0], "attempt_id": job_id})
        return await (acceptance or self.acceptance).accept(
            ATTEMPT, command, job_id=job_id, person_id=self.person, idempotency=idempotency
        )

    async def new_job(self) -> UUID:
        with bound():  # as a request: its job is in no other log lines
            return (await self.accept()).job_id

    def event(self, job_id: UUID | None, message: type[Message] | Message) -> Received:
        """Returns an event of a job; of a type, its first example."""
        if isinstance(message, type):
            message = message.model_validate(message.examples()[0])
        key = self.store.keys[self.person]
        outbox_message = to_outbox_uncaused(
            message, source="voxbus/test", job_id=job_id, person_id=self.person, key=key
        )
        return Received(outbox_message.envelope, outbox_message.body)

    def steps(self, job_id: UUID) -> list[Received]:
        """Returns the events that make a job succeed."""
        return [self.event(job_id, AttemptAssessed), self.event(job_id, FeedbackGiven)]

    async def rows(self, stream_id: UUID) -> Sequence[Row[Any]]:
        return await self.database.fetch("SELECT * FROM log WHERE stream_id = $1 ORDER BY seq", stream_id)

    async def status(self, job_id: UUID) -> str:
        [[status]] = await self.database.fetch("SELECT status FROM jobs WHERE id = $1", job_id)
        return str(status)

    async def jobs(self) -> int:
        [[count]] = await self.database.fetch("SELECT count(*) FROM jobs WHERE person_id = $1", self.person)
        return int(count)

    async def ended(self, job_id: UUID) -> bool:
        return await self.status(job_id) not in ("accepted", "running")

    async def succeed(self, job_id: UUID) -> None:
        """Ends a job as succeeded, as the recorder would."""
        await self.database.fetch(
            "WITH ended AS (UPDATE jobs SET status = 'succeeded', finished_at = now(), last_seq = 2 WHERE id = $1"
            " RETURNING id, person_id)"
            " INSERT INTO log (stream_id, seq, event_id, type, version, time, person_id, headers, body, terminal)"
            " SELECT id, 2, $2, 'job.succeeded', '1.0', now(), person_id, '{}', '{\"result\": {}}', true FROM ended",
            job_id,
            new_id(),
        )
