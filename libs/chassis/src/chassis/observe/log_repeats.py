"""Holds back a warning that repeats, and says how often it came: a fault must not fill the disk of the log."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

#: lines of one logger and event that are written of a window, and the seconds of a window
WRITTEN, WINDOW_S = 20, 10.0
#: events that are counted at a time; of others every line is written
_EVENTS_MAX = 1_000
#: the attribute of a record that was judged: two handlers ask
_JUDGED = "voxbus_is_written"

Key = tuple[str, int, str]


@dataclass(slots=True)
class _Window:
    began: float
    lines: int = 0


class Repeats(logging.Filter):
    """Passes lines below warnings, which are records such as the access log, and the first of a warning's repeats.

    How many were not written is said once the window is over, with the next line of anybody: the same event, with
    `repeats`. `suppressed` is called for each. Any thread may ask, and nothing is raised: a line that cannot be judged
    is written.
    """

    def __init__(
        self,
        say: Callable[[str, int, str, int], None],
        suppressed: Callable[[], object] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Takes `say`, which writes a line of a logger, a level and an event, with a number of repeats."""
        super().__init__()
        self._say = say
        self._suppressed = suppressed
        self._clock = clock
        # reentrant: what runs while it is held, as a finalizer, may log
        self._lock = threading.RLock()
        self._windows: dict[Key, _Window] = {}
        self._next = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        """Implements `logging.Filter`."""
        judged: bool | None = getattr(record, _JUDGED, None)
        if judged is None:
            try:
                judged = self._judge(record)
            except Exception:  # whoever logs must not fail by it
                judged = True
            setattr(record, _JUDGED, judged)
        return judged

    def _judge(self, record: logging.LogRecord) -> bool:
        fields = record.msg if isinstance(record.msg, dict) else {"event": record.msg}
        if "repeats" in fields:
            return True
        key = (record.name, record.levelno, str(fields.get("event")))
        with self._lock:
            now = self._clock()
            ended = self._end_windows(now) if now >= self._next else {}
            written = record.levelno < logging.WARNING or self._count(key, now)
        # outside of the lock: both write, the first of them to handlers with locks of their own
        for (name, level, event), window in ended.items():
            if window.lines > WRITTEN:
                self._say(name, level, event, window.lines - WRITTEN)
        if not written:
            self._suppressed()
        return written

    def _count(self, key: Key, now: float) -> bool:
        window = self._windows.get(key)
        if window is None:
            if len(self._windows) >= _EVENTS_MAX:
                return True
            self._next = min(self._next, now + WINDOW_S) if self._windows else now + WINDOW_S
            window = self._windows[key] = _Window(now)
        window.lines += 1
        return window.lines <= WRITTEN

    def _end_windows(self, now: float) -> dict[Key, _Window]:
        ended = {key: window for key, window in self._windows.items() if now >= window.began + WINDOW_S}
        for key in ended:
            del self._windows[key]
        self._next = min((window.began for window in self._windows.values()), default=now) + WINDOW_S
        return ended
