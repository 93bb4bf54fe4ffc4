"""Represents the name servers of the world, of which one never answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

#: a name whose server takes the question and says nothing
TARPIT = "tarpit.example"


class NameServer:
    """Answers but for `TARPIT`, whose threads wait until `open`."""

    def __init__(self, answer: Callable[[str, int], Sequence[str]] = lambda host, port: ["8.8.8.8"]) -> None:
        """Takes `answer`, which returns the addresses of all other names."""
        self._answer = answer
        self.open = threading.Event()
        self.asked: list[str] = []
        self.threads: set[str] = set()

    def resolve(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        self.threads.add(threading.current_thread().name)
        if host == TARPIT:
            self.open.wait()
        return self._answer(host, port)
