"""Tells which handlers of a service have inbox rows that are due, by one statement for all of them.

Some fifty handlers that each looked for rows of its own took most of what a process at rest costs.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable

from chassis.delivery import statements
from chassis.storage.database import Database

#: tells whether a handler has rows that are due
HasDue = Callable[[], Awaitable[bool]]


async def perhaps() -> bool:
    """Tells that there may be some: whoever asks has to look."""
    return True


class Due:
    """Asks for all handlers of one service at once, and knows the answer for a while."""

    def __init__(self, database: Database, fresh_s: float) -> None:
        """Takes `fresh_s`, for how many seconds an answer counts: so much later a row may be found."""
        self._database = database
        self._fresh_s = fresh_s
        self._consumers: list[str] = []
        self._found: frozenset[str] = frozenset()
        self._asked_at = -math.inf
        self._turn = asyncio.Lock()

    def of(self, consumer: str) -> HasDue:
        """Returns what tells whether a consumer has rows that are due, those of crash suspects included."""
        self._consumers.append(consumer)

        async def has_due() -> bool:
            async with self._turn:
                if time.monotonic() >= self._asked_at + self._fresh_s:
                    await self._ask()
                return consumer in self._found

        return has_due

    async def _ask(self) -> None:
        """Asks. Where the database refuses or is away, all consumers may have some: each finds out what is wrong."""
        self._asked_at = time.monotonic()
        try:
            rows = await self._database.fetch(statements.DUE, self._consumers)
        except Exception:
            self._found = frozenset(self._consumers)
        else:
            self._found = frozenset(row.consumer for row in rows)
