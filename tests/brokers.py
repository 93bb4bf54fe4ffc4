"""Starts the RabbitMQ that the tests run on, and never uses one that was already running.

A Docker engine that answers, with the image at hand or pulled within a minute; else a local `rabbitmq-server`; else one
installed with the system's package manager, where that is allowed. `VOXBUS_TEST_BROKER=docker|local` forces one.
"""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit
from uuid import uuid4

from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient, get_docker_host

from chassis.bus.rabbit import RabbitBus
from chassis.errors import SettingsError
from chassis.listener import free_port
from voxbus.local.rabbitmq import RabbitNode, start_node
from voxbus.local.rabbitmq_programs import MISSING, find_server

IMAGE = "rabbitmq:4.0.5-management"
PULL_WITHIN = 60.0  # seconds
INSTALL_WITHIN = 300.0  # seconds
SERVES_WITHIN = 60.0  # seconds
#: virtual hosts that one call of `rabbitmqctl` makes: the call costs a second, and what it makes next to nothing
HOSTS_AT_ONCE = 16
#: tells Debian's packages not to start what they install
POLICY = Path("/usr/sbin/policy-rc.d")


_MAKE = """
[begin
   rabbit_vhost:add(Name, <<"tests">>),
   rabbit_auth_backend_internal:set_permissions(<<"{user}">>, Name, <<".*">>, <<".*">>, <<".*">>, <<"tests">>)
 end || Name <- [{names}]].
"""


class Broker(Protocol):
    """Represents a broker that faults can be done to."""

    @property
    def url(self) -> str: ...

    async def kill(self) -> None: ...

    async def start_again(self) -> None: ...

    async def pause(self) -> None: ...

    async def resume(self) -> None: ...

    async def virtual_host(self) -> str:
        """Returns the address of an empty virtual host, with its own exchanges and queues."""

    async def control(self, *command: str) -> None:
        """Runs a command of `rabbitmqctl`. Raises RuntimeError with what it said when it fails."""

    async def holds(self, text: bytes) -> bool:
        """Tells whether any file of the broker has these bytes, its log included."""

    async def stop(self) -> None: ...


async def start_broker(directory: Path, notify_operator: Callable[[str], None]) -> Broker:
    """Starts the broker of this test run. Raises SettingsError with the sentence that says what to install."""
    forced = os.environ.get("VOXBUS_TEST_BROKER", "")
    if forced not in ("", "docker", "local"):
        raise SettingsError(f"VOXBUS_TEST_BROKER is {forced!r}: it may be docker or local.")
    if forced != "local":
        if await asyncio.to_thread(_engine_has_image, notify_operator):
            return await _start_container(notify_operator)
        if forced == "docker":
            raise SettingsError(f"VOXBUS_TEST_BROKER is docker, but no Docker engine answers that has {IMAGE}.")
    try:
        find_server()
    except SettingsError:
        await asyncio.to_thread(_install, notify_operator)
    notify_operator("Tests run on a local RabbitMQ node of their own.")
    return LocalBroker(await start_node(directory, notify_operator), directory)


class LocalBroker:
    """Represents a node on this machine, and the fault that only a test wants."""

    def __init__(self, node: RabbitNode, directory: Path) -> None:
        self._directory = directory
        self.url = node.url
        self.kill = node.kill
        self.start_again = node.start_again
        self.stop = node.stop
        self.control = node.control
        self._node = node
        self._hosts: list[str] = []

    async def virtual_host(self) -> str:
        """Returns the address of a virtual host that nobody has had yet."""
        return self.url + await _taken(self._hosts, self)

    async def holds(self, text: bytes) -> bool:
        """Tells whether any file of the broker has these bytes, its log included."""
        return await asyncio.to_thread(_held_below, self._directory, text)

    async def pause(self) -> None:
        """Freezes the broker: connections stay open and nothing answers."""
        os.kill(self._node.pid, signal.SIGSTOP)

    async def resume(self) -> None:
        """Thaws the broker."""
        os.kill(self._node.pid, signal.SIGCONT)


