"""Repeats the work of a process's loops at intervals, and decides what an error in it means.

An outage pauses a loop, under the name of the dependency, for as long as it lasts. A defect is logged with its place;
after `DEFECTS_MAX` rounds of defects in a row the loop ends and with it the process, which its supervisor starts again.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Awaitable, Callable

from chassis.errors import DependencyDown, Retryable, VoxbusError
from chassis.observe.health import Pulse
from chassis.observe.logs import logger
from chassis.storage.errors import is_outage, is_passing

#: rounds of defects in a row after which a loop ends
DEFECTS_MAX = 10
#: longest rest after a defect, in seconds, unless the loop always rests longer
_LONGEST_S = 30.0
#: seconds between signs of life of a resting loop
_ALIVE_EVERY_S = 5.0

_log = logger(__name__)


class TooManyDefects(VoxbusError):
    """Reports that a loop has failed by defects only, `DEFECTS_MAX` rounds in a row."""


class Defects:
    """Counts the rounds of defects of one loop in a row.

    A round is a defect and the rest after it. Failures before the rest is over belong to the same round, because all
    slots of a handler meet the same problem.
    """

    def __init__(self, pulse: Pulse, rest: float = 1.0) -> None:
        """Takes `rest`, the seconds to wait in the first round; each further round waits twice as long, up to 30 s."""
        self._pulse = pulse
        self._rest = rest
        self._in_a_row = 0
        #: the end of the present round, on the clock of the pulse
        self._ends_at = -math.inf

    def clear(self) -> None:
        """Resets the count: the loop has done its work."""
        self._in_a_row = 0
        self._ends_at = -math.inf

    def add(self, error: BaseException) -> float:
        """Logs where a defect arose; returns the seconds to the end of its round. Raises `TooManyDefects`."""
        now = self._pulse.clock()
        begins = now >= self._ends_at
        self._in_a_row += begins
        _log.error("a loop has failed by a defect", loop=self._pulse.name, round=self._in_a_row, exc_info=error)
        if self._in_a_row >= DEFECTS_MAX:
            self._pulse.broken = True
            raise TooManyDefects(self._pulse.name) from error
        if begins:
            self._ends_at = now + max(self._rest, min(_LONGEST_S, self._rest * 2.0 ** (self._in_a_row - 1)))
        return self._ends_at - now


def outage_of(error: BaseException) -> str | None:
    """Names the dependency whose outage an error reports; None for any other error."""
    if isinstance(error, DependencyDown):
        return error.name
    return "database" if is_outage(error) else None


async def every(
    seconds: float,
    work: Callable[[], Awaitable[object]],
    pulse: Pulse,
    *,
    again: float | None = None,
    jitter: float = 0.0,
    wake: asyncio.Event | None = None,
) -> None:
    """Does `work` until cancelled, the first time at once, and rests for `seconds` after each time.

    `jitter`: the random share by which a rest is longer or shorter. `wake` ends a rest. `again`: seconds to rest after
    an error; by default `seconds`. Raises `TooManyDefects`.
    """
    again = seconds if again is None else again
    defects = Defects(pulse, again)
    while True:
        if wake is not None:
            wake.clear()
        try:
            await work()
        except Exception as error:
            await rest(_after(error, pulse, defects, again), pulse)
        else:
            defects.clear()
            pulse.beat()
            await rest(random.uniform(1 - jitter, 1 + jitter) * seconds, pulse, wake)


def _after(error: Exception, pulse: Pulse, defects: Defects, again: float) -> float:
    """Returns the seconds to rest after an error."""
    dependency = outage_of(error)
    if dependency is None and not (is_passing(error) or isinstance(error, Retryable)):
        return defects.add(error)
    if dependency is not None:
        pulse.pause(dependency)
    _log.warning("a loop tries again", loop=pulse.name, waits_for=dependency, error=type(error).__name__)
    return again


async def rest(seconds: float, pulse: Pulse, wake: asyncio.Event | None = None) -> None:
    """Rests for `seconds` or until `wake` is set, with signs of life; the declared state of the pulse stays."""
    clock = asyncio.get_running_loop().time
    until = clock() + seconds
    while (left := until - clock()) > 0:
        pulse.rest()
        step = min(left, _ALIVE_EVERY_S)
        if wake is None:
            await asyncio.sleep(step)
            continue
        try:
            async with asyncio.timeout(step):
                await wake.wait()
        except TimeoutError:
            continue
        return
    await asyncio.sleep(0)  # a loop without a rest still yields to other tasks
