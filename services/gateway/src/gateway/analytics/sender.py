"""Sends events to the recipients that are set, each after it has asked the gate of consents, and one at a time.

Nobody waits for it: what comes too fast is dropped, and a recipient that does not answer loses its event.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from uuid import UUID

import httpx2

from chassis.errors import DependencyDown
from chassis.message.envelope import new_id
from chassis.observe import metrics
from chassis.observe.logs import logger
from chassis.privacy.outside import MayBegin, NotAllowed, OutsideCalls
from chassis.privacy.pseudonyms import pseudonym
from gateway.analytics.event import Event, Vendor

#: events that wait; above that they are dropped
_ROOM = 1_000
_TIMEOUT_S = 5.0
#: the events that the HTTP client reports right before it writes the first byte, and once it has
_SENDING = "http11.send_request_headers.started"
_SENT = "http11.send_request_headers.complete"

_log = logger(__name__)


class Analytics:
    """Takes what was used, and tells the vendors while `run` runs."""

    def __init__(
        self,
        vendors: Sequence[Vendor],
        outside: OutsideCalls,
        key: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Takes `key`, the installation's secret that pseudonyms are made with."""
        self._vendors = vendors
        self._outside = outside
        self._key = key
        self._now = now
        self._waiting: asyncio.Queue[tuple[UUID, str, datetime]] = asyncio.Queue(_ROOM)
        self._client = httpx2.AsyncClient(timeout=_TIMEOUT_S, trust_env=False, follow_redirects=False)

    def __call__(self, person: UUID, operation: str) -> None:
        """Notes that somebody has used an operation; returns at once."""
        try:
            self._waiting.put_nowait((person, operation, self._now()))
        except asyncio.QueueFull:
            metrics.ANALYTICS_EVENTS.labels("dropped").inc()

    async def run(self) -> None:
        """Sends until cancelled."""
        try:
            while True:
                person, operation, at = await self._waiting.get()
                for vendor in self._vendors:
                    outcome = await self._tell(vendor, person, operation, at)
                    metrics.ANALYTICS_EVENTS.labels(outcome).inc()
        finally:
            await self._client.aclose()

    async def _tell(self, vendor: Vendor, person: UUID, operation: str, at: datetime) -> str:
        who = pseudonym(self._key, person, vendor.recipient)
        event = Event(id=new_id().hex, who=who, operation=operation, at=at)
        may_begin = self._outside.may_begin(person, "analytics", vendor.recipient)
        try:
            await self._post(vendor, event, may_begin=may_begin)
        except NotAllowed:
            return "not_allowed"
        except (DependencyDown, httpx2.HTTPError) as error:
            _log.warning("an analytics was not told", recipient=vendor.recipient, error=type(error).__name__)
            return "failed"
        return "sent"

    async def _post(self, vendor: Vendor, event: Event, *, may_begin: MayBegin) -> None:
        async def trace(step: str, _: object) -> None:
            if step == _SENDING:
                await beginning.enter_async_context(may_begin())
            elif step == _SENT:
                await beginning.aclose()

        request = vendor.request_of(event)
        async with AsyncExitStack() as beginning:
            answer = await self._client.post(
                request.url, params=dict(request.query), json=request.body, extensions={"trace": trace}
            )
        answer.raise_for_status()
