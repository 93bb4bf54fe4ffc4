"""The disk of an all-in-one process is filled: nothing is called our mistake, and all goes on when there is room again.

Needs a file system of its own in memory, so root or the right to make user namespaces.
"""

from __future__ import annotations

import asyncio
import errno
import os
import re
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from itertools import chain
from pathlib import Path

import asyncpg
import pytest
from httpx2 import AsyncClient, HTTPError

from chassis.parent_death import bound
from chassis.testing import until
from tests.faults.client import Client
from tests.faults.processes import Running, environment

pytestmark = [pytest.mark.in_full, pytest.mark.timeout(300)]

TEXT = "She sells seashells by the seashore."
_SIZE = "440m"
_OWN_DISK = """
mount -t tmpfs -o size="$1",mode=755 none "$2"
mkdir -m 755 "$2/state" "$2/tmp"
if [ "$(id -u)" = 0 ]; then mkdir -p /var/lib/voxbus; mount --bind "$2/state" /var/lib/voxbus; fi
shift 2
exec "$@"
"""
_AS_A_USER = ("--user", "--map-current-user", "--keep-caps")
#: takes 1 MB of the write-ahead log and nothing else; the server ends when there is no room for its next 16 MB
_WRITE = "SELECT pg_logical_emit_message(false, 'fill', repeat('x', 1000000), true)"
_WRITES = 400


class Disk:
    """Represents the disk of a process, seen from outside of its namespace."""

    def __init__(self, process: Running, folder: Path) -> None:
        self._fill = Path(f"/proc/{process.pid}/root{folder}/fill")

    def fill(self) -> None:
        with self._fill.open("wb", buffering=0) as file:
            while True:
                try:
                    file.write(bytes(65_536))
                except OSError as error:
                    assert error.errno == errno.ENOSPC
                    return

    def clear(self) -> None:
        self._fill.unlink()


@pytest.fixture
async def started(tmp_path: Path) -> AsyncIterator[tuple[Running, Path]]:
    """Runs `voxbus run` with everything that it writes on a disk of its own."""
    folder, log = tmp_path / "room", tmp_path / "log.txt"
    folder.mkdir()
    settings = environment(tmp_path, data_dir=str(folder / "data"), port="0", log_format="json")
    command = ["unshare", *(() if os.geteuid() == 0 else _AS_A_USER), "--mount", "sh", "-ec", _OWN_DISK, "sh"]
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *bound(*command, _SIZE, str(folder), sys.executable, "-m", "voxbus", "run"),
            env=settings | {"TMPDIR": str(folder / "tmp")},
            cwd=tmp_path,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    running = Running(process, log)
    try:
        yield running, folder
    finally:
        await running.kill()


async def ask(client: Client, recording: bytes) -> Counter[str]:
    """Asks for all kinds of things, and returns how often each status came; `none` for no answer."""
    http = client.http
    asked = [
        http.get("/twisters"),
        http.get("/jobs"),
        http.post("/auth/tickets"),
        http.post("/attempts", files={"recording": ("a", recording)}, data={"text": TEXT}),
    ]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            assert isinstance(answer, HTTPError), answer
    return Counter("none" if isinstance(each, BaseException) else str(each.status_code) for each in answers)


async def reasons(http: AsyncClient) -> dict[str, str]:
    answer = await http.get("/readyz")
    found: dict[str, str] = answer.json()["reasons"]
    assert answer.status_code == (503 if found else 200)
    return found


def socket_of(process: Running) -> str:
    """Returns the folder of the socket of the embedded database, as it is from outside."""
    started = [each.read_text().split() for each in Path(f"/proc/{process.pid}/task").glob("*/children")]  # by thread
    commands = [Path(f"/proc/{child}/cmdline").read_bytes().decode() for child in chain(*started)]
    [folder] = [found[1] for each in commands if (found := re.search(r"unix_socket_directories=([^\0]+)", each))]
    return f"/proc/{process.pid}/root{folder}"


async def end_the_database(process: Running) -> None:
    """Writes to the embedded database until its log has no room, which ends it."""
    connection = await asyncpg.connect(user="postgres", database="postgres", host=socket_of(process), port=5432)
    try:
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            for _ in range(_WRITES):
                await connection.execute(_WRITE)
    finally:
        connection.terminate()


async def test_a_full_disk_is_a_dependency_that_is_down(started: tuple[Running, Path], recording: bytes) -> None:
    process, folder = started
    async with Client(await process.ready()) as client:
        disk, job = Disk(process, folder), await client.submit(recording, TEXT)
        assert await reasons(client.http) == {}
        disk.fill()
        seen: Counter[str] = Counter()
        for _ in range(5):
            seen += await ask(client, recording)
        assert (await reasons(client.http))["disk"].startswith("full: data, temporary, database")
        await end_the_database(process)
        for _ in range(5):
            seen += await ask(client, recording)
        assert seen["503"] >= 10
        assert seen.keys() <= {"200", "201", "202", "503", "504", "none"}, seen
        disk.clear()

        async def ready() -> bool:
            return not await reasons(client.http)

        await until(ready, within=120, what="readiness")
        await client.follow(job, within=120)
        await client.follow(await client.submit(recording, TEXT), within=120)
        await process.stop(signal.SIGINT)
    log = process.log.read_text()
    assert "request failed" not in log
    assert log.count("a disk is full") < 20
