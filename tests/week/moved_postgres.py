"""Runs the embedded Postgres by a clock that can be moved, with Debian's libfaketime.

`needs_faketime` marks what needs it. libfaketime is no dependency of the project: `apt-get install libfaketime` brings
it. A test that skips for lack of it has shown nothing, and says so.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from voxbus.local.postgres import start_postgres

_LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
MISSING = "NOT RUN: libfaketime is not installed (apt-get install libfaketime)"
needs_faketime = pytest.mark.skipif(_LIBRARY is None, reason=MISSING)


class MovedClock:
    """Holds by how many seconds the clock of server and processes is ahead, in a file that they read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ahead = 0.0
        self._write()

    def now(self) -> datetime:
        """Returns the moved time."""
        return datetime.now(UTC) + timedelta(seconds=self._ahead)

    def move_to(self, moment: datetime) -> None:
        """Moves the clock forward to a moment."""
        ahead = self._ahead + (moment - self.now()).total_seconds()
        assert ahead > self._ahead, "a clock that goes back is another test"
        self._ahead = ahead
        self._write()

    def _write(self) -> None:
        draft = self.path.with_suffix(".new")
        draft.write_text(f"{self._ahead:+.0f}\n")
        draft.chmod(0o644)
        draft.rename(self.path)


@dataclass(frozen=True)
class Moved:
    """Holds the URL of a server and the clock that it goes by."""

    url: str
    clock: MovedClock


@asynccontextmanager
async def moved_postgres(folder: Path) -> AsyncIterator[Moved]:
    """Runs a server of its own, whose files are gone at the end."""
    with _folder_for_all() as folder_for_all:
        clock = MovedClock(folder_for_all / "clock")
        moved = {
            "LD_PRELOAD": str(_LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(clock.path),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DISABLE_SHM": "1",  # what root makes is closed to the server's user
        }
        postgres = await start_postgres(folder, lambda _: None, env=moved)
        try:
            yield Moved(postgres.dsn, clock)
        finally:
            await postgres.stop()
            shutil.rmtree(postgres.home)


@contextmanager
def _folder_for_all() -> Iterator[Path]:
    """Makes a folder that the server's user may read too."""
    with TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o755)
        yield folder
