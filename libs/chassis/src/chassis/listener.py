"""Chooses a port, opens the socket a process listens on, and lets the process have many connections."""

from __future__ import annotations

import errno
import os
import random
import resource
import socket
import sys

from chassis.errors import SettingsError
from chassis.settings import PREFIX, Settings

#: seconds that a client may leave its data unread before the kernel closes the connection
UNREAD_S = 60.0
#: files that a process may open at a time, unless the machine permits fewer
_FILES = 65_536
#: Ports to choose from. Linux and macOS give outgoing connections higher ones, so none of those takes a chosen port
#: before its server listens there.
_FREE_PORTS = range(20_000, 32_000)


def listen(settings: Settings, unread: float = UNREAD_S, *, metrics: bool = False) -> socket.socket:
    """Listens on the address of the settings, or on that for metrics. Raises `SettingsError` if that is impossible.

    On Linux, the kernel resets a connection whose client has not read for `unread` seconds. Otherwise a server that
    closes such a connection would wait for its buffer to empty until the client goes away.
    """
    name, port = ("METRICS_PORT", settings.metrics_port or 0) if metrics else ("PORT", settings.port)
    try:
        listening = socket.create_server((settings.host, port), backlog=2048)
    except OSError as error:
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            raise SettingsError(f"{PREFIX}HOST is no address of this machine.") from None
        reason = os.strerror(error.errno or 0)
        raise SettingsError(
            f"{PREFIX}{name} {port} cannot be listened on ({reason}): is another Voxbus running there?"
        ) from None
    if sys.platform == "linux":  # every accepted connection inherits this
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(unread * 1000))
    return listening


def free_port() -> int:
    """Returns a port on which no process listens, and, on Linux, which no other process is given while this one lives.

    Raises `RuntimeError` if there is none.
    """
    for port in random.sample(_FREE_PORTS, len(_FREE_PORTS)):
        if _reserve(port):
            return port
    raise RuntimeError("No port is free.")


def _reserve(port: int) -> bool:
    reservation = socket.socket(socket.AF_UNIX)
    try:
        if sys.platform == "linux":  # a name without a file, which ends with its process
            reservation.bind(f"\0voxbus-port-{port}")
        socket.create_server(("", port)).close()
    except OSError:
        reservation.close()
        return False
    reservation.detach()  # open until the process ends
    return True


def raise_open_files(wanted: int = _FILES) -> int:
    """Raises how many files this process may open, up to `wanted` and its hard limit, and returns that number.

    Shells and service managers begin with 1,024, which as many silent connections use up.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    possible = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft >= possible:
        return soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (possible, hard))
    except (OSError, ValueError):  # some systems permit less than they say
        return soft
    return possible
