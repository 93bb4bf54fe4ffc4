"""Opens the socket a process listens on."""

from __future__ import annotations

import errno
import os
import socket
import sys

from chassis.errors import SettingsError
from chassis.settings import PREFIX, Settings

#: seconds a client may leave unread what was written to it, until the kernel gives the connection up
UNREAD_S = 60.0


def listen(settings: Settings, unread: float = UNREAD_S) -> socket.socket:
    """Listens on the address of the settings. Raises `SettingsError` where that cannot be.

    A connection whose client has not read for `unread` seconds is reset by the kernel, on Linux: a server that closes
    such a connection waits for its buffer to empty, which it never does, so each would be held until the client goes.
    """
    try:
        listening = socket.create_server((settings.host, settings.port), backlog=2048)
    except OSError as error:
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            raise SettingsError(f"{PREFIX}HOST is no address of this machine.") from None
        reason = os.strerror(error.errno or 0)
        raise SettingsError(
            f"{PREFIX}PORT {settings.port} cannot be listened on ({reason}): is another Voxbus running there?"
        ) from None
    if sys.platform == "linux":  # inherited by every connection that is accepted
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(unread * 1000))
    return listening
