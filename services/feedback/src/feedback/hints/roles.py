"""Tells the other services for which roles models answer here, so that they ask for none where no model would."""

from __future__ import annotations

from datetime import UTC, datetime

from chassis.delivery.outbox import insert_outbox, to_outbox_uncaused
from chassis.loops import every
from chassis.observe.health import Pulse
from chassis.service import Platform
from contracts.feedback import RolesAnswered
from feedback.models.catalogue import EVERY_S, Catalogue
from feedback.models.upstreams import Upstreams

_SOURCE = "voxbus/feedback"


class RolesTold:
    """Tells it at the start of a process, and again when the installation's file of models has changed it."""

    def __init__(self, platform: Platform, catalogue: Catalogue, upstreams: Upstreams) -> None:
        self._platform = platform
        self._catalogue = catalogue
        self._upstreams = upstreams
        self._told: tuple[str, ...] | None = None

    async def tell(self) -> None:
        """Tells the roles, unless it has told the same before."""
        roles = self._catalogue.answered(self._can_call)
        if roles == self._told:
            return
        fact = RolesAnswered(roles=roles, at=datetime.now(UTC))
        message = to_outbox_uncaused(fact, source=_SOURCE, job_id=None, person_id=None)
        async with self._platform.database.transaction() as tx:
            await insert_outbox(tx, [message])
        self._platform.relay.publish([message])
        self._told = roles

    async def run(self, pulse: Pulse) -> None:
        """Looks again and again, until it is cancelled."""
        await every(EVERY_S, self.tell, pulse)

    def _can_call(self, provider: str) -> bool:
        upstream = self._upstreams.get(provider)
        return upstream is not None and upstream.key_state != "missing"
