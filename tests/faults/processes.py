"""Starts and ends real processes of the product as a test wants. They die with the test run, whatever happens."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Protocol

from chassis.parent_death import bound
from chassis.testing import until
from tests.faults.fork_server import Request

ROOT = Path(__file__).parents[2]
READY_WITHIN = 90.0  # seconds; the first one may create a database
ENDS_WITHIN = 40.0


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Returns the caller's environment with these settings (`port` is VOXBUS_PORT) and no others of the product."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VOXBUS_")}
    if kept.pop("PYTHONDONTWRITEBYTECODE", None):  # dozens of starts: compile once, though not beside the sources
        kept["PYTHONPYCACHEPREFIX"] = str(folder.parent / "compiled")
    # one person stands for all, and signs in once; others sign up by the hundred
    many = {"VOXBUS_STREAMS_PER_PERSON": "10000", "VOXBUS_ACCESS_MINUTES": "1440", "VOXBUS_RATE_LIMITS": "off"}
    many |= {"VOXBUS_HASH_COST": "least", "VOXBUS_SPEECH_WARM": "1"}  # its children cost two seconds and more each
    # a test that names no stand-in of a provider reaches nobody, and never a hosted service
    many |= {f"VOXBUS_{name}_BASE_URL": "http://127.0.0.1:9/v1" for name in ("OPENAI", "ANTHROPIC", "GEMINI")}
    named = many | {f"VOXBUS_{name.upper()}": value for name, value in settings.items()}
    return kept | {"PYTHONPATH": str(ROOT)} | named


class Process(Protocol):
    """Describes what `Running` needs of a process; `asyncio.subprocess.Process` has it."""

    @property
    def pid(self) -> int: ...

    @property
    def returncode(self) -> int | None: ...

    def send_signal(self, signal: int) -> None:
        """Raises ProcessLookupError when it has ended."""

    async def wait(self) -> int: ...


class Running:
    """Represents one process, its log beside it."""

    def __init__(self, process: Process, log: Path) -> None:
        self._process = process
        self._draining = False
        self.log = log

    @property
    def pid(self) -> int:
        """Returns the process id."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Tells whether the process has ended, in whatever way."""
        return self._process.returncode is not None

    async def ready(self, service: str = "") -> str:
        """Waits until the process serves; returns its address. `service` selects one if the process starts several."""

        return (await self.all_ready(service, 1))[0]

    async def all_ready(self, service: str, count: int) -> list[str]:
        """Waits until so many processes of a service serve; returns their addresses."""

        async def said() -> list[str] | None:
            found = re.findall(rf"{service}.*ready at (http://\S+)", self.log.read_text())
            assert len(found) >= count or not self.ended, f"ended with {self._process.returncode}: {self._tail()}"
            return found if len(found) >= count else None

        return list(await until(said, within=READY_WITHIN, what=f"{self.log.stem}"))

    async def wait(self) -> int:
        """Waits for the end of the process, in whatever way; returns its exit code, negative after a signal."""
        return await self._process.wait()

    async def killed(self, within: float = 60.0) -> None:
        """Waits until the process has killed itself at its crash point."""
        try:
            code = await asyncio.wait_for(self._process.wait(), within)
        except TimeoutError:
            raise AssertionError(f"{self.log.stem} never came to its crash point: {self._tail()}") from None
        assert code == -signal.SIGKILL, f"{self.log.stem} ended with {code}: {self._tail()}"

    async def ends_well(self, within: float = 60.0) -> None:
        """Waits until the process has done its work and ended well."""
        code = await asyncio.wait_for(self._process.wait(), within)
        assert code == 0, f"{self.log.stem} ended with {code}: {self._tail()}"

    async def kill(self) -> None:
        """Kills the process with signal 9."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)
        await self._process.wait()

    def freeze(self) -> None:
        """Stops the process with all it holds: connections, locks, deliveries. `thaw` ends that."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Lets the process go on as if no time had passed."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGCONT)

    def drain(self, by: signal.Signals = signal.SIGTERM) -> None:
        """Has the process drain, and does not wait for it: `stop` does."""
        if self._draining:  # asked twice it would end at once
            return
        self._draining = True
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(by)

    async def stop(self, by: signal.Signals = signal.SIGTERM) -> None:
        """Drains the process, and checks that it ends well."""
        self.drain(by)
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


#: those that wait for the end of a process: one that a failed test leaves behind is waited for all the same, so that
#: its connection is not found unclosed in a later test
_waiting: set[asyncio.Task[int]] = set()


class Fork:
    """Represents a process that the fork server has started."""

    def __init__(self, pid: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = asyncio.create_task(self._read_code(reader, writer))
        _waiting.add(self._ended)
        self._ended.add_done_callback(_waiting.discard)

    def send_signal(self, signal: int) -> None:
        """Raises ProcessLookupError when it has ended."""
        if self.returncode is not None:
            raise ProcessLookupError
        os.kill(self.pid, signal)

    async def wait(self) -> int:
        """Waits for the end of the process; returns its exit code, negative after a signal."""
        return await asyncio.shield(self._ended)

    async def _read_code(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        line = await reader.readline()
        writer.close()
        await writer.wait_closed()
        if not line:  # the server has ended, and the kernel has killed what it had started
            line = b"%d" % -signal.SIGKILL
        self.returncode = int(line)
        return self.returncode


@cache
def _fork_server() -> socket.socket:
    """Returns the connection to the fork server of this test run, which is started here and ends with this process."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VOXBUS_")}
    # numpy starts a thread for each processor as it is imported, and a process with threads must not fork
    settings = kept | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    command = bound(sys.executable, "-m", "tests.faults.fork_server")
    with theirs:
        server = subprocess.Popen(command, env=settings, cwd=ROOT, stdin=theirs.fileno(), start_new_session=True)

    def end() -> None:
        ours.close()
        server.wait()

    atexit.register(end)
    return ours


async def start(log: Path, settings: dict[str, str], module: str, *arguments: str) -> Running:
    """Starts `python -m <module> <arguments>`, a program of `fork_server`, without the seconds of its imports.

    Its folder is that of its log, so that no `.env` has a say.
    """
    request = Request(module, [*arguments], settings, str(log.parent))
    ours, theirs = socket.socketpair()
    with theirs, log.open("wb") as out:
        socket.send_fds(_fork_server(), [request.encoded()], [theirs.fileno(), out.fileno()])
    reader, writer = await asyncio.open_unix_connection(sock=ours)
    return Running(Fork(int(await reader.readline()), reader, writer), log)


async def start_anew(
    log: Path, settings: dict[str, str], module: str, *arguments: str, python: str = sys.executable
) -> Running:
    """Starts the same in an interpreter of its own: slow, and as a user does it; any module will do."""
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *bound(python, "-m", module, *arguments),
            env=settings,
            cwd=log.parent,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    return Running(process, log)
