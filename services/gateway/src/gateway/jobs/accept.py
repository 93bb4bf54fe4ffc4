"""Accepts jobs: one statement writes the job, its first log row, the outbox and the idempotency key, or nothing.

The same statement takes all requests of a batch, as `batches` gathers them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError

from chassis.delivery.message_keys import encryption_keys
from chassis.delivery.outbox import OutboxMessage, to_outbox_uncaused
from chassis.delivery.relay import Relay
from chassis.errors import DependencyDown, Erased, VoxbusError
from chassis.observe import metrics
from chassis.observe.logs import bind_job, logger
from chassis.observe.traces import part
from chassis.storage.database import Database, Transaction
from chassis.storage.errors import is_outage, may_redo
from chassis.storage.keys import Keys
from contracts.base import Command, JobKind
from gateway.jobs import statements
from gateway.jobs.batches import Batches
from gateway.jobs.event_log.plan import SOURCE, version

#: seconds that a client is asked to wait
RETRY_AFTER_S = 5
#: tries of a request alone, after the one in its batch
_TRIES = 3
_PAUSE_S = 0.2
#: seconds until a statement that still runs has another one begun beside it: one that waits must not hold up everybody
SLOW_AFTER_S = 0.02

#: writes beside a job, in the transaction that accepts it and after its rows; may be called again
Beside = Callable[[Transaction], Awaitable[None]]

_log = logger(__name__)


class IdempotencyConflict(VoxbusError):
    """Says that the same Idempotency-Key was used with other content (422)."""


class Busy(VoxbusError):
    """Says that no new job is accepted now (503). `retry_after` in seconds.

    `unknown`: the database was lost during the commit, so the job may exist (504): leave its recording to the hourly
    sweep.
    """

    def __init__(self, retry_after: int, *, unknown: bool = False) -> None:
        super().__init__("busy")
        self.retry_after = retry_after
        self.unknown = unknown


@dataclass(frozen=True, slots=True)
class Idempotency:
    """Holds a client's Idempotency-Key on a route; `fingerprint` is a hash of the canonical content."""

    route: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """Names the job made for a request, with its present status. `replayed`: an earlier request had made it."""

    job_id: UUID
    status: str
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class _Request:
    kind: JobKind
    outbox_message: OutboxMessage
    job_id: UUID
    person_id: UUID
    idempotency: Idempotency | None
    recording_bytes: int | None
    beside: Beside | None
    answer: asyncio.Future[Accepted]

    def end(self, answer: Accepted | Exception) -> None:
        """Gives the request its answer, unless the client has gone."""
        if self.answer.done():
            return
        if isinstance(answer, Accepted):
            self.answer.set_result(answer)
        else:
            self.answer.set_exception(answer)


