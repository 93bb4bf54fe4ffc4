"""Provides a line to a server that can be cut."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

#: seconds in which a client has surely read what came
_READ_S = 0.5


class CutLine:
    """Forwards a port to an address, and hangs up once, right after certain bytes have come back."""

    def __init__(self, address: str, after: bytes) -> None:
        parts = urlsplit(address)
        self._target = (str(parts.hostname), int(parts.port or 80))
        self._after = after
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._ends: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.cuts = 0
        #: what the client has sent as Last-Event-ID, in order
        self.resumed_after: list[str] = []

    def __enter__(self) -> Self:
        self._run(self._serve)
        return self

    def __exit__(self, *_: object) -> None:
        for end in (self._listener, *self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for end in (self._listener, *self._ends):
            end.close()

    def _run(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _serve(self) -> None:
        with suppress(OSError):  # shut down: the test is over
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                self._ends += [client, server]
                self._run(self._forward, client, server, False)
                self._run(self._forward, server, client, True)

    def _forward(self, source: socket.socket, sink: socket.socket, back: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if not back:
                    self.resumed_after += re.findall(r"(?i)last-event-id: (\S+)", data.decode("latin-1"))
                at = data.find(self._after) if back and not self.cuts else -1
                if at >= 0:
                    self.cuts += 1
                    sink.sendall(data[:at])
                    time.sleep(_READ_S)  # a browser throws away what it has not read when a line breaks
                    sink.sendall(self._after)
                    break
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
