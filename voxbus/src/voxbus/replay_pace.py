"""Holds a replay back, so that live traffic beside it is hardly slower."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import suppress
from pathlib import Path

from chassis.storage.database import Database

#: how much less than live work a replay counts with the system's scheduler
NICE = 15
#: of the time that messages took, how long a replay rests after them
_REST = 0.5
#: a replay's own sessions, if the server is on this machine
_SESSIONS = """
SELECT pid FROM pg_stat_activity
 WHERE application_name = current_setting('application_name') AND inet_server_addr() IS NULL
"""


class Pace:
    """Holds a replay to so many messages a second; None: it rests half as long as its messages take."""

    def __init__(self, rate: float | None) -> None:
        self._rate = rate
        self._began = self._went_on = time.monotonic()
        self._done = 0

    async def wait(self, done: int) -> None:
        """Waits until so many more may have been done."""
        self._done += done
        now = time.monotonic()
        rest = (now - self._went_on) * _REST if self._rate is None else self._began + self._done / self._rate - now
        await asyncio.sleep(max(0.0, rest))
        self._went_on = time.monotonic()


def be_nice() -> None:
    """Makes this process count less than others."""
    os.nice(max(0, NICE - os.nice(0)))


async def be_nice_at_the_server(database: Database) -> None:
    """Makes the server's processes for this pool count less, where they are on this machine and it may do so."""
    for row in await database.fetch(_SESSIONS):
        _be_nice_there(row.pid)


def _be_nice_there(process: int) -> None:
    with suppress(OSError):  # another machine's or another user's
        if Path(f"/proc/{process}/cmdline").read_bytes().startswith(b"postgres: "):
            os.setpriority(os.PRIO_PROCESS, process, NICE)
