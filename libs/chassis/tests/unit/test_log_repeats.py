"""Tests that a warning that repeats does not fill the log, and that how often it came is said."""

from __future__ import annotations

import logging
import sys
from threading import Thread
from typing import Any

import pytest

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


def test_an_event_can_be_ended_by_one_thread_while_another_begins_one() -> None:
    log = Log()
    for number in range(50):
        log.writes(f"event {number}")
    log.now += WINDOW_S
    lines: list[bool] = []
    failures: list[BaseException] = []

    def write(name: str) -> None:
        try:
            for number in range(2_000):
                log.now += WINDOW_S / 100
                lines.append(log.writes(f"{name} {number % 900}"))
        except BaseException as error:
            failures.append(error)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [Thread(target=write, args=(name,)) for name in ("one", "two", "three")]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    finally:
        sys.setswitchinterval(before)
    assert not failures
    assert lines == [True] * 6_000


@pytest.mark.parametrize("part", ["say", "suppressed", "clock"])
def test_a_filter_that_fails_lets_the_line_through(part: str) -> None:
    def fail(*_: object) -> Any:
        raise RuntimeError("canary")

    log = Log()
    for _ in range(WRITTEN + 1):
        log.writes("broken")
    setattr(log.repeats, f"_{part}", fail)
    if part != "suppressed":
        log.now += WINDOW_S
    assert log.writes("broken")


def test_a_line_may_be_written_while_what_was_held_back_is_said() -> None:
    log = Log()
    for _ in range(WRITTEN + 1):
        log.writes("broken")
    log.now += WINDOW_S
    said = log.said.append

    def says_in_another_thread(*told: Any) -> None:
        said(told)
        other = Thread(target=log.writes, args=("another",), daemon=True)
        other.start()
        other.join(5)
        assert not other.is_alive()

    log.repeats._say = says_in_another_thread
    assert log.writes("another") and len(log.said) == 1
