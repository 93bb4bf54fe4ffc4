"""Tells the database's time without asking for it each time."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from chassis.storage.database import Transaction

#: seconds for which one answer is good: clocks differ in how fast they go by less than a second in that time
_GOOD_FOR_S = 3600.0
_NOW = "SELECT clock_timestamp() AS now"


class DatabaseClock:
    """Counts on, by this machine's monotonic clock, from what the database said: the machine's own may be set wrong."""

    def __init__(self) -> None:
        self._said: tuple[datetime, float] | None = None

    def now(self) -> datetime | None:
        """Returns the database's time; None where it has to be read again."""
        if self._said is None:
            return None
        said, at = self._said
        passed = time.monotonic() - at
        return said + timedelta(seconds=passed) if passed < _GOOD_FOR_S else None

    async def read(self, tx: Transaction) -> datetime:
        """Asks the database."""
        [[said]] = await tx.fetch(_NOW)
        assert isinstance(said, datetime)
        self._said = said, time.monotonic()
        return said
