"""Keeps leases by one beat for all runs of a process, on a connection of its own."""

from __future__ import annotations

import asyncio
from uuid import UUID

from chassis.delivery import inbox
from chassis.delivery.inbox import Claim
from chassis.loops import every
from chassis.observe.health import Pulse
from chassis.observe.logs import logger
from chassis.storage.database import Database

_BEAT_EVERY_S = 10.0
#: seconds after which a beat without an answer is given up: a beat that takes longer than a lease loses the lease
BEAT_ANSWER_WITHIN = 5.0
#: seconds after which a beat that has failed is tried again
_AGAIN_S = 1.0

_log = logger(__name__)


class Leases:
    """Beats for the claims that this process works on, and stops the work of lost ones (taken over or cancelled)."""

    def __init__(
        self,
        database: Database,
        pulse: Pulse,
        suspect_lock: asyncio.Lock | None = None,
        beat_every: float = _BEAT_EVERY_S,
    ) -> None:
        """Takes `suspect_lock`, which lets one crash suspect run at a time in the process.

        A suspect may kill each process that runs it, and with two at a time it would also kill the other's run each
        time. `beat_every` in seconds. A statement of `database` must time out long before a lease expires.
        """
        self._beat_every = beat_every
        self.suspect_lock = suspect_lock or asyncio.Lock()
        self._database = database
        self._pulse = pulse
        self._held: dict[UUID, tuple[Claim, asyncio.Task[None], asyncio.Event]] = {}

    def register(self, claim: Claim, work: asyncio.Task[None]) -> asyncio.Event:
        """Beats for a claim from now on. When the claim is lost, its event is set and its work is cancelled."""
        lost = asyncio.Event()
        self._held[claim.owner] = (claim, work, lost)
        return lost

    def unregister(self, claim: Claim) -> None:
        """Ends the beats for a claim that is settled, or about to be."""
        self._held.pop(claim.owner, None)

    def owners_of(self, rows: set[tuple[str, UUID]]) -> set[UUID]:
        """Returns the owners of the claims held on some inbox rows, (consumer, id)."""
        return {owner for owner, (claim, _, _) in self._held.items() if (claim.consumer, claim.id) in rows}

    def lose(self, owners: set[UUID]) -> None:
        """Ends the work of claims that another process has taken over."""
        for owner in owners & self._held.keys():
            claim, work, lost = self._held.pop(owner)
            lost.set()
            work.cancel()
            _log.info("lease lost", handler=claim.consumer, message_id=str(claim.id))

    async def beat_once(self) -> None:
        """Beats once for all claims."""
        claims = [claim for claim, _, _ in self._held.values()]
        if claims:
            self.lose(await inbox.beat(self._database, claims))

    async def run(self) -> None:
        """Beats until cancelled. A missed beat does not end a claim; only a takeover does."""
        await every(self._beat_every, self.beat_once, self._pulse, again=min(self._beat_every, _AGAIN_S))
