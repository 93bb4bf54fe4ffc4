"""Starts product processes by fork, from a process that has imported the product once.

A fresh interpreter spends 3 s of processor time on imports; a fork spends none. In all else a fork is the process that
`python -m <module> <arguments>` is: it runs the module as `__main__`, with its own pid, session, environment, folder,
standard streams and arguments, and it ends as an interpreter ends. The kernel kills the forks of a server that has
ended.

The server has only imported, and read the system's certificates: it has one thread, no event loop and no connection (it
checks that before every fork).
`tests.faults.processes.start` is its client. What has to happen before the product is imported needs an interpreter of
its own.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import select
import socket
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass

import httpx2

import content.__main__
import feedback.__main__
import gateway.__main__
import notify.__main__
import speech.__main__
import tests.faults.fake_speech
import tests.faults.toy_release
import voxbus.__main__
import voxbus.cli.run  # which the command line imports when it is asked for
from chassis.parent_death import die_with_parent
from tests.tls import read_certificates_once

#: the modules that forks run as `__main__`; each is executed there, on what it has imported here
PROGRAMS = (
    *(gateway.__main__, speech.__main__, feedback.__main__, content.__main__, notify.__main__),
    *(voxbus.__main__, tests.faults.fake_speech, tests.faults.toy_release),
)
#: bytes of a request; an environment is some thousand
_REQUEST_BYTES = 1 << 20


@dataclass(frozen=True)
class Request:
    """Holds one process to start: `python -m module *arguments` in a folder, with exactly this environment."""

    module: str
    arguments: list[str]
    environment: dict[str, str]
    folder: str

    def encoded(self) -> bytes:
        """Returns the request as one packet."""
        return json.dumps(asdict(self)).encode()


@dataclass(frozen=True)
class _Fork:
    """Holds one process that was started, and the client that waits for its exit code."""

    pid: int
    client: socket.socket

    def tell(self, number: int) -> None:
        """Sends the client a line. A client that has gone need not know."""
        with suppress(OSError):
            self.client.sendall(b"%d\n" % number)


def serve(control: socket.socket) -> Request | None:
    """Forks for each request until the client hangs up (None). Returns the request in every fork.

    A request comes with two file descriptors: a socket, on which the client is told the pid and then the exit code as
    `subprocess` has it, a line each; and the file that takes what the process writes.
    """
    server = os.getpid()
    forks: dict[int, _Fork] = {}  # by pidfd, which is readable when the process has ended
    while True:
        for ready in select.select([control.fileno(), *forks], [], [])[0]:
            if ready in forks:
                fork = forks.pop(ready)
                os.close(ready)
                fork.tell(os.waitstatus_to_exitcode(os.waitpid(fork.pid, 0)[1]))
                fork.client.close()
                continue
            packet, received, _, _ = socket.recv_fds(control, _REQUEST_BYTES, 2)
            if not packet:
                return None
            assert len(os.listdir("/proc/self/task")) == 1, "a process with threads must not fork"  # noqa: PTH208
            pid = os.fork()
            client, log = socket.socket(fileno=received[0]), received[1]
            if pid == 0:
                for each in (client, *(fork.client for fork in forks.values())):
                    each.close()
                for pidfd in forks:
                    os.close(pidfd)
                control.detach()
                return _become(Request(**json.loads(packet)), server, log)
            os.close(log)
            forks[os.pidfd_open(pid)] = fork = _Fork(pid, client)
            fork.tell(pid)


def _become(request: Request, server: int, log: int) -> Request:
    """Takes the place that a fresh interpreter would have in the system. Descriptor 0 was that of the server."""
    os.setsid()
    die_with_parent(server)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.close(nothing)
    os.close(log)
    os.chdir(request.folder)
    os.environ.clear()
    os.environ.update(request.environment)
    sys.path[0] = request.folder
    sys.argv[1:] = request.arguments
    return request


if __name__ == "__main__":
    for program in PROGRAMS:
        del sys.modules[program.__name__]
    read_certificates_once()
    for trust_env in (True, False):
        httpx2.create_ssl_context(trust_env=trust_env)
    # What the forks share they leave alone: the collection at their start would make each of them a copy of it all
    gc.collect()
    gc.freeze()
    found = serve(socket.socket(fileno=0))
    if found is not None:
        runpy.run_module(found.module, run_name="__main__", alter_sys=True)
