"""Runs a private RabbitMQ node from a locally installed `rabbitmq-server`.

It has its own name, data, log, cookie, user, ports and name server (epmd), so it neither sees nor disturbs a broker
that is already running. Broker and name server die with this process, killed by the kernel if necessary, but not by
Ctrl-C in the terminal: they have a session of their own, and end when `stop` ends them.
"""

import asyncio
import contextlib
import fcntl
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from chassis.errors import SettingsError
from chassis.listener import free_port
from chassis.parent_death import bound
from chassis.settings import PREFIX
from voxbus.local.rabbitmq_programs import find_epmd, find_server
from voxbus.local.rabbitmq_user import USER, NodeUser

READY_WITHIN = 60.0  # seconds
STOP_WITHIN = 30.0  # seconds
DYING_WITHIN = 5.0  # seconds that a broker may need to end after its owner was killed
PROTOCOL = b"AMQP\x00\x00\x09\x01"  # the client's first bytes in AMQP 0-9-1
METHOD_FRAME = b"\x01"  # the first byte of Connection.Start, the answer of a broker that serves
_POLL = 0.1
_LOOK_EVERY = 0.5  # seconds


async def start_node(directory: Path, notify_operator: Callable[[str], None]) -> "RabbitNode":
    """Starts a node that keeps its data in `directory`, on free ports, and returns when it serves.

    Call it in the main thread. Raises SettingsError with one sentence when RabbitMQ is not installed, when another
    process uses the directory, or when the node does not serve within 60 s.
    """
    server, epmd = find_server(), find_epmd()
    directory, lock = await asyncio.to_thread(_claimed, directory)
    notify_operator("Starting a private RabbitMQ node.")
    node = RabbitNode(directory, server, epmd, lock)
    try:
        await node.start_again()
    except BaseException:
        await node.stop()
        raise
    return node


class RabbitNode:
    """Runs a private broker. `start_node` makes one; stop it with `stop`, or use it as an async context manager."""

    def __init__(self, directory: Path, server: Path, epmd: Path, lock: int) -> None:
        self._directory = directory
        self._server = server
        self._epmd = epmd
        self._lock: int | None = lock
        self._user = NodeUser(directory)
        self._port, self._epmd_port, self._dist_port = free_port(), free_port(), free_port()
        self._names: asyncio.subprocess.Process | None = None
        self._broker: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Returns the address to which clients connect."""
        return f"amqp://{USER}:{self._user.password}@127.0.0.1:{self._port}/"

    @property
    def pid(self) -> int:
        """Returns the process id of the broker. Raises RuntimeError when it does not run."""
        if self._broker is None:
            raise RuntimeError("the node does not run")
        return self._broker.pid

    async def start_again(self) -> None:
        """Starts the broker on the data and the port it had, and waits until it serves."""
        if self._broker is not None:
            raise RuntimeError("the node runs already")
        if self._lock is None:
            raise RuntimeError("the node has been stopped and has given its directory back")
        if self._names is None:
            command = [str(self._epmd), "-address", "127.0.0.1", "-port", str(self._epmd_port)]
            self._names = await self._launch(command)
            await self._await(_accepts, self._names, self._epmd_port)
        _write_settings(self._directory, self._port, self._user.password)
        self._broker = await self._launch([str(self._server)])
        try:
            await self._await(_serves, self._broker, self._port)
            await self._user.replace_guest(self.control)
        except BaseException:
            await self.kill()
            raise

    async def guard(self, notify_operator: Callable[[str], None]) -> None:
        """Starts a broker that has died again, until cancelled. Its clients wait meanwhile, as in any outage."""
        failed = False  # to start it again
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            has_died = self._broker is not None and self._broker.returncode is not None
            if self._lock is None or not (has_died or failed):
                continue
            if has_died:
                notify_operator("The private RabbitMQ node has died: starting it again.")
            self._broker = None
            if self._names is not None and self._names.returncode is not None:
                self._names = None
            try:
                await self.start_again()
            except (SettingsError, RuntimeError) as error:
                failed = True
                notify_operator(str(error))
            else:
                failed = False
                notify_operator("The private RabbitMQ node serves again.")

    async def kill(self) -> None:
        """Kills the broker with signal 9, as a fault would. `start_again` starts it again."""
        broker, self._broker = self._broker, None
        if broker is not None:
            await _end(broker, signal.SIGKILL)

    async def control(self, *command: str, given: str = "") -> None:
        """Runs a command of `rabbitmqctl` with an input. Raises RuntimeError with its output when it fails."""
        process = await asyncio.create_subprocess_exec(
            str(self._server.with_name("rabbitmqctl")),
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=self._directory,
            env=_environment(self._directory, self._epmd_port, self._dist_port),
        )
        output, _ = await process.communicate(given.encode())
        if process.returncode:
            raise RuntimeError(f"rabbitmqctl {command[0]}: {output.decode(errors='replace').strip()}")

    async def stop(self) -> None:
        """Shuts the node down, leaves no process, and unlocks the directory. May be repeated."""
        broker, self._broker = self._broker, None
        names, self._names = self._names, None
        try:
            if broker is not None:
                await _end(broker, signal.SIGTERM)
        finally:
            if names is not None:
                await _end(names, signal.SIGKILL)  # the name server keeps no data
            lock, self._lock = self._lock, None
            if lock is not None:
                os.close(lock)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _launch(self, command: list[str]) -> asyncio.subprocess.Process:
        log = os.open(self._directory / "output.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            return await asyncio.create_subprocess_exec(
                *bound(*command),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._directory,
                env=_environment(self._directory, self._epmd_port, self._dist_port),
                start_new_session=True,
                pass_fds=[] if self._lock is None else [self._lock],  # until the last of them ends
            )
        finally:
            os.close(log)

    async def _await(self, ready: Callable[[int], bool], process: asyncio.subprocess.Process, port: int) -> None:
        end = asyncio.get_running_loop().time() + READY_WITHIN
        while not await asyncio.to_thread(ready, port):
            if process.returncode is not None or asyncio.get_running_loop().time() > end:
                raise SettingsError(f"The private RabbitMQ node did not start: see the logs in {self._directory}.")
            await asyncio.sleep(_POLL)


def _claimed(directory: Path) -> tuple[Path, int]:
    """Makes the folder, closed to others, and locks it for this process and the broker it starts."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    end = time.monotonic() + DYING_WITHIN
    while not _locked(lock):
        holder = os.pread(lock, 20, 0).decode()
        if time.monotonic() > end or Path(f"/proc/{holder}").exists():
            os.close(lock)
            raise SettingsError(
                f"The broker directory {directory} is in use by process {holder}: stop that, or name another directory."
            )
        time.sleep(_POLL)  # the owner was killed, and its broker is about to end
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    return directory.resolve(), lock


