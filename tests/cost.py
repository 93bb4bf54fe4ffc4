"""Counts what each folder of tests costs, and fails a run of `make test` in which one exceeds its budget.

Costs are seconds of processor time: of the process that runs the tests and of all its descendants, such as broker,
database and services. The time on the wall would say more about what else the machine does: beside two busy loops it
doubles, and a run would fail that is as good as any other. Processors differ as well, so a short piece of work is
timed at both ends of a run, and the costs are given as those of the machine on which the budgets were measured.
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
_PACE = 0.06


class Meter:
    """Divides the processor time of one process that runs tests among folders."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self._on = COLLECTING
        self._before = 0.0
        self._pace = _paced()

    def turn(self, on: str) -> str:
        """Charges the time spent until now to the present account, then switches to another; returns the first."""
        now = cpu_of(*family(os.getpid()))
        self.spent[self._on] += max(0.0, now - self._before)  # less than before where a process has left the family
        was, self._on, self._before = self._on, on, now
        return was

    def turn_to(self, on: str) -> None:
        """Switches to an account unless it is on already: to read all processes takes some milliseconds."""
        if on != self._on:
            self.turn(on)

    def total(self) -> dict[str, float]:
        """Returns all that was charged, as it would be on the machine of the budgets."""
        self.turn(COLLECTING)
        pace = max(self._pace, _paced()) / _PACE
        return {on: seconds / pace for on, seconds in self.spent.items()}


class Budget:
    """Measures as a plugin. A worker's counts go to the process that began the run, which sums them up."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._meter = Meter()
        self._total: dict[str, float] = defaultdict(float)

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
        self._add(getattr(node, "workeroutput", {}).get("spent", {}))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fails a run that was good so far if a folder is over its budget."""
        output = getattr(self._config, "workeroutput", None)
        if output is not None:
            output["spent"] = self._meter.total()
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
    sum(number * number % 7 for number in range(1_000_000))
    return time.process_time() - began
