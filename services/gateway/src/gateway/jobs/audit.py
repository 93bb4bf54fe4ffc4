"""Audits jobs: counts the lost ones, and the difference in the ledger. Both numbers must be 0.

Any gateway may do the next round; a row tells when the last one began, so there is one at a time, and a gateway that
dies in a round needs no successor. The result is stored in the database, and every gateway shows it.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from chassis.bus.base import Bus
from chassis.bus.queue_census import is_empty
from chassis.loops import every
from chassis.observe import metrics
from chassis.observe.health import Pulse
from chassis.observe.logs import logger
from chassis.storage.database import Database
from chassis.storage.partitions import first_id
from contracts.base import JobKind
from contracts.catalogue import JOB_KINDS
from gateway.jobs import audit_statements as statements
from gateway.jobs.orphans import SilentJob, find_orphans, queue_routes, shortest_max_silence

#: seconds between rounds, and between looks at the result of the last one
ROUND_S = 15.0
_LOOK_S = 5.0
_ROWS = 500
#: counting rests this many times as long as it took, so it takes at most a fiftieth of a connection's time
_REST = 50
#: jobs that the log names when the ledger is not 0
_NAMED = 10

_log = logger(__name__)


class Audit:
    """Audits the jobs of one product. `services` are those that publish their open work."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        services: Sequence[str],
        kinds: Mapping[str, JobKind] = JOB_KINDS,
        *,
        rows: int = _ROWS,
    ) -> None:
        """Takes `rows`: the most jobs of each kind that one round looks for, the longest silent first."""
        self._database = database
        self._bus = bus
        self._kinds = kinds
        self._lookups = statements.Lookups(services)
        self._rows = rows
        self._named: set[UUID] = set()
        #: every job has ended long before the ledger stops counting it
        self._window = 2 * max(kind.deadline for kind in kinds.values())

    async def run(self, pulse: Pulse) -> None:
        """Audits until cancelled. A failed round is repeated; a metric tells the age of the last round."""
        await every(_LOOK_S, self._look, pulse)

    async def _look(self) -> None:
        if await self._database.fetch(statements.BEGIN, ROUND_S):
            await self.once()
        await self.show()

    async def once(self) -> None:
        """Makes one round of the audit."""
        for row in await self._database.fetch(self._lookups.clear_orphans):
            _log.info("a job is lost no more", job_id=str(row.job_id))
        for route, jobs in queue_routes(self._kinds, await self._silent_jobs()).items():
            orphans = await find_orphans(route, jobs, functools.partial(is_empty, self._bus), self._still_silent)
            await self._mark_orphans(orphans)
        await self._balance()

    async def show(self) -> None:
        """Sets the gauges to the last result, of any gateway."""
        for row in await self._database.fetch(statements.READ):
            metrics.JOB_ORPHANS.set(row.orphans)
            metrics.JOB_LEDGER.set(row.ledger)
            metrics.JOBS_IN_FLIGHT.set(row.in_flight)
            metrics.JOBS_AUDITED.set(row.done_at.timestamp())

    async def _silent_jobs(self) -> list[SilentJob]:
        max_silence = shortest_max_silence(self._kinds.values()).total_seconds()
        rows = await self._database.fetch(self._lookups.silent_jobs, sorted(self._kinds), max_silence, self._rows)
        if not rows:
            return []
        types = await self._database.fetch(statements.READ_TYPES, [row.id for row in rows])
        logged: dict[UUID, frozenset[str]] = {row.id: frozenset(row.types or ()) for row in types}
        return [SilentJob(row.id, row.kind, row.last_seq, row.silent, logged[row.id]) for row in rows]

    async def _still_silent(self, jobs: Sequence[SilentJob]) -> Sequence[SilentJob]:
        ids, seqs = [job.id for job in jobs], [job.last_seq for job in jobs]
        left = {row.id for row in await self._database.fetch(self._lookups.still_silent, ids, seqs)}
        return [job for job in jobs if job.id in left]

    async def _mark_orphans(self, orphans: Sequence[SilentJob]) -> None:
        if not orphans:
            return
        await self._database.fetch(
            statements.MARK_ORPHANS, [job.id for job in orphans], [job.last_seq for job in orphans]
        )
        for job in orphans:
            _log.error(
                "a job is lost: it is in no inbox, outbox or queue",
                job_id=str(job.id),
                kind=job.kind,
                last_seq=job.last_seq,
                silent_s=round(job.silent.total_seconds()),
            )

    async def _balance(self) -> None:
        """Balances the ledger: accepted and ended jobs are counted in the log, open ones in `jobs`, independently."""
        since, started = first_id(datetime.now(UTC) - self._window), time.monotonic()
        [row] = await self._database.fetch(statements.COUNT, since)
        rest = max(0.0, _REST * (time.monotonic() - started) - ROUND_S)
        ledger = row.accepted - row.ended - row.in_flight
        await self._database.fetch(statements.END, ledger, row.in_flight, rest)
        wrong = row.accepted - row.ended - row.open
        found = await self._database.fetch(statements.UNBALANCED, since, _NAMED) if wrong else ()
        named, self._named = self._named, {job.id for job in found}
        for job in [job for job in found if job.id not in named]:
            _log.error(
                "log and jobs disagree on a job",
                job_id=str(job.id),
                accepted=job.accepted,
                ended=job.ended,
                open=job.open,
            )
