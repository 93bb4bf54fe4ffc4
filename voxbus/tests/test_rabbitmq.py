"""Tests a private RabbitMQ node, really started from the installed rabbitmq-server."""

import asyncio
import os
import signal
import stat
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from chassis.bus.rabbit import RabbitBus
from chassis.errors import SettingsError
from chassis.testing import until
from voxbus.local.rabbitmq import METHOD_FRAME, PROTOCOL, RabbitNode, start_node


async def answers(url: str) -> bool:
    """Tells whether a broker starts the AMQP handshake."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
    except ConnectionError:
        return False
    try:
        writer.write(PROTOCOL)
        return await asyncio.wait_for(reader.read(1), 60) == METHOD_FRAME
    except ConnectionError:  # it was on its way out
        return False
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def processes(directory: Path) -> list[str]:
    """Names all processes whose environment holds the directory: broker, name server, and their helpers."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"HOME={directory}\0".encode() in (process / "environ").read_bytes():
                found.append((process / "comm").read_text().strip())
        except OSError:
            continue  # somebody else's, or ended meanwhile
    return found


def environment(pid: int) -> bytes:
    """Returns the environment in which a process was started."""
    return Path(f"/proc/{pid}/environ").read_bytes()


async def gone(directory: Path) -> bool:
    """Waits for the helpers of a killed broker, which end when their pipe does."""
    async with asyncio.timeout(60):
        while processes(directory):  # noqa: ASYNC110  # no event tells of a stranger's end
            await asyncio.sleep(0.05)
    return True


@pytest.mark.in_full  # conformance kills the broker of all tests, which is such a node
async def test_a_node_survives_a_kill_and_leaves_no_process(tmp_path: Path) -> None:
    directory = tmp_path / "broker"
    async with await start_node(directory, print) as node:
        url, pid = node.url, node.pid
        assert await answers(url)
        await node.kill()
        assert not await answers(url)
        await node.start_again()
        assert await answers(url)
        assert node.url == url
        assert node.pid != pid
    assert not await answers(url)
    assert await gone(directory)


@pytest.mark.landing
async def test_a_node_dies_with_its_owner_and_the_next_start_takes_the_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOXBUS_TEST_SECRET", "hunter2")
    directory = tmp_path / "broker"
    owner = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED_OWNER, str(directory))
    assert await owner.wait() == -signal.SIGKILL
    async with await start_node(directory, print) as node:
        assert await answers(node.url)
        assert processes(directory).count("beam.smp") == 1
        assert "epmd" in processes(directory)
        assert os.getsid(node.pid) == node.pid, "Ctrl-C in the terminal must not reach it"
        assert b"hunter2" not in environment(node.pid)
        with pytest.raises(SettingsError, match=f"in use by process {os.getpid()}"):
            await start_node(directory, print)
    assert not await answers(node.url)
    assert await gone(directory)


async def lets_in(node: RabbitNode, user: str, password: str) -> bool:
    """Tells whether the broker accepts a user with a password."""
    try:
        await node.control("authenticate_user", user, given=password)
    except RuntimeError:
        return False
    return True


@pytest.mark.in_full
async def test_only_who_can_read_the_nodes_folder_gets_in(tmp_path: Path) -> None:
    directory = tmp_path / "broker"
    async with await start_node(directory, print) as node:
        first = urlsplit(node.url).password or ""
        assert await lets_in(node, "voxbus", first)
        assert not await lets_in(node, "guest", "guest")
        for name in ("password", "rabbitmq.conf"):
            assert stat.S_IMODE((directory / name).stat().st_mode) == 0o600
        # as a node of an earlier release was left
        await node.control("add_user", "guest", given="guest")
        await node.control("set_permissions", "guest", ".*", ".*", ".*")
        await node.control("delete_user", "voxbus")
        assert await lets_in(node, "guest", "guest")
    (directory / "password").unlink()
    async with await start_node(directory, print) as node:
        bus = await RabbitBus.connect(node.url, "test")
        await bus.close()
        second = urlsplit(node.url).password or ""
        assert second not in ("", first)
        assert not await lets_in(node, "guest", "guest")
        await node.kill()
        await node.start_again()
        assert await lets_in(node, "voxbus", second)


#: stands in for a broker: it answers the handshake at the port of its settings, until it is killed
BROKER = """#!{python}
import re, socket
settings = open("rabbitmq.conf").read()
listening = socket.create_server(("127.0.0.1", int(re.search(r"127.0.0.1:(\\d+)", settings)[1])))
while True:
    connection, _ = listening.accept()
    connection.sendall(b"\\x01")
    connection.close()
"""
NAMES = """#!{python}
import socket, sys
listening = socket.create_server(("127.0.0.1", int(sys.argv[-1])))
while True:
    listening.accept()[0].close()
"""


async def test_a_broker_or_a_name_server_that_dies_is_started_again_under_the_same_address(tmp_path: Path) -> None:
    programs, directory = tmp_path / "bin", tmp_path / "broker"
    programs.mkdir()
    directory.mkdir()
    scripts = {"rabbitmq-server": BROKER, "epmd": NAMES, "rabbitmqctl": "#!/bin/sh\n"}
    for name, script in scripts.items():
        (programs / name).write_text(script.format(python=sys.executable))
        (programs / name).chmod(0o700)
    lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    told: list[str] = []
    async with RabbitNode(directory, programs / "rabbitmq-server", programs / "epmd", lock) as node:
        await node.start_again()
        url, guarding = node.url, asyncio.create_task(node.guard(told.append))
        for times in (1, 2):
            os.kill(node.pid, signal.SIGKILL)
            await until(lambda count=times: _serves_again(told, count), what="the broker")  # type: ignore[misc]
            assert (node.url, await answers(url)) == (url, True)
        server = programs / "rabbitmq-server"
        server.rename(programs / "elsewhere")  # a broker that cannot be started is tried again, and that is told
        os.kill(node.pid, signal.SIGKILL)
        await until(lambda: _told(told, "did not start"), what="the failure")
        (programs / "elsewhere").rename(server)
        await until(lambda: _serves_again(told, 3), what="the broker")
        assert await answers(url)
        guarding.cancel()
    assert not await answers(url)


async def _serves_again(told: list[str], times: int) -> bool:
    return told.count("The private RabbitMQ node serves again.") == times


async def _told(told: list[str], words: str) -> bool:
    return any(words in each for each in told)


KILLED_OWNER = """
import asyncio, os, pathlib, signal, sys
from voxbus.local.rabbitmq import start_node

async def main():
    await start_node(pathlib.Path(sys.argv[1]), lambda text: None)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""
