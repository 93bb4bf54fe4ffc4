"""Counts what each folder of tests costs, and fails a run of `make test` in which one exceeds its budget.

Costs are seconds of processor time: of the process that runs the tests and of all its descendants, such as broker,
database and services. The time on the wall would say more about what else the machine does: beside two busy loops it
doubles, and a run would fail that is as good as any other. Processors differ as well, and the same one is slower beside
other work, so a short piece of work is timed every few seconds, and the costs since then are given as those of the
machine on which the budgets were measured.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Generator
from typing import Any

import pytest

from bench.processor import cpu_of, family
from tests.budgets import COLLECTING, LIMIT, STARTING, budget_of, folder_of, over

#: seconds that `_paced` takes on the machine on which the budgets were measured
_PACE = 0.006
#: seconds for which one pace is taken to hold
_HOLDS_S = 5.0


class Meter:
    """Divides the processor time of one process that runs tests among folders."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self._on = COLLECTING
        self._before = 0.0
        self._pace = _paced()
        self._since = time.monotonic()

    def turn(self, on: str) -> str:
        """Charges the time spent until now to the present account, then switches to another; returns the first.

        The time is charged as it would be on the machine of the budgets, by the mean of the paces at its two ends.
        """
        now, pace = cpu_of(*family(os.getpid())), _paced()
        spent = max(0.0, now - self._before)  # less than before where a process has left the family
        self.spent[self._on] += spent * _PACE / ((self._pace + pace) / 2)
        was, self._on, self._before, self._pace = self._on, on, now, pace
        self._since = time.monotonic()
        return was

    def turn_to(self, on: str) -> None:
        """Switches to an account, or at times reads the pace anew: to read all processes takes some milliseconds."""
        if on != self._on or time.monotonic() - self._since > _HOLDS_S:
            self.turn(on)

    def total(self) -> dict[str, float]:
        """Returns all that was charged."""
        self.turn(COLLECTING)
        return dict(self.spent)


class Budget:
    """Measures as a plugin. A worker's counts go to the process that began the run, which sums them up."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._meter = Meter()
        self._total: dict[str, float] = defaultdict(float)
        self._began = time.monotonic()
        #: seconds on the wall after which each worker had no more tests
        self._ended: list[float] = []

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Charges a test to its folder."""
        self._meter.turn_to(folder_of(item.path))
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        """Charges session fixtures to no folder: another order of tests would charge another folder."""
        if fixturedef.scope != "session":
            return (yield)
        was = self._meter.turn(STARTING)
        try:
            return (yield)
        finally:
            self._meter.turn(was)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Takes the counts of a worker that has ended."""
        output = getattr(node, "workeroutput", {})
        self._add(output.get("spent", {}))
        self._ended.append(output.get("ended", 0.0))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fails a run that was good so far if a folder is over its budget."""
        output = getattr(self._config, "workeroutput", None)
        if output is not None:
            output["spent"] = self._meter.total()
            output["ended"] = time.monotonic() - self._began
            return
        if not self._total:  # where there are workers, this process has only waited for them
            self._add(self._meter.total())
        if self._config.getoption("--budget") and session.exitstatus == pytest.ExitCode.OK and over(self._total):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _add(self, spent: dict[str, float]) -> None:
        for folder, seconds in spent.items():
            self._total[folder] += seconds

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Prints the table of costs."""
        if not self._config.getoption("--budget"):
            return
        terminalreporter.section("seconds of processor time")
        for folder, seconds in sorted(self._total.items(), key=lambda each: -each[1]):
            budget = budget_of(folder)
            mark = " OVER ITS BUDGET" if seconds > LIMIT * budget else ""
            terminalreporter.write_line(f"{folder:<44}{seconds:>8.1f} of {budget:>5.0f}{seconds / budget:>7.0%}{mark}")
        terminalreporter.write_line(f"{'together':<44}{sum(self._total.values()):>8.1f}")
        ended = ", ".join(f"{seconds:.0f}" for seconds in sorted(self._ended))
        terminalreporter.write_line(f"the workers had no more tests after these seconds on the wall: {ended or 'one'}")


def pytest_configure(config: pytest.Config) -> None:
    """Begins to count."""
    config.pluginmanager.register(Budget(config), "budget of processor time")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the option `--budget`, which `make test` uses."""
    parser.addoption(
        "--budget", action="store_true", help="print what each folder costs, and fail where one exceeds its budget"
    )


def _paced() -> float:
    """Returns the seconds of processor time of a fixed piece of work."""
    began = time.process_time()
    sum(number * number % 7 for number in range(100_000))
    return time.process_time() - began
