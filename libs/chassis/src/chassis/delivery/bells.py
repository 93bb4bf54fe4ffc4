"""Rings the bells of one service: the first at once, and those of the next moments together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context
from uuid import UUID

from chassis.bus.base import Bus
from chassis.delivery.outbox import RUNG, Bell

#: seconds in which bells are gathered after one has rung: a person sees no difference, and the broker one message
GATHER_S = 0.02


class Bells:
    """Gathers whom to ring for. What a process that ends has gathered is lost, as any bell may be."""

    def __init__(self, bus: Bus, pause: Callable[[], Awaitable[None]] | None = None) -> None:
        """Takes `pause`, which waits until the gathered bells may ring; without one it lasts `GATHER_S`."""
        self._bus = bus
        self._pause = pause or _pause
        self._people: set[UUID] = set()
        self._ringing: asyncio.Task[None] | None = None

    def ring(self, bell: Bell) -> None:
        """Rings soon. Returns at once."""
        self._people |= bell.people
        if self._ringing is None:
            # in no request's context: what it does is for whoever is gathered
            self._ringing = asyncio.create_task(self._ring(), context=Context())

    async def _ring(self) -> None:
        try:
            while self._people:
                people, self._people = frozenset(self._people), set()
                await self._bus.publish_transient(RUNG, Bell(people).body())
                await self._pause()
        finally:
            self._ringing = None


async def _pause() -> None:
    await asyncio.sleep(GATHER_S)