class ContainerBroker:
    """Runs RabbitMQ in a container, on a port of this machine that outlives its restarts."""

    def __init__(self, container: DockerContainer, port: int) -> None:
        self._container = container
        self.url = f"amqp://guest:guest@127.0.0.1:{port}/"
        self._hosts: list[str] = []

    async def virtual_host(self) -> str:
        """Returns the address of a virtual host that nobody has had yet."""
        return self.url + await _taken(self._hosts, self)

    async def control(self, *command: str) -> None:
        """Runs a command of `rabbitmqctl` in the container."""
        code, output = await asyncio.to_thread(self._container.exec, ["rabbitmqctl", *command])
        if code:
            raise RuntimeError(f"rabbitmqctl {command[0]}: {output.decode(errors='replace').strip()}")

    async def holds(self, text: bytes) -> bool:
        """Tells whether any file of the broker has these bytes, its log included."""
        command = ["grep", "-rqaF", text.decode(), "/var/lib/rabbitmq", "/var/log/rabbitmq"]
        code, _ = await asyncio.to_thread(self._container.exec, command)
        return bool(code == 0)

    async def kill(self) -> None:
        """Kills the broker with signal 9."""
        await asyncio.to_thread(self._container.get_wrapped_container().kill)

    async def start_again(self) -> None:
        """Starts the broker on the same data, and waits until it serves."""
        await asyncio.to_thread(self._container.get_wrapped_container().start)
        await self.serves()

    async def pause(self) -> None:
        """Freezes the broker."""
        await asyncio.to_thread(self._container.get_wrapped_container().pause)

    async def resume(self) -> None:
        """Thaws the broker."""
        await asyncio.to_thread(self._container.get_wrapped_container().unpause)

    async def stop(self) -> None:
        """Removes the container and its volumes."""
        await asyncio.to_thread(self._container.stop)

    async def serves(self) -> None:
        """Waits until the broker answers the protocol: the published port accepts calls before that."""
        bus = await RabbitBus.connect(self.url, "tests", wait=SERVES_WITHIN)
        await bus.close()


def _held_below(directory: Path, text: bytes) -> bool:
    """Tells whether a file below a folder has a text; a file that vanishes meanwhile does not count."""
    for path in directory.rglob("*"):
        try:
            if path.is_file() and text in path.read_bytes():
                return True
        except FileNotFoundError:
            continue
    return False


async def _taken(hosts: list[str], broker: Broker) -> str:
    """Takes one of the virtual hosts in stock, and makes more where there is none."""
    if not hosts:
        hosts += [uuid4().hex[:8] for _ in range(HOSTS_AT_ONCE)]
        await make_virtual_hosts(broker, hosts)
    return hosts.pop()


async def make_virtual_hosts(broker: Broker, names: Collection[str]) -> None:
    """Makes new virtual hosts, open to the user whom the broker's address names."""
    listed = ", ".join(f'<<"{name}">>' for name in names)
    await broker.control("eval", _MAKE.format(names=listed, user=urlsplit(broker.url).username))


async def _start_container(notify_operator: Callable[[str], None]) -> ContainerBroker:
    notify_operator(f"Tests run on {IMAGE} in a container of their own.")
    port = free_port()
    container = DockerContainer(IMAGE).with_bind_ports("5672/tcp", port)
    await asyncio.to_thread(container.start)
    broker = ContainerBroker(container, port)
    try:
        await broker.serves()
    except BaseException:
        await broker.stop()
        raise
    return broker


def _engine_has_image(notify_operator: Callable[[str], None]) -> bool:
    """Tells whether an engine answers and has the image, if need be after a pull of a minute at most."""
    if not _listens(get_docker_host() or "unix:///var/run/docker.sock"):
        return False
    try:
        client = DockerClient(timeout=int(PULL_WITHIN)).client
        client.ping()
        # its clean-up helper is an image of its own, which is not to be waited for
        testcontainers_config.ryuk_disabled = not client.images.list(name=testcontainers_config.ryuk_image)
        if client.images.list(name=IMAGE):
            return True
        notify_operator(f"Pulling {IMAGE}, for a minute at most.")
        end = time.monotonic() + PULL_WITHIN
        repository, _, tag = IMAGE.partition(":")
        for _ in client.api.pull(repository, tag=tag, stream=True, decode=True):
            if time.monotonic() > end:
                return False
        return bool(client.images.list(name=IMAGE))
    except Exception:  # no engine, no permission, no registry: each means that containers are not to be had here
        return False


def _listens(host: str) -> bool:
    """Tells whether an engine listens on its local socket: the client would leave a socket open if none does."""
    if not host.startswith("unix://"):
        return True
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(host.removeprefix("unix://")) == 0


def _install(notify_operator: Callable[[str], None]) -> None:
    """Installs rabbitmq-server where this process may, without starting the broker that comes with the package."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise SettingsError(MISSING)
    notify_operator("No RabbitMQ was found: installing rabbitmq-server with apt-get, five minutes at most.")
    ours = not POLICY.exists()
    try:
        if ours:
            POLICY.write_text("#!/bin/sh\nexit 101\n")
            POLICY.chmod(0o755)
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "rabbitmq-server"]):
            environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
            subprocess.run(command, env=environment, check=True, capture_output=True, timeout=INSTALL_WITHIN)
    except subprocess.SubprocessError as error:
        raise SettingsError(f"{MISSING} Installing it here failed: {error}.") from error
    finally:
        if ours:
            POLICY.unlink(missing_ok=True)
