"""Starts a program whose clock is off by SECONDS: `python -m tests.faults.clock_skew SECONDS MODULE ARGUMENT…`.

A stand-in for a machine's wrong clock: `time.time`, `datetime.now` and the clock in new ids are moved before anything
else is imported. The monotonic clock goes as ever, as it does on a machine whose time is wrong.
"""

from __future__ import annotations

import datetime
import functools
import runpy
import sys
import time
from typing import Any

import uuid_utils.compat

_Real = datetime.datetime


class _LikeReal(type):
    """Makes the two classes one for the program: what the database gives it are real ones."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _Real)

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, _Real)


def skew(seconds: float) -> None:
    """Moves this process's clock."""
    moved = datetime.timedelta(seconds=seconds)
    real_time, real_ns, real_uuid7 = time.time, time.time_ns, uuid_utils.compat.uuid7

    class Skewed(_Real, metaclass=_LikeReal):
        """Skews the current time, and nothing else."""

        __slots__ = ()

        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Any:
            """Returns the present time by the wrong clock."""
            return _Real.now(tz) + moved

    def time_ns() -> int:
        return real_ns() + round(seconds * 1e9)

    @functools.wraps(real_uuid7)
    def uuid7() -> Any:
        return real_uuid7(nanoseconds=time_ns())

    changes: list[tuple[Any, str, object]] = [
        (time, "time", lambda: real_time() + seconds),
        (time, "time_ns", time_ns),
        (datetime, "datetime", Skewed),
        (uuid_utils.compat, "uuid7", uuid7),
    ]
    for where, name, changed in changes:
        setattr(where, name, changed)


if __name__ == "__main__":
    skew(float(sys.argv.pop(1)))
    runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
