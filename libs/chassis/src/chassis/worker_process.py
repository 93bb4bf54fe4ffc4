"""Runs work that can crash the interpreter in child processes, one per slot; `worker_child` is what runs there.

Each child has its own pipe, so a crash, a timeout or a cancel costs exactly one piece of work; in a shared pool it
would also cost that of the other slots. Messages are pickles behind an eight-byte length, in both directions.

A call tells the child trace and job, for its log lines, and the child tells how long the steps of its work took, which
become spans here: it has no tracing of its own, which would cost it memory.

A child inherits no environment, so it is told no secret. What it answers is not trusted, since its work may read what
strangers made: an answer holds plain values, dataclasses and exceptions, and nothing else is unpickled.
"""

import asyncio
import contextlib
import dataclasses
import io
import os
import pickle
import re
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Generic, TypeVar

from chassis.observe import metrics
from chassis.observe.logs import bound_ids, log_style
from chassis.observe.traces import SpanKind, moment, span, traceparent
from chassis.worker_child import LENGTH, WorkerFailed

__all__ = ["WorkerCrashed", "WorkerFailed", "WorkerPool", "WorkerProcess"]

Argument = TypeVar("Argument")
Result = TypeVar("Result")

_SERVE = "import sys; from chassis.worker_child import serve; serve(int(sys.argv[1]), int(sys.argv[2]))"
#: steps of one call that become spans, and what their names are made of: a child is not trusted
_STEPS_MAX = 16
_STEP = re.compile(r"[a-z][a-z_]{0,31}")


class WorkerCrashed(Exception):
    """Reports that the child process ended without an answer. `exitcode` is negative when a signal ended it."""

    def __init__(self, name: str, exitcode: int) -> None:
        super().__init__(name, exitcode)
        self.name = name
        self.exitcode = exitcode

    def __str__(self) -> str:
        end = f"signal {signal.Signals(-self.exitcode).name}" if self.exitcode < 0 else f"exit code {self.exitcode}"
        return f"child process {self.name!r} ended with {end}"


class WorkerProcess(Generic[Argument, Result]):
    """Runs one child process that does one piece of work at a time.

    `setup` runs once in the child, loads what is heavy, and returns the function that does the work. It must be
    importable by name (or a partial of such a function). Output of the work goes to stderr. Use it from the main
    thread's event loop: the child dies with the thread that started it.
    """

    def __init__(self, setup: Callable[[], Callable[[Argument], Result]], name: str, kind: str | None = None) -> None:
        """Takes `kind`: what several children do, each under a name of its own."""
        self.name = name
        self.kind = name if kind is None else kind
        for reason in ("crashed", "late"):  # from the start, so that the first of them is an increase
            metrics.CHILDREN_ENDED.labels(self.kind, reason)
        self._setup = setup
        self._lock = asyncio.Lock()
        self._running: _Running | None = None

    @property
    def pid(self) -> int | None:
        """Returns the process id of the running child, if there is one."""
        return self._running.process.pid if self._running else None

    async def start(self) -> None:
        """Starts the child and waits for its setup, so that the first call does not wait.

        Raises the error of `setup`.
        """
        async with self._lock, self._killed_on_error():
            await self._ready()

    async def call(self, argument: Argument, timeout: float | None = None) -> Result:
        """Does the work on `argument` in the child and returns its result, or raises its exception.

        `timeout` is in seconds and includes a start of the child. When it passes (TimeoutError) or the caller is
        cancelled, the child is killed, and the next call starts another. Raises WorkerCrashed when the child died.
        """
        message = pickle.dumps((argument, bound_ids()))
        async with self._lock:
            with span(f"child {self.name.rstrip('-0123456789')}", kind=SpanKind.INTERNAL):
                began = time.time_ns()
                with self._ends_counted():
                    async with self._killed_on_error(), asyncio.timeout(timeout):
                        running = await self._ready()
                        answer = await running.ask(message)
                result: Result = _unpacked(answer, began)
            return result

    async def close(self) -> None:
        """Kills the child, if there is one; it holds no data to save."""
        running, self._running = self._running, None
        if running is not None:
            await running.kill()

    async def _ready(self) -> "_Running":
        if self._running is None:
            self._running = await _Running.start(self.name)
            _unpacked(await self._running.ask(pickle.dumps(self._setup)))
        return self._running

    @contextlib.contextmanager
    def _ends_counted(self) -> Iterator[None]:
        """Counts a child that ends before its time, in this process: what a child counts itself is lost with it."""
        try:
            yield
        except WorkerCrashed:
            metrics.CHILDREN_ENDED.labels(self.kind, "crashed").inc()
            raise
        except TimeoutError:
            metrics.CHILDREN_ENDED.labels(self.kind, "late").inc()
            raise

    @contextlib.asynccontextmanager
    async def _killed_on_error(self) -> AsyncIterator[None]:
        try:
            yield
        except BaseException:
            await self.close()
            raise


