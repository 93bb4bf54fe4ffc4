"""Runs a private Postgres server from the programs in a wheel: the default database of an installation without one.

One process owns a data directory at a time, by a lock on a file. The server survives a kill of its owner and Ctrl-C
in the terminal; the next start stops what a killed run has left, which loses nothing committed, and starts anew.
"""

import asyncio
import atexit
import contextlib
import fcntl
import os
import shutil
import stat
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from chassis.errors import SettingsError
from voxbus.local.postgres_place import Place, find_place
from voxbus.local.postgres_process import alive, end_server, forget_stranger, open_private, ready_process

READY_WITHIN = 300.0  # seconds; recovery after a crash replays the write-ahead log first
_POLL = 0.02
_LOOK_EVERY = 0.5  # seconds
_ACCESS = (
    "# Only the socket, and its folder is closed to everyone but the server's user and root.\nlocal all all trust\n"
)
#: connections of the embedded server: three gateways fit beside the other services
CONNECTIONS = 110
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "shared_buffers": "128MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",  # details of an error may hold values of rows
    # the write-ahead log has what was written: each hour a new file, and old ones are removed and not used again
    "archive_timeout": "1h",
    "wal_recycle": "off",
}


class InUse(SettingsError):
    """Says that another process runs the database of a data directory; `dsn` is its address in that `place`."""

    def __init__(self, sentence: str, place: Place) -> None:
        super().__init__(sentence)
        self.place = place
        self.dsn = _dsn(place)


async def start_postgres(
    data_dir: Path,
    notify_operator: Callable[[str], None],
    *,
    connections: int = CONNECTIONS,
    env: Mapping[str, str] | None = None,
) -> "EmbeddedPostgres":
    """Starts the database of `data_dir`, creating it the first time, and returns when it answers.

    `connections`: how many it takes. `env`: what the server has in its environment besides the path and the locale.
    `notify_operator` gets a sentence for each slow step. Raises SettingsError with a sentence when the directory is in
    use by another process, or when this machine cannot run the server.
    """
    loop = asyncio.get_running_loop()

    def notify(text: str) -> None:
        loop.call_soon_threadsafe(notify_operator, text)

    starting = asyncio.ensure_future(asyncio.to_thread(_start, data_dir, notify, connections, env or {}))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        with contextlib.suppress(SettingsError, OSError):
            await (await starting).stop()
        raise


class EmbeddedPostgres:
    """Runs a server. Stop it with `stop`, or use it as an async context manager."""

    def __init__(
        self,
        place: Place,
        lock: int,
        process: "subprocess.Popen[bytes]",
        launch: "Callable[[], subprocess.Popen[bytes]]",
    ) -> None:
        """Takes `launch`, which runs the server again after it has died."""
        self._place = place
        self._launch = launch
        self._lock: int | None = lock
        self._process = process
        self._turn = threading.Lock()
        atexit.register(self._stop)  # ends the server if the process ends without `stop`

    @property
    def dsn(self) -> str:
        """Returns the owner's address: a Unix socket. The port is named so that PGPORT has no effect."""
        return _dsn(self._place)

    def login(self, service: str) -> str:
        """Returns the address at which a service is no more than its own role, once migrations have let it log in."""
        return _dsn(self._place, user=f"voxbus_{service}")

    @property
    def home(self) -> Path:
        """Returns the folder that holds the whole database. If root runs it, it may lie outside the data directory."""
        return self._place.home

    @property
    def pid(self) -> int:
        """Returns the process id of the postmaster."""
        return self._process.pid

    async def stop(self) -> None:
        """Shuts down fast: open transactions roll back, committed ones are kept, no process is left. Idempotent."""
        await asyncio.shield(asyncio.to_thread(self._stop))

    async def guard(self, notify_operator: Callable[[str], None]) -> None:
        """Starts a server that has died again, until cancelled. Its clients wait meanwhile, as in any outage."""
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            if self._lock is not None and self._process.poll() is not None:
                notify_operator("The Postgres server has died: starting it again.")
                try:
                    await asyncio.to_thread(self._start_again)
                except SettingsError as error:
                    notify_operator(str(error))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _start_again(self) -> None:
        with self._turn:
            if self._lock is None:  # stopped meanwhile
                return
            end_server(self._place)  # its children may outlive a postmaster that was killed
            _prepare_socket(self._place)
            forget_stranger(self._place)
            self._process = self._launch()
            _await_ready(self._place, self._process, lambda _: None)

    def _stop(self) -> None:
        with self._turn:
            self._stop_in_turn()

    def _stop_in_turn(self) -> None:
        lock, self._lock = self._lock, None
        if lock is None:
            return
        try:
            end_server(self._place)
            self._process.wait()
            if not self._place.socket.is_relative_to(self._place.home):
                shutil.rmtree(self._place.socket)
        finally:
            atexit.unregister(self._stop)
            os.close(lock)


