"""Provides an embedded Postgres and a broker to every test of the repository, for the whole run or for each worker."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator

import pytest

# pytest names a test module by its path from here, so the folder `voxbus` would take the name of the package within it
# unless the package is there first.
import voxbus  # noqa: F401
from tests.brokers import Broker, start_broker
from tests.label_values import undeclared
from tests.memory import folder_in_memory
from tests.pgbouncer import MODE
from voxbus.local.postgres import start_postgres
from voxbus.services import SERVICES

pytest_plugins = ["tests.collection", "tests.database", "tests.cost", "tests.workers", "tests.hops", "tests.tls"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options that `make faults` and `.ci/run` give."""
    parser.addoption(
        "--faults", choices=["brief", "all"], default="brief", help="faults: some for seconds, or all in full"
    )
    parser.addoption("--landing", action="store_true", help="also the tests that only a landing waits for")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselects the tests that take long, unless every fault was asked for, and behind a pooler those without one."""
    in_full, landing = config.getoption("--faults") == "all", config.getoption("--landing")
    unwanted = [] if in_full else ["in_full"] if landing else ["in_full", "landing"]
    unwanted += [] if MODE is None else ["direct"]
    left = [item for item in items if any(map(item.get_closest_marker, unwanted))]
    if left:
        items[:] = [item for item in items if item not in left]
        config.hook.pytest_deselected(items=left)


@pytest.fixture(scope="session", autouse=True)
def databases_are_removed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Removes the databases of this run that root's data directories only link to."""
    yield
    for link in tmp_path_factory.getbasetemp().rglob("postgres"):
        if link.is_symlink():
            shutil.rmtree(link.resolve(), ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def labels_are_declared() -> Iterator[None]:
    """Fails a run in whose process a metric got a label, or a value of one, that nobody has declared."""
    yield
    found = undeclared(exact=False)
    assert not found, "\n".join(found)


@pytest.fixture(scope="session")
async def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Provides the owner's DSN of this run's own database server, which the first use starts."""
    with folder_in_memory(otherwise=tmp_path_factory.mktemp("postgres")) as folder:
        # services that tests of several files share run side by side, each with its pools
        async with await start_postgres(folder, lambda _: None, connections=300) as postgres:
            yield postgres.dsn


@pytest.fixture(scope="session")
async def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Broker]:
    """Provides the broker of this run, which the first use starts. A test that breaks it leaves it running."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def notify_operator(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{line}", flush=True)  # noqa: T201 - a broker is being set up: whoever waits should know

    with folder_in_memory(otherwise=tmp_path_factory.mktemp("broker")) as folder:
        started = await start_broker(folder, notify_operator)
        yield started
        await started.stop()


@pytest.fixture
def owners_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets a gateway start without the services that own routes: their addresses have no listener."""
    for service in SERVICES:
        if service.routes:
            monkeypatch.setenv(f"VOXBUS_{service.name.upper()}_URL", "http://127.0.0.1:9")


@pytest.fixture(scope="session")
def rabbit_url(broker: Broker) -> str:
    """Provides the URL of this run's broker."""
    return broker.url
