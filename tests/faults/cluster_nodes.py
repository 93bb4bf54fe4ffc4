"""Runs three RabbitMQ nodes as one cluster, on the cables of `cluster_network`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from chassis.parent_death import bound
from chassis.testing import until
from tests.faults.cluster_network import DOOR, NODES, plug, unplug
from tests.faults.tcp_proxy import TcpProxy, open_proxy
from voxbus.local.rabbitmq_programs import find_epmd, find_server

PORT = 5672
#: seconds of silence after which a node takes another for gone, give or take a quarter; RabbitMQ's default is 60
NET_TICK = 8
#: seconds for what needs that silence, an election or a start, on a busy machine
TIMEOUT_S = 180.0
_FROM_ANOTHER = 10  # seconds


class Node:
    """Represents one node. Its cookie is the cluster's."""

    def __init__(self, number: int, folder: Path, cookie: str) -> None:
        self.number = number
        self.name = f"rabbit@voxbus{number}"
        self.address = f"{DOOR}.{number}"
        self._folder = folder / f"node{number}"
        self._folder.mkdir()
        _write_settings(self._folder, number, cookie)
        self._names: asyncio.subprocess.Process | None = None
        self._broker: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Starts the node on the data it has on disk, and waits until it serves clients."""
        if self._names is None:
            self._names = await self._launch(str(find_epmd()))
        self._broker = await self._launch(str(find_server()))
        await until(self.serves, within=TIMEOUT_S, what=f"{self.name}, see {self._folder}")

    async def kill(self) -> None:
        """Kills the node with signal 9."""
        broker, self._broker = self._broker, None
        if broker is not None:
            broker.kill()
            await broker.wait()

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to the broker."""
        if self._broker is not None:
            self._broker.send_signal(number)

    async def stop(self) -> None:
        """Ends the node's processes; its data on disk are not needed any more."""
        await self.kill()
        if self._names is not None:
            self._names.kill()
            await self._names.wait()

    def cut_off(self) -> None:
        """Cuts the node off from the others: its cable stays plugged and nothing passes. Clients still reach it."""
        unplug(self.number)

    def bring_back(self) -> None:
        """Connects the node with the others again."""
        plug(self.number)

    async def serves(self) -> bool:
        """Tells whether the node answers clients; a node that knows it is in a minority takes no calls."""
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(2):
                reader, writer = await asyncio.open_connection(self.address, PORT)
                try:
                    writer.write(b"AMQP\x00\x00\x09\x01")
                    return bool(await reader.read(1))
                finally:
                    writer.transport.abort()
        return False

    async def control(self, *command: str) -> str:
        """Runs `rabbitmqctl` and returns its output. Raises RuntimeError with the output if it fails."""
        process = await self._launch(
            str(find_server().with_name("rabbitmqctl")), "--quiet", *command, out=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
        if process.returncode:
            raise RuntimeError(f"rabbitmqctl {command[0]} on {self.name}: {output.decode(errors='replace')}")
        return output.decode()

    async def _launch(self, *command: str, out: int | None = None) -> asyncio.subprocess.Process:
        with (self._folder / "output.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *bound("ip", "netns", "exec", f"voxbus{self.number}", *command),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log if out is None else out,
                stderr=asyncio.subprocess.STDOUT if out is not None else log,
                cwd=self._folder,
                env=_environment(self._folder, self.name),
                start_new_session=True,
            )


class Cluster:
    """Holds three nodes, and one address that leads to the node that serves the clients. A `tests.brokers.Broker`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        cookie = secrets.token_hex(16)
        self.nodes = [Node(number, folder, cookie) for number in NODES]
        self.serving = self.nodes[0]
        self._virtual_host = "/"
        self._line: TcpProxy | None = None

    @property
    def url(self) -> str:
        """Returns the address where clients connect, as to a balancer in front of the nodes."""
        assert self._line is not None
        return f"amqp://guest:guest@127.0.0.1:{self._line.port}/"

    def lead_to(self, node: Node) -> None:
        """Leads new calls to a node, and cuts the open ones."""
        self.serving = node
        if self._line is not None:
            self._line.cut()

    def others(self, node: Node) -> list[Node]:
        """Returns all nodes but this one."""
        return [other for other in self.nodes if other is not node]

    async def leaders(self, asked: Node) -> Counter[str]:
        """Returns how many queues each node leads, as one of them knows it."""
        queues = await self._queues(asked, "leader")
        return Counter(str(queue["leader"]) for queue in queues if queue["leader"])

    async def without(self, node: Node) -> bool:
        """Tells whether the other nodes go on without this one: they have left it, and lead every queue."""
        asked = self.others(node)[0]
        running = json.loads(await asked.control("cluster_status", "--formatter", "json"))["running_nodes"]
        names = {other.name for other in self.others(node)}
        return set(running) == names and set(await self.leaders(asked)) <= names

    async def whole(self) -> bool:
        """Tells whether all nodes serve, and every queue has an online member on each of them."""
        if not all([await node.serves() for node in self.nodes]):
            return False
        queues = await self._queues(self.nodes[0], "online")
        return bool(queues) and all(len(queue["online"]) == len(NODES) for queue in queues)

    async def _queues(self, asked: Node, column: str) -> list[dict[str, Any]]:
        output = await asked.control(
            "list_queues", "-p", self._virtual_host, "name", "type", column, "--formatter", "json"
        )
        return [queue for queue in json.loads(output) if queue["type"] == "quorum"]

    async def virtual_host(self) -> str:
        """Makes a new virtual host, and returns its address."""
        self._virtual_host = uuid4().hex[:8]
        await self.control("add_vhost", self._virtual_host)
        await self.control("set_permissions", "-p", self._virtual_host, "guest", ".*", ".*", ".*")
        return self.url + self._virtual_host

    async def control(self, *command: str) -> None:
        """Runs a command of `rabbitmqctl` on the node that serves."""
        await self.serving.control(*command)

    async def kill(self) -> None:
        """Kills the node that serves with signal 9."""
        await self.serving.kill()

    async def start_again(self) -> None:
        """Starts the killed node again on the data it has on disk."""
        await self.serving.start()

    async def pause(self) -> None:
        """Freezes the node that serves."""
        self.serving.send(signal.SIGSTOP)

    async def resume(self) -> None:
        """Thaws the node."""
        self.serving.send(signal.SIGCONT)

    async def holds(self, text: bytes) -> bool:
        """Tells whether any file of any node has these bytes."""
        process = await asyncio.create_subprocess_exec("grep", "-rqaF", text.decode(), str(self._folder))
        return await process.wait() == 0

    async def stop(self) -> None:
        """Ends the processes of all nodes."""
        await asyncio.gather(*(node.stop() for node in self.nodes))

    async def start(self, stack: AsyncExitStack) -> None:
        """Starts all nodes: the first founds the cluster, the others join it."""
        self._line = await stack.enter_async_context(open_proxy(self._dial))
        first, *others = self.nodes
        await first.start()
        await asyncio.gather(*(node.start() for node in others))
        running = json.loads(await first.control("cluster_status", "--formatter", "json"))["running_nodes"]
        assert len(running) == len(NODES), f"not one cluster: {running}"

    async def _dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.wait_for(asyncio.open_connection(self.serving.address, PORT), _FROM_ANOTHER)


@asynccontextmanager
async def open_cluster(folder: Path) -> AsyncIterator[Cluster]:
    """Provides a cluster that serves; nothing of it is left at the end."""
    async with AsyncExitStack() as stack:
        cluster = Cluster(folder)
        stack.push_async_callback(cluster.stop)
        await cluster.start(stack)
        yield cluster


def _write_settings(folder: Path, number: int, cookie: str) -> None:
    settings = {
        "listeners.tcp.1": f"{DOOR}.{number}:{PORT}",
        "loopback_users": "none",
        "log.file.level": "info",
        "disk_free_limit.absolute": "50MB",
        "cluster_partition_handling": "pause_minority",
        "cluster_formation.peer_discovery_backend": "classic_config",
    } | {f"cluster_formation.classic_config.nodes.{n}": f"rabbit@voxbus{n}" for n in NODES}
    (folder / "rabbitmq.conf").write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
    (folder / "enabled_plugins").write_text("[].\n")
    (folder / "rabbitmq-env.conf").write_text("")  # else the one of the system would be read
    (folder / ".erlang.cookie").write_text(cookie)
    (folder / ".erlang.cookie").chmod(0o400)


def _environment(folder: Path, name: str) -> dict[str, str]:
    foreign = ("RABBITMQ_", "ERL_", "NOTIFY_SOCKET")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return kept | {
        "HOME": str(folder),
        "ERL_CRASH_DUMP_SECONDS": "0",
        "RABBITMQ_NODENAME": name,
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"-kernel net_ticktime {NET_TICK}",
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
        "RABBITMQ_PID_FILE": str(folder / "broker.pid"),
        "RUNNING_UNDER_SYSTEMD": "true",  # the script becomes the broker, so that signals are the broker's
    }