class WorkerPool(Generic[Argument, Result]):
    """Runs one child process per slot, used only by the holder of the slot."""

    def __init__(self, setup: Callable[[], Callable[[Argument], Result]], name: str, size: int) -> None:
        self._all = [WorkerProcess(setup, f"{name}-{number}", name) for number in range(size)]
        # Last in, first out: a warm child is used before one that has not loaded its model yet.
        self._free: asyncio.LifoQueue[WorkerProcess[Argument, Result]] = asyncio.LifoQueue()
        for worker in reversed(self._all):
            self._free.put_nowait(worker)

    async def start(self, warm: int | None = None) -> None:
        """Starts so many children, or all, and waits for their setups. The others start with their first work."""
        await asyncio.gather(*(worker.start() for worker in self._all[:warm]))

    @contextlib.asynccontextmanager
    async def slot(self) -> AsyncIterator[WorkerProcess[Argument, Result]]:
        """Lends a child for the time of the block; waits while all are taken."""
        worker = await self._free.get()
        try:
            yield worker
        finally:
            self._free.put_nowait(worker)

    async def call(self, argument: Argument, timeout: float | None = None) -> Result:
        """Does the work as `WorkerProcess.call` in the next free slot. `timeout` excludes the wait for a slot."""
        async with self.slot() as worker:
            return await worker.call(argument, timeout)

    async def close(self) -> None:
        """Kills every child."""
        await asyncio.gather(*(worker.close() for worker in self._all))


class _Running:
    """Holds a live child process and the stream to it."""

    def __init__(
        self, name: str, process: asyncio.subprocess.Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._name = name
        self.process = process
        self._reader = reader
        self._writer = writer

    @classmethod
    async def start(cls, name: str) -> "_Running":
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                reader, writer = await asyncio.open_connection(sock=ours)
            except BaseException:
                ours.close()
                raise
            try:
                # A session of its own, so that Ctrl-C reaches only the parent, which then drains.
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-P", "-c", _SERVE, str(theirs.fileno()), str(os.getpid()), name),
                    env={},
                    stdin=asyncio.subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                )
            except BaseException:
                writer.close()
                raise
        running = cls(name, process, reader, writer)
        running._send(pickle.dumps((sys.path, log_style())))  # the child imports from the same path, and logs alike
        return running

    async def ask(self, message: bytes) -> bytes:
        """Sends one message and waits for the answer to it."""
        try:
            self._send(message)
            await self._writer.drain()
            (length,) = LENGTH.unpack(await self._reader.readexactly(LENGTH.size))
            return await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise WorkerCrashed(self._name, await self._end()) from error

    def _send(self, message: bytes) -> None:
        self._writer.write(LENGTH.pack(len(message)))
        self._writer.write(message)

    async def kill(self) -> None:
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
        self._writer.close()
        await self.process.wait()

    async def _end(self) -> int:
        """Returns the exit code of a child whose pipe has ended; kills a child that hangs at its end."""
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(self.process.wait(), 1)
        await self.kill()
        return self.process.returncode or 0


def _unpacked(answer: bytes, began: int | None = None) -> Any:
    """Returns the value of an answer; raises the exception it carries, or `WorkerFailed` if it holds anything else.

    `began`: when the call began, in nanoseconds; the steps that the answer names become spans.
    """
    try:
        worked, value, steps = _Answer(io.BytesIO(answer)).load()
    except Exception as error:
        raise WorkerFailed(f"the answer cannot be read: {error}") from None
    if began is not None:
        _note(steps, began)
    if worked:
        return value
    if not isinstance(value, Exception):
        raise WorkerFailed("the answer is no exception")
    raise value


def _note(steps: object, began: int) -> None:
    """Records the steps of a child's work that can be true, within the call; others are left out, as the work is not.

    A step that lies outside may be none of the child's fault: the clock may have been set meanwhile.
    """
    now, parent = time.time_ns(), traceparent()
    for step in steps[:_STEPS_MAX] if isinstance(steps, list) else ():
        match step:
            case (str(name), int(start), int(end)) if _STEP.fullmatch(name) and began <= start <= end <= now:
                moment(name, parent, start, end)


class _Answer(pickle.Unpickler):
    """Reads an answer, and refuses to call anything but the classes of dataclasses and exceptions."""

    def find_class(self, module: str, name: str) -> Any:
        found: Any = getattr(sys.modules.get(module), name, None)
        if isinstance(found, type) and (issubclass(found, Exception) or dataclasses.is_dataclass(found)):
            return found
        raise pickle.UnpicklingError(f"{module}.{name} may not be in it")
