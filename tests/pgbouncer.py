"""Provides PgBouncer, in Debian's configuration, before the tests' database server: see `make pooler`."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, urlsplit

from chassis.listener import free_port

PROGRAM = "/usr/sbin/pgbouncer"
#: set by `make pooler`: session or transaction
MODE = os.environ.get("VOXBUS_TEST_POOLER")
_UP_WITHIN_S = 10.0

#: what Debian's file says, but for places and the mode; all limits are PgBouncer's own
_CONFIGURATION = """
[databases]
* = host={host} port={port} user=postgres
[pgbouncer]
logfile = {folder}/pgbouncer.log
pidfile = {folder}/pgbouncer.pid
listen_addr = 127.0.0.1
listen_port = {listens}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/userlist.txt
pool_mode = {mode}
"""


@asynccontextmanager
async def open_pgbouncer(server_url: str, folder: Path, mode: str) -> AsyncIterator[int]:
    """Runs PgBouncer before a server until the end, and returns its port. It does not run as root."""
    port, address = free_port(), urlsplit(server_url)
    [host] = parse_qs(address.query).get("host", [address.hostname or "127.0.0.1"])
    text = _CONFIGURATION.format(host=host, port=address.port or 5432, folder=folder, listens=port, mode=mode)
    user = _write_files(folder, text, of=host)
    process = subprocess.Popen(  # noqa: ASYNC220 - it does not wait
        [PROGRAM, "-q", *user, str(folder / "pgbouncer.ini")], stdin=subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(_UP_WITHIN_S):
            while not await _listens(port):
                assert process.poll() is None, (folder / "pgbouncer.log").read_text()
                await asyncio.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


@asynccontextmanager
async def through_pooler(url: str) -> AsyncIterator[str]:
    """Provides the address by which the product reaches a database: its own, or that of a PgBouncer of its own."""
    if MODE is None:
        yield url
        return
    with TemporaryDirectory() as folder:
        async with open_pgbouncer(url, Path(folder), MODE) as port:
            yield by_port(url, port, MODE)


def by_port(url: str, port: int, mode: str | None) -> str:
    """Returns the address of a database at a port of this machine, where a pooler may stand."""
    return f"postgresql://postgres@127.0.0.1:{port}{urlsplit(url).path}" + (f"?pooler={mode}" if mode else "")


def _write_files(folder: Path, text: str, *, of: str) -> list[str]:
    """Writes the configuration, and returns the arguments by which the program runs as the server's user, not root.

    The socket of the embedded server is open to nobody else.
    """
    (folder / "pgbouncer.ini").write_text(text)
    (folder / "userlist.txt").write_text('"postgres" ""\n')
    if os.geteuid() != 0:
        return []
    user = Path(of).owner() if of.startswith("/") else "postgres"
    for path in (folder, *folder.iterdir()):
        shutil.chown(path, user)
    return ["-u", user]


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