def _dsn(place: Place, user: str = "postgres") -> str:
    return f"postgresql://{user}@/postgres?host={quote(str(place.socket))}&port=5432"


def _start(
    data_dir: Path, notify_operator: Callable[[str], None], connections: int, env: Mapping[str, str]
) -> EmbeddedPostgres:
    place = find_place(data_dir, notify_operator)
    lock = _locked(place, data_dir)
    launch = partial(_launched, place, connections, env)
    process: subprocess.Popen[bytes] | None = None
    try:
        if alive(place):
            notify_operator("Stopping the Postgres server that a killed run has left.")
            end_server(place)
        if not (place.cluster / "PG_VERSION").exists():
            notify_operator("Creating the database.")
            _initialise(place)
        _prepare_socket(place)
        forget_stranger(place)
        process = launch()
        _await_ready(place, process, notify_operator)
    except BaseException:
        end_server(place)
        if process:
            process.kill()
            process.wait()
        os.close(lock)
        raise
    return EmbeddedPostgres(place, lock, process, launch)


def _locked(place: Place, data_dir: Path) -> int:
    """Locks the data directory for this process; the kernel frees it when the process ends in any way."""
    lock = open_private(place.home / "lock")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(lock, 20).decode() or "that is just starting"
        os.close(lock)
        sentence = f"The data directory {data_dir} is in use by process {holder}"
        raise InUse(f"{sentence}: stop that one, or name another directory.", place) from error
    os.ftruncate(lock, 0)
    os.write(lock, str(os.getpid()).encode())
    return lock


def _initialise(place: Place) -> None:
    """Creates the cluster under another name and renames it: a crash leaves nothing that looks like a database."""
    draft = place.home / "cluster.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    place.hand_over(draft)
    command = [str(place.binaries / "initdb"), "--pgdata", str(draft), "--username=postgres", "--auth=trust"]
    locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    with _server_process(place, [*command, *locale], stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        output = process.communicate()[0].decode(errors="replace")
    if process.returncode != 0:
        raise SettingsError(f"Postgres could not create its database in {draft}: {_last_lines(output)}")
    (draft / "pg_hba.conf").write_text(_ACCESS)
    draft.rename(place.cluster)
    folder = os.open(place.home, os.O_RDONLY)
    os.fsync(folder)  # else a power cut could undo the renaming, and the next start would remove the cluster as a draft
    os.close(folder)


def _prepare_socket(place: Place) -> None:
    """Makes the socket's folder, closed to others, and removes the files that a killed server has left."""
    owner = place.account.uid if place.account else os.geteuid()
    if not place.socket.exists():
        place.socket.mkdir(mode=0o700)
        place.hand_over(place.socket)
    status = place.socket.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != owner or stat.S_IMODE(status.st_mode) != 0o700:
        raise SettingsError(f"{place.socket} must be a folder that only the database's user can open: remove it.")
    for stale in place.socket.iterdir():
        stale.unlink()


def _launched(place: Place, connections: int, env: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    own = {"unix_socket_directories": str(place.socket), "max_connections": str(connections)}
    settings = {**_SETTINGS, **own}
    arguments = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
    command = [str(place.binaries / "postgres"), "-D", str(place.cluster), *arguments]
    mark = open_private(place.home / "server.lock")
    fcntl.flock(mark, fcntl.LOCK_EX)
    log = open_private(place.home / "postgres.log")
    os.ftruncate(log, 0)
    try:
        return _server_process(place, command, stdout=log, stderr=log, inherit=[mark], env=env)
    finally:
        os.close(log)
        os.close(mark)


def _server_process(
    place: Place,
    command: list[str],
    stdout: int,
    stderr: int,
    inherit: Sequence[int] = (),
    env: Mapping[str, str] | None = None,
) -> "subprocess.Popen[bytes]":
    """Runs a Postgres program as the database's user, in a session of its own so that Ctrl-C does not reach it."""
    account = place.account
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C", **(env or {})},
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        umask=0o077,
        start_new_session=True,
        pass_fds=inherit,
    )


def _await_ready(place: Place, process: "subprocess.Popen[bytes]", notify_operator: Callable[[str], None]) -> None:
    """Waits until the server says that it is ready."""
    started = time.monotonic()
    notified = False
    while True:
        if ready_process(place) == process.pid:
            return
        waited = time.monotonic() - started
        if process.poll() is not None or waited > READY_WITHIN:
            log = (place.home / "postgres.log").read_text(errors="replace")
            raise SettingsError(f"Postgres did not start in {place.home}: {_last_lines(log)}")
        if waited > 5 and not notified:
            notified = True
            notify_operator("Postgres is still recovering from its last end.")
        time.sleep(_POLL)


def _last_lines(text: str) -> str:
    return " | ".join(text.strip().splitlines()[-3:]) or "it said nothing"
