"""Real processes of the product, started and ended as a test wants. They die with the test run, whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
from pathlib import Path

from chassis.process import bound
from chassis.testing import until

ROOT = Path(__file__).parents[2]
READY_WITHIN = 90.0  # seconds; the first one may create a database
ENDS_WITHIN = 40.0


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """The caller's environment with these settings (`port` is VOXBUS_PORT) and no others of the product."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VOXBUS_")}
    if kept.pop("PYTHONDONTWRITEBYTECODE", None):  # dozens of starts: compile once, though not beside the sources
        kept["PYTHONPYCACHEPREFIX"] = str(folder.parent / "compiled")
    named = {f"VOXBUS_{name.upper()}": value for name, value in settings.items()}
    return kept | {"PYTHONPATH": str(ROOT)} | named


class Running:
    """One process, its log beside it."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self.log = log

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self._process.returncode is not None

    async def ready(self, service: str = "") -> str:
        """Wait until it serves; its address. `service`: the one that is meant, where it starts several."""

        async def said() -> str | None:
            found = re.search(rf"{service}.*ready at (http://\S+)", self.log.read_text())
            assert found or not self.ended, f"ended with {self._process.returncode}: {self._tail()}"
            return found[1] if found else None

        return str(await until(said, within=READY_WITHIN, what=f"{self.log.stem}"))

    async def killed(self, within: float = 60.0) -> None:
        """Wait until it has killed itself at its crash point."""
        try:
            code = await asyncio.wait_for(self._process.wait(), within)
        except TimeoutError:
            raise AssertionError(f"{self.log.stem} never came to its crash point: {self._tail()}") from None
        assert code == -signal.SIGKILL, f"{self.log.stem} ended with {code}: {self._tail()}"

    async def ends_well(self, within: float = 60.0) -> None:
        """Wait until it has done what it was started for."""
        code = await asyncio.wait_for(self._process.wait(), within)
        assert code == 0, f"{self.log.stem} ended with {code}: {self._tail()}"

    async def kill(self) -> None:
        """Kill -9."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    def freeze(self) -> None:
        """It stands still with all it holds: connections, locks, deliveries. `thaw` ends that."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on as if no time had passed."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGCONT)

    async def stop(self) -> None:
        """Drain it, and see that it ends well."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            code = await asyncio.wait_for(self._process.wait(), ENDS_WITHIN)
        except TimeoutError:
            await self.kill()
            raise AssertionError(f"{self.log.stem} did not drain: {self._tail()}") from None
        assert code == 0, f"{self.log.stem} ended with {code}: {self._tail()}"

    def _tail(self) -> str:
        return self.log.read_text()[-2000:]


def children(process: Running) -> list[int]:
    """Process ids of a process's children."""
    return [int(child) for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


async def start(log: Path, settings: dict[str, str], *command: str) -> Running:
    """Start `python <command>` with an environment; its folder is that of its log, so that no `.env` has a say."""
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *bound(sys.executable, *command),
            env=settings,
            cwd=log.parent,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    return Running(process, log)
