"""Runs in a child process of `worker_process`: does one piece of work after another until the pipe ends.

It imports little, since what it imports is memory of each child.
"""

import os
import pickle
import socket
import struct
import sys
import traceback
from collections.abc import Callable
from typing import Any

from chassis.observe.child_steps import taken
from chassis.observe.logs import bound, configure_logs, log_uncaught
from chassis.parent_death import die_with_parent

#: before each message, its length in bytes
LENGTH = struct.Struct(">Q")


class WorkerFailed(Exception):
    """Reports that the work raised an error that cannot be pickled; the text describes it."""


def serve(descriptor: int, parent: int) -> None:
    """Runs in the child process: sets up, then answers calls until the pipe ends."""
    die_with_parent(parent)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with socket.socket(fileno=descriptor) as ours, ours.makefile("rwb") as stream:

        def receive() -> Any:
            header = stream.read(LENGTH.size)
            if len(header) < LENGTH.size:  # the parent has ended or wants the child to end
                sys.exit()
            return pickle.loads(stream.read(*LENGTH.unpack(header)))

        def answer(work: Callable[[], Any]) -> None:
            message = _outcome(work)
            stream.write(LENGTH.pack(len(message)) + message)
            stream.flush()

        sys.path[:], style = receive()
        configure_logs(style)  # else libraries would write the texts of errors to the stderr of the parent
        log_uncaught()
        work: list[Callable[[Any], Any]] = []
        answer(lambda: work.append(receive()()))
        while work:
            answer(lambda: _work(work[0], *receive()))


def _work(work: Callable[[Any], Any], argument: Any, ids: dict[str, str]) -> Any:
    taken()
    with bound(**ids):
        return work(argument)


def _outcome(work: Callable[[], Any]) -> bytes:
    """Pickles (True, result, steps) or (False, exception, steps) of `work`."""
    try:
        return pickle.dumps((True, work(), taken()))
    except Exception as error:
        error.add_note("in the child process:\n" + traceback.format_exc())
        try:
            message = pickle.dumps((False, error, taken()))
            pickle.loads(message)  # an exception with its own __init__ may pickle and still fail to unpickle
        except Exception:
            failed = WorkerFailed(f"{type(error).__name__}: {error}")
            message = pickle.dumps((False, failed, []))
        return message
