"""Sets pytest up: what divides the work knows how tests are chosen and divided, and a worker has their fixtures too."""

from __future__ import annotations

import pytest

# pytest names a test module by its path from here, so the folder `voxbus` would take the name of the package within it
# unless the package is there first.
import voxbus  # noqa: F401
from tests.pgbouncer import MODE

pytest_plugins = ["tests.collection", "tests.cost", "tests.workers"]
#: they import the product, for which all workers would wait if the process that divides the work had them; the last one
#: overrides a fixture of the first
FIXTURES = ("tests.database", "tests.hops", "tests.tls", "tests.fixtures")
# a folder's own conftest.py may import one before
pytest.register_assert_rewrite(*FIXTURES)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options that `make faults` and `.ci/run` give."""
    parser.addoption(
        "--faults", choices=["brief", "all"], default="brief", help="faults: some for seconds, or all in full"
    )
    parser.addoption("--landing", action="store_true", help="also the tests that only a landing waits for")


def pytest_configure(config: pytest.Config) -> None:
    """Adds the fixtures in a process that runs tests."""
    if config.getoption("dist", "no") == "no":
        for name in FIXTURES:
            config.pluginmanager.import_plugin(name)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselects the tests that take long, unless every fault was asked for, and behind a pooler those without one."""
    in_full, landing = config.getoption("--faults") == "all", config.getoption("--landing")
    unwanted = [] if in_full else ["in_full"] if landing else ["in_full", "landing"]
    unwanted += [] if MODE is None else ["direct"]
    left = [item for item in items if any(map(item.get_closest_marker, unwanted))]
    if left:
        items[:] = [item for item in items if item not in left]
        config.hook.pytest_deselected(items=left)