def _locked(lock: int) -> bool:
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _write_settings(directory: Path, port: int, password: str) -> None:
    settings = {
        "default_user": USER,
        "default_pass": password,
        "listeners.tcp.1": f"127.0.0.1:{port}",
        "log.file.level": "info",
        "disk_free_limit.absolute": "50MB",
    }
    conf = directory / "rabbitmq.conf"
    conf.touch(mode=0o600)
    conf.write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
    (directory / "enabled_plugins").write_text("[].\n")
    (directory / "rabbitmq-env.conf").write_text("")  # else the system's file would be read


def _environment(directory: Path, epmd_port: int, dist_port: int) -> dict[str, str]:
    """Returns the caller's environment with the paths of this broker; no settings, no variables for another broker."""
    foreign = (PREFIX, "RABBITMQ_", "ERL_", "NOTIFY_SOCKET")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return kept | {
        "HOME": str(directory),  # the cookie is made here
        "ERL_EPMD_PORT": str(epmd_port),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_CRASH_DUMP_SECONDS": "0",  # no dump
        "RABBITMQ_NODENAME": "voxbus@localhost",
        "RABBITMQ_DIST_PORT": str(dist_port),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        "RABBITMQ_MNESIA_BASE": str(directory / "data"),
        "RABBITMQ_LOG_BASE": str(directory / "log"),
        "RABBITMQ_CONFIG_FILE": str(directory / "rabbitmq"),  # 3.10 adds the .conf itself, later versions accept both
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(directory / "advanced"),
        "RABBITMQ_CONF_ENV_FILE": str(directory / "rabbitmq-env.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(directory / "enabled_plugins"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(directory / "generated"),
        "RABBITMQ_PID_FILE": str(directory / "broker.pid"),
        # Makes the script become the broker instead of waiting for it: signals and the process id are the broker's.
        "RUNNING_UNDER_SYSTEMD": "true",
    }


def _accepts(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _serves(port: int) -> bool:
    """Tells whether an AMQP broker answers the handshake."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
        connection.sendall(PROTOCOL)
        return connection.recv(1) == METHOD_FRAME
    return False


async def _end(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """Sends the signal and waits for the end; kills a process that has not ended within 30 s."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)
    try:
        await asyncio.wait_for(process.wait(), STOP_WITHIN)
    except TimeoutError:
        process.kill()
        await process.wait()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        raise
