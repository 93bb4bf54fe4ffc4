"""What fault tests share, and the fault report at the end of the run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.brokers import Broker
from tests.faults.invariants import Report, table
from tests.faults.system import System, system

Make = Callable[[], AbstractAsyncContextManager[System]]
Hold = Callable[[str, Report], None]

_REPORTS = pytest.StashKey[list[tuple[str, Report]]]()
SAMPLES = Path(__file__).parents[2] / "samples"


def pytest_configure(config: pytest.Config) -> None:
    """Room for the reports."""
    config.stash[_REPORTS] = []
    config.addinivalue_line("markers", "in_full: done by `make faults` alone")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes long is selected only where every fault is."""
    if not all_faults(config):
        left = [item for item in items if item.get_closest_marker("in_full") is not None]
        items[:] = [item for item in items if item not in left]
        config.hook.pytest_deselected(items=left)


def all_faults(config: pytest.Config) -> bool:
    """Whether this run is to do every fault in full, as `make faults` does."""
    return bool(config.getoption("--faults") == "all")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The fault report: what each fault has cost."""
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


@pytest.fixture(scope="session")
def hold(request: pytest.FixtureRequest) -> Hold:
    """Puts a fault's report into the summary, and fails the test where an invariant does not hold."""

    def hold(name: str, report: Report) -> None:
        request.config.stash[_REPORTS].append((name, report))
        assert report.clean, report

    return hold


@pytest.fixture(scope="session")
def recording() -> bytes:
    """A short reading."""
    return (SAMPLES / "she-sells.webm").read_bytes()
