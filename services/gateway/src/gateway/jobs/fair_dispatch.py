"""Dispatches slow work in fair turns: few commands of a kind are in the broker, the others wait, by person in turn.

Any gateway may dispatch. A round locks the kind's row, so there is one dispatcher at a time, and a dead one needs no
successor. The commands that are ready in the broker are read from the database, never from queues: those released
without an event since.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from chassis.bus.base import Outgoing
from chassis.delivery.relay import Relay
from chassis.loops import every
from chassis.observe.health import Pulse
from chassis.storage.database import Database
from contracts.base import JobKind
from contracts.catalogue import JOB_KINDS
from gateway.jobs import statements


class Dispatcher:
    """Releases held commands, `order by turn, id`."""

    def __init__(
        self,
        database: Database,
        relay: Relay,
        pulse: Pulse,
        kinds: Iterable[JobKind] = tuple(JOB_KINDS.values()),
        failpoint: Callable[[str], None] | None = None,
        *,
        poll_interval: float = 1.0,
    ) -> None:
        """Takes `poll_interval`: seconds between rounds without an event.

        `failpoint` is called once a release is committed and before it is published.
        """
        self._database = database
        self._relay = relay
        self._pulse = pulse
        self._limits = [(kind.name, kind.command.type, kind.max_ready) for kind in kinds if kind.max_ready is not None]
        self._failpoint = failpoint
        self._poll_interval = poll_interval
        self._wake = asyncio.Event()
        self._any_held = False

    def command_held(self) -> None:
        """Notes that a command was held, so that a free place starts a round from now on."""
        self._any_held = True
        self._wake.set()

    def place_freed(self) -> None:
        """Starts a round after jobs have changed, unless no command is held."""
        if self._any_held:
            self._wake.set()

    async def run(self) -> None:
        """Dispatches until cancelled: when a place may be free, and at intervals for other gateways' commands."""
        await every(self._poll_interval, self._look, self._pulse, jitter=0.3, wake=self._wake)

    async def _look(self) -> None:
        any_held = await self.release()
        if not self._wake.is_set():
            self._any_held = any_held

    async def release(self) -> bool:
        """Fills every window; tells whether commands are still held."""
        any_held = False
        for kind, command, max_ready in self._limits:
            [state] = await self._database.fetch(statements.READ_TURNS, kind, command, max_ready)
            while state.held and state.free > 0:
                await self._round(kind, command, max_ready)
                [state] = await self._database.fetch(statements.READ_TURNS, kind, command, max_ready)
            any_held = any_held or state.held
        return any_held

    async def _round(self, kind: str, command: str, max_ready: int) -> None:
        async with self._database.transaction() as tx:
            await tx.fetch(statements.LOCK_KIND, kind)
            rows = await tx.fetch(statements.RELEASE, kind, command, max_ready)
            if not rows:
                return
            jobs = sorted(row.job_id for row in rows)
            await tx.fetch(statements.LOCK_JOBS, jobs)
            await tx.fetch(statements.MARK_READY, jobs)
            await tx.fetch(statements.MOVE_KIND, kind, max(row.turn for row in rows))
        if self._failpoint is not None:
            self._failpoint("committed")
        ordered = sorted(rows, key=lambda row: (row.turn, row.id))
        self._relay.forward(Outgoing(row.exchange, row.key, row.id, row.headers, row.body) for row in ordered)
