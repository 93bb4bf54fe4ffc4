"""Defines crash points: named places at which a fault test ends the process, as kill -9 would. Off by default."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

#: in the order in which a message passes them; the three from `intended` on belong to outside effects
POINTS = ("received", "claimed", "intended", "called", "recorded", "worked", "committed", "published", "before the ack")


def failpoint(setting: str | None, name: str) -> Callable[[str], None]:
    """Returns the function for the crash points of a handler or relay: it ends the process at the point of `setting`.

    `setting` is `<name>:<point>`.
    """
    wanted, _, point = (setting or "").partition(":")
    if wanted != name:
        return _nowhere
    if point not in POINTS:
        raise ValueError(f"no crash point is called {point!r}")

    def crash(reached: str) -> None:
        if reached == point:
            os.kill(os.getpid(), signal.SIGKILL)

    return crash


def _nowhere(_here: str) -> None:
    """Lets the process live."""
