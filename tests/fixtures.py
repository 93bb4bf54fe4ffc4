"""Provides an embedded Postgres and a broker to every test of the repository, for the whole run or for each worker."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.brokers import Broker, start_broker
from tests.labels import is_shaped, undeclared
from tests.memory import folder_in_memory
from voxbus.local.postgres import start_postgres
from voxbus.services import SERVICES


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
    found = undeclared(is_shaped)
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
            print(f"\n{line}", flush=True)  # a broker is being set up: whoever waits should know

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
