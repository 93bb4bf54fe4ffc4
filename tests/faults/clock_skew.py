"""Starts a program whose clock is off by SECONDS: `python -m tests.faults.clock_skew SECONDS MODULE ARGUMENT…`.

A stand-in for a machine's wrong clock: `time.time`, `datetime.now` and the clock in new ids are moved before anything
else is imported. The monotonic clock goes as ever, as it does on a machine whose time is wrong. In place of SECONDS
there may be a file that holds them, which moves the clock while the program runs.
"""

from __future__ import annotations

import datetime
import functools
import runpy
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uuid_utils.compat

_Real = datetime.datetime
#: seconds until a program knows that its clock was moved
READ_EVERY_S = 0.2


class _LikeReal(type):
    """Makes the two classes one for the program: what the database gives it are real ones."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _Real)

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, _Real)


def skew(seconds: float | Callable[[], float]) -> None:
    """Moves this process's clock, by what `seconds` says at each look if it can be called."""
    ahead = seconds if callable(seconds) else lambda: seconds
    real_time, real_ns, real_uuid7 = time.time, time.time_ns, uuid_utils.compat.uuid7

    class Skewed(_Real, metaclass=_LikeReal):
        """Skews the current time, and nothing else."""

        __slots__ = ()

        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Any:
            """Returns the present time by the wrong clock."""
            return _Real.now(tz) + datetime.timedelta(seconds=ahead())

    def time_ns() -> int:
        return real_ns() + round(ahead() * 1e9)

    @functools.wraps(real_uuid7)
    def uuid7() -> Any:
        return real_uuid7(nanoseconds=time_ns())

    changes: list[tuple[Any, str, object]] = [
        (time, "time", lambda: real_time() + ahead()),
        (time, "time_ns", time_ns),
        (datetime, "datetime", Skewed),
        (uuid_utils.compat, "uuid7", uuid7),
    ]
    for where, name, changed in changes:
        setattr(where, name, changed)


def seconds_in(path: Path) -> Callable[[], float]:
    """Returns what tells the seconds in a file, which it reads five times a second at most."""
    read_at, seconds = -READ_EVERY_S, 0.0

    def ahead() -> float:
        nonlocal read_at, seconds
        if time.monotonic() - read_at >= READ_EVERY_S:
            read_at, seconds = time.monotonic(), float(path.read_text())
        return seconds

    return ahead


if __name__ == "__main__":
    by = sys.argv.pop(1)
    skew(seconds_in(Path(by)) if by.startswith("/") else float(by))
    runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