class Acceptance:
    """Accepts commands of the gateway."""

    def __init__(
        self,
        database: Database,
        relay: Relay,
        source: str = SOURCE,
        failpoint: Callable[[str], None] | None = None,
        on_held: Callable[[], None] | None = None,
        *,
        keys: Keys,
        slow_after: float = SLOW_AFTER_S,
    ) -> None:
        """Takes `failpoint`, called for each command and after each commit, where fault tests end the process.

        `on_held` is called when a command waits for its turn. `slow_after` as `SLOW_AFTER_S`.
        """
        self._database = database
        self._relay = relay
        self._keys = keys
        self._source = source
        self._failpoint = failpoint
        self._on_held = on_held
        self._batches: Batches[_Request] = Batches(self._accept_batch, slow_after)

    @property
    def running(self) -> Collection[asyncio.Task[None]]:
        """Returns the running acceptances, which go on whether or not their client waits."""
        return self._batches.running

    def check_budget(self) -> None:
        """Raises `Busy` above the outbox budget, before a body is read that could not be accepted anyway."""
        if self._relay.over_budget:
            raise Busy(RETRY_AFTER_S)

    async def find(self, person_id: UUID, idempotency: Idempotency | None) -> Accepted | None:
        """Finds the job of a key, with its present status; None without a key, or if the key is unused or expired.

        Raises `IdempotencyConflict`.
        """
        if idempotency is None:
            return None
        rows = await self._database.fetch(statements.READ_IDEMPOTENT, person_id, idempotency.route, idempotency.key)
        if not rows:
            return None
        if rows[0].fingerprint != idempotency.fingerprint:
            raise IdempotencyConflict("the key was used for another request")
        return Accepted(rows[0].job_id, rows[0].status, replayed=True)

    async def accept(
        self,
        kind: JobKind,
        command: Command,
        *,
        job_id: UUID,
        person_id: UUID,
        idempotency: Idempotency | None,
        recording_bytes: int | None = None,
        beside: Beside | None = None,
    ) -> Accepted:
        """Accepts one command as a job; an accept that has begun goes on to its end, even if the client leaves.

        `beside` is called in the job's transaction, which what it raises rolls back. So nobody who accepts holds one
        connection and waits for another.

        Raises `IdempotencyConflict`, `Erased` for an erased person, or `Busy` above the outbox budget and while
        database or key store do not answer.
        """
        self.check_budget()
        if self._failpoint is not None:
            self._failpoint("received")
        try:
            key = (await encryption_keys(self._keys, [(command, person_id)])).get(person_id)
        except DependencyDown:
            raise Busy(RETRY_AFTER_S) from None
        with part("accept", attributes={"voxbus.kind": kind.name, "voxbus.job": job_id}):
            message = to_outbox_uncaused(command, source=self._source, job_id=job_id, person_id=person_id, key=key)
            answer: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()
            request = _Request(kind, message, job_id, person_id, idempotency, recording_bytes, beside, answer)
            if beside is None:
                self._batches.add(person_id, request)
            else:
                self._batches.start(self._go_on(request, True))
            accepted = await answer
        bind_job(accepted.job_id)
        return accepted

    async def _accept_batch(self, batch: Sequence[_Request]) -> None:
        """Accepts a batch in one statement; requests that it does not accept are tried one by one."""
        known = True
        held: dict[UUID, bool] = {}
        try:
            rows = await self._database.fetch(statements.ACCEPT, *_columns(batch))
            held = {row.job_id: row.held for row in rows}
        except Exception as error:
            known = not is_outage(error)
            _log.warning("accepting again", requests=len(batch), error=type(error).__name__)
        self._accepted([(request, held[request.job_id]) for request in batch if request.job_id in held])
        for request in batch:
            if request.job_id not in held:
                self._batches.start(self._go_on(request, known))

    async def _go_on(self, request: _Request, known: bool) -> None:
        try:
            found = await self._accept_alone(request, known)
        except Exception as error:
            request.end(error)
        else:
            if found is not None:
                request.end(found)

    async def _accept_alone(self, request: _Request, known: bool) -> Accepted | None:
        """Accepts one request; returns the job that its key already has, or None once it is accepted.

        After a commit with an unknown outcome it looks for the job by its id, and repeats the statement only if there
        is none.
        """
        for tried in range(_TRIES):
            try:
                there = bool(await self._database.fetch(statements.READ_STATUS, request.job_id))
                found = await self.find(request.person_id, request.idempotency)
                if there or (found is not None and found.job_id == request.job_id):  # the commit that was lost
                    self._accepted([(request, await self._is_held(request.outbox_message))])
                    return None
                if found is not None:
                    return found
                if rows := await self._write(request):
                    self._accepted([(request, rows[0].held)])
                    return None
                await self._check_erased(request.person_id)
            except Exception as error:
                if not is_outage(error) and not may_redo(error):
                    if known or not isinstance(error, DBAPIError):
                        raise
                    break  # a later error of the database says nothing about the lost commit
                known = known and not is_outage(error)
                _log.warning("accepting again", error=type(error).__name__)
                await asyncio.sleep(_PAUSE_S * (tried + 1))
        raise Busy(RETRY_AFTER_S, unknown=not known)

    async def _write(self, request: _Request) -> Sequence[Row[Any]]:
        if request.beside is None:
            return await self._database.fetch(statements.ACCEPT, *_columns([request]))
        async with self._database.transaction() as tx:
            if rows := await tx.fetch(statements.ACCEPT, *_columns([request])):
                await request.beside(tx)
        return rows

    async def _check_erased(self, person_id: UUID) -> None:
        """Raises `Erased` for an erased person whose key this process may still have."""
        [[erased]] = await self._database.fetch(statements.READ_ERASED, person_id)
        if erased:
            raise Erased(str(person_id))

    async def _is_held(self, outbox_message: OutboxMessage) -> bool:
        [[held]] = await self._database.fetch(statements.READ_HELD, outbox_message.envelope.id)
        return bool(held)

    def _accepted(self, requests: Sequence[tuple[_Request, bool]]) -> None:
        """Answers requests whose jobs are committed; each row tells whether the command waits for its turn."""
        if self._failpoint is not None and requests:
            self._failpoint("committed")
        self._relay.publish([request.outbox_message for request, held in requests if not held])
        if self._on_held is not None and any(held for _, held in requests):
            self._on_held()
        for request, _ in requests:
            metrics.JOBS_ACCEPTED.labels(request.kind.name).inc()
            request.end(Accepted(request.job_id, "accepted"))


def _columns(requests: Sequence[_Request]) -> Iterable[tuple[object, ...]]:
    """Returns the parameters of `ACCEPT`."""
    return zip(*map(_row, requests), strict=True)


def _row(request: _Request) -> tuple[object, ...]:
    kind, envelope, once = request.kind, request.outbox_message.envelope, request.idempotency
    return (
        request.job_id,
        kind.name,
        request.person_id,
        (kind.late or kind.deadline).total_seconds(),
        envelope.id,
        envelope.type,
        version(envelope),
        envelope.time,
        json.dumps(request.outbox_message.headers),
        request.outbox_message.body,
        request.outbox_message.exchange,
        *((once.route, once.key, once.fingerprint) if once else (None, None, None)),
        kind.max_ready,
        request.recording_bytes,
    )
