"""Provides a line to a server that is away for a while, and that may lose an answer."""

from __future__ import annotations

import socket
from contextlib import suppress

from tests.e2e.cut_line import CutLine

_NOTHING = b"\0 no server sends this \0"


class WeakLine(CutLine):
    """Forwards a port to an address; while it is `away` it hangs up on whoever connects.

    Once, it swallows the answer to a request with `loses` in it, which the server has done by then, and is cut: a
    browser sends a request again by itself when a line that it had used before breaks.
    """

    def __init__(self, address: str) -> None:
        super().__init__(address, after=_NOTHING)
        self.away = False
        self.loses: bytes | None = None
        self.lost = 0

    def cut(self) -> None:
        """Takes the line away, also from those who are connected."""
        self.away = True
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Brings the line back."""
        self.away = False

    def _serve(self) -> None:
        with suppress(OSError):  # shut down: the test is over
            while True:
                client, _ = self._listener.accept()
                if self.away:
                    client.close()
                    continue
                server = socket.create_connection(self._target)
                self._ends += [client, server]
                self._run(self._pass_on, client, server)

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        """Passes on what the client sends; what comes back goes beside it, unless it is to be lost."""
        losing = False
        self._run(self._forward_back, server, client, lambda: losing)
        with suppress(OSError):
            while data := client.recv(65536):
                if self.loses is not None and self.loses in data:
                    self.loses, losing = None, True
                server.sendall(data)
        for end in (client, server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _forward_back(self, server: socket.socket, client: socket.socket, is_losing: object) -> None:
        assert callable(is_losing)
        with suppress(OSError):
            while data := server.recv(65536):
                if is_losing():
                    self.cut()
                    self.lost += 1
                    break
                client.sendall(data)
        for end in (client, server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
