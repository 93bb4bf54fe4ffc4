"""Tests that a warning that repeats does not fill the log, and that how often it came is said."""

from __future__ import annotations

import logging

from chassis.observe.log_repeats import WINDOW_S, WRITTEN, Repeats

Said = tuple[str, int, str, int]


class Log:
    """Judges lines by a clock of the test."""

    def __init__(self) -> None:
        self.now = 100.0
        self.said: list[Said] = []
        self.suppressed = 0
        self.repeats = Repeats(lambda *said: self.said.append(said), self._suppress, lambda: self.now)

    def _suppress(self) -> None:
        self.suppressed += 1

    def writes(self, event: str, level: int = logging.WARNING, name: str = "demo") -> bool:
        record = logging.LogRecord(name, level, "", 0, {"event": event}, None, None)
        first, second = self.repeats.filter(record), self.repeats.filter(record)  # the terminal's and the file's
        assert first == second
        return first


def test_the_first_lines_are_written_and_the_number_of_the_others_once_the_window_is_over() -> None:
    log = Log()
    assert [log.writes("broken") for _ in range(WRITTEN + 5)] == [True] * WRITTEN + [False] * 5
    assert log.writes("another") and log.writes("broken", name="elsewhere")
    assert (log.said, log.suppressed) == ([], 5)
    log.now += WINDOW_S
    assert log.writes("request", logging.INFO)
    assert log.said == [("demo", logging.WARNING, "broken", 5)]
    assert log.writes("broken")


def test_what_does_not_repeat_too_often_is_not_counted() -> None:
    log = Log()
    for _ in range(3):
        assert all(log.writes("seldom") for _ in range(WRITTEN))
        log.now += WINDOW_S
    assert (log.said, log.suppressed) == ([], 0)


def test_each_line_of_the_access_log_is_written() -> None:
    log = Log()
    assert all(log.writes("request", logging.INFO) for _ in range(10 * WRITTEN))


def test_events_without_number_are_written_and_not_counted() -> None:
    log = Log()
    assert all(log.writes(f"event {number}") for number in range(3_000))
