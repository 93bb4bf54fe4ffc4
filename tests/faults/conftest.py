"""Provides what fault tests share, and prints the fault report at the end of the run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.brokers import Broker
from tests.faults.invariants import Report, table
from tests.faults.system import System, system

Make = Callable[[], AbstractAsyncContextManager[System]]
Hold = Callable[[str, Report], None]

_REPORT = "fault report"
_REPORTS = pytest.StashKey[list[tuple[str, Report]]]()
SAMPLES = Path(__file__).parents[2] / "samples"


def pytest_configure(config: pytest.Config) -> None:
    """Makes room for the reports."""
    config.stash[_REPORTS] = []
    config.pluginmanager.register(_Reports(config.stash[_REPORTS]))


def all_faults(config: pytest.Config) -> bool:
    """Tells whether this run does every fault in full, as `make faults` does."""
    return bool(config.getoption("--faults") == "all")


class _Reports:
    """Collects reports, from wherever a test has run."""

    def __init__(self, reports: list[tuple[str, Report]]) -> None:
        self._reports = reports

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collects the reports of a test that has ended."""
        if report.when == "call":
            told: list[Any] = [value for kind, value in report.user_properties if kind == _REPORT]
            self._reports += [(name, Report(**fields)) for name, fields in told]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Prints the fault report: what each fault has cost."""
    reports = config.stash.get(_REPORTS, [])
    if reports:
        terminalreporter.section("fault report")
        for line in table(reports):
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def make_system(postgres_url: str, broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Makes systems, one after another or side by side."""

    def make() -> AbstractAsyncContextManager[System]:
        return system(tmp_path_factory.mktemp("system"), postgres_url, broker)

    return make


@pytest.fixture
def hold(request: pytest.FixtureRequest) -> Hold:
    """Puts a fault's report into the summary, and fails the test where an invariant does not hold."""

    def hold(name: str, report: Report) -> None:
        request.node.user_properties.append((_REPORT, (name, asdict(report))))
        assert report.clean, report

    return hold


@pytest.fixture(scope="session")
def recording() -> bytes:
    """Provides a short reading."""
    return (SAMPLES / "she-sells.webm").read_bytes()
