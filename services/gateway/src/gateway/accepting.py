"""Accepting a job: one statement writes the job, its first log row, the outbox and the idempotency key, or nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from chassis.delivery.outbox import Sealed, seal_first
from chassis.delivery.relay import Relay
from chassis.delivery.sealing import keys_to_seal
from chassis.errors import DependencyDown, VoxbusError
from chassis.observe import metrics
from chassis.observe.logs import logger
from chassis.storage.database import Database, is_outage, may_redo
from chassis.storage.keys import Keys
from contracts.base import Command, JobKind
from gateway import statements
from gateway.recording import SOURCE, version

#: seconds a client is asked to wait
RETRY_AFTER_S = 5
_ATTEMPTS = 4
_PAUSE_S = 0.2

_log = logger(__name__)


class IdempotencyConflict(VoxbusError):
    """The same Idempotency-Key came with other content (422)."""


class Busy(VoxbusError):
    """Nothing new is accepted for now (503). `retry_after` in seconds.

    `unknown`: the database was lost during the commit, so the job may exist: leave its recording to the hourly sweep.
    """

    def __init__(self, retry_after: int, *, unknown: bool = False) -> None:
        super().__init__("busy")
        self.retry_after = retry_after
        self.unknown = unknown


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A client's Idempotency-Key on a route; `fingerprint` is a hash of the canonical content."""

    route: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The job that stands for the request. `replayed`: it was there already; `status` is as it stands."""

    job_id: UUID
    status: str
    replayed: bool = False


class Acceptance:
    """Accepts commands of the gateway."""

    def __init__(
        self,
        database: Database,
        relay: Relay,
        source: str = SOURCE,
        crash_point: Callable[[str], None] | None = None,
        on_held: Callable[[], None] | None = None,
        *,
        keys: Keys,
    ) -> None:
        """`crash_point` is called once a job is committed: a fault test ends the process there.

        `on_held` is called when a command waits for its turn.
        """
        self._database = database
        self._relay = relay
        self._keys = keys
        self._source = source
        self._crash_point = crash_point
        self._on_held = on_held
        #: acceptances that go on, whether or not their client is there
        self.running: set[asyncio.Task[Accepted]] = set()

    async def accept(
        self, kind: JobKind, command: Command, *, job_id: UUID, person_id: UUID, idempotency: Idempotency | None
    ) -> Accepted:
        """Accept one command as a job; once begun it ends whether or not the client is still there.

        Raises `IdempotencyConflict`, `Erased` for a person who was, or `Busy` above the outbox budget and while
        database or key store are away.
        """
        if self._relay.over_budget:
            raise Busy(RETRY_AFTER_S)
        try:
            key = (await keys_to_seal(self._keys, [(command, person_id)])).get(person_id)
        except DependencyDown:
            raise Busy(RETRY_AFTER_S) from None
        sealed = seal_first(command, source=self._source, job_id=job_id, person_id=person_id, key=key)
        task = asyncio.create_task(self._accept(kind, sealed, job_id, person_id, idempotency))
        self.running.add(task)  # a task that nobody refers to may vanish
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    async def _accept(
        self, kind: JobKind, sealed: Sealed, job_id: UUID, person_id: UUID, idempotency: Idempotency | None
    ) -> Accepted:
        """A commit of unknown outcome is asked for by the job's id, and done again only where there is no such job."""
        unknown = False
        for attempt in range(_ATTEMPTS):
            try:
                if attempt and await self._database.fetch(statements.READ_STATUS, job_id):
                    return self._accepted(kind, sealed, job_id, held=await self._is_held(sealed))
                if rows := await self._database.fetch(
                    statements.ACCEPT, *_parameters(kind, sealed, job_id, person_id, idempotency)
                ):
                    return self._accepted(kind, sealed, job_id, held=rows[0].held)
                found = await self._find(person_id, idempotency)
                if found is not None and found.job_id == job_id:  # the commit that was lost came through meanwhile
                    return self._accepted(kind, sealed, job_id, held=await self._is_held(sealed))
                if found is not None:
                    return found
            except Exception as error:
                if not is_outage(error) and not may_redo(error):
                    raise
                unknown = unknown or is_outage(error)
                _log.warning("accepting again", error=type(error).__name__)
                await asyncio.sleep(_PAUSE_S * attempt)
        raise Busy(RETRY_AFTER_S, unknown=unknown)

    async def _is_held(self, sealed: Sealed) -> bool:
        [[held]] = await self._database.fetch(statements.READ_HELD, sealed.envelope.id)
        return bool(held)

    def _accepted(self, kind: JobKind, sealed: Sealed, job_id: UUID, *, held: bool) -> Accepted:
        if self._crash_point is not None:
            self._crash_point("committed")
        if not held:
            self._relay.publish([sealed])
        elif self._on_held is not None:
            self._on_held()
        metrics.JOBS_ACCEPTED.labels(kind.name).inc()
        return Accepted(job_id, "accepted")

    async def _find(self, person_id: UUID, idempotency: Idempotency | None) -> Accepted | None:
        """The job a key stands for. None where the key was removed a moment ago: accept anew."""
        if idempotency is None:
            return None
        rows = await self._database.fetch(statements.READ_IDEMPOTENT, person_id, idempotency.route, idempotency.key)
        if not rows:
            return None
        if rows[0].fingerprint != idempotency.fingerprint:
            raise IdempotencyConflict("the key was used for another request")
        return Accepted(rows[0].job_id, rows[0].status, replayed=True)

    def _done(self, task: asyncio.Task[Accepted]) -> None:
        """The client may be gone: then nobody else asks how it ended."""
        self.running.discard(task)
        if not task.cancelled():
            task.exception()


def _parameters(
    kind: JobKind, sealed: Sealed, job_id: UUID, person_id: UUID, idempotency: Idempotency | None
) -> tuple[object, ...]:
    envelope = sealed.envelope
    keyed = (idempotency.route, idempotency.key, idempotency.fingerprint) if idempotency else (None, None, None)
    return (
        job_id,
        kind.name,
        person_id,
        kind.deadline.total_seconds(),
        envelope.id,
        envelope.type,
        version(envelope),
        envelope.time,
        json.dumps(envelope.headers()),
        sealed.body,
        sealed.exchange,
        *keyed,
        kind.window,
    )
