"""Leases: one beat for all runs of a process, on a connection of its own."""

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
#: seconds after which a beat without an answer is given up: one that waits longer than a lease loses it
ANSWER_WITHIN_S = 5.0
#: seconds after which a beat that has failed is tried again
_AGAIN_S = 1.0

_log = logger(__name__)


class Leases:
    """The claims this process works on. A claim that was taken over, or whose job was cancelled, ends its work."""

    def __init__(
        self,
        database: Database,
        pulse: Pulse,
        suspect_lock: asyncio.Lock | None = None,
        beat_every: float = _BEAT_EVERY_S,
    ) -> None:
        """`suspect_lock` is the process's one turn to run a message whose last owner did not settle it.

        One of them may kill every process that runs it; two at a time, and it would take the other along each time.
        `beat_every` in seconds. A statement of `database` must time out far sooner than a lease.
        """
        self._beat_every = beat_every
        self.suspect_lock = suspect_lock or asyncio.Lock()
        self._database = database
        self._pulse = pulse
        self._held: dict[UUID, tuple[Claim, asyncio.Task[None], asyncio.Event]] = {}

    def register(self, claim: Claim, work: asyncio.Task[None]) -> asyncio.Event:
        """Beat for a claim from now on. The event is set when it is lost; its work is cancelled then."""
        lost = asyncio.Event()
        self._held[claim.owner] = (claim, work, lost)
        return lost

    def unregister(self, claim: Claim) -> None:
        """The claim is settled, or about to be: no more beats."""
        self._held.pop(claim.owner, None)

    def owners_of(self, rows: set[tuple[str, UUID]]) -> set[UUID]:
        """Owners of the claims held on some inbox rows, (consumer, id)."""
        return {owner for owner, (claim, _, _) in self._held.items() if (claim.consumer, claim.id) in rows}

    def lose(self, owners: set[UUID]) -> None:
        """End the work of claims that are somebody else's now."""
        for owner in owners & self._held.keys():
            claim, work, lost = self._held.pop(owner)
            lost.set()
            work.cancel()
            _log.info("lease lost", handler=claim.consumer, message_id=str(claim.id))

    async def beat_once(self) -> None:
        """One beat for all."""
        claims = [claim for claim, _, _ in self._held.values()]
        if claims:
            self.lose(await inbox.beat(self._database, claims))

    async def run(self) -> None:
        """Beats until cancelled. A missed beat takes nothing away: only a takeover does."""
        await every(self._beat_every, self.beat_once, self._pulse, again=min(self._beat_every, _AGAIN_S))
