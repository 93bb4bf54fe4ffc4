"""The database of a test run, and its logs. A plugin of its own: a service's tests have it where nothing else is."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator

import pytest

from chassis.observe.logs import configure_logs
from chassis.storage.embedded import start_postgres


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """Logs as the product writes them: an error's place and type, never its text."""
    configure_logs("text")


@pytest.fixture(scope="session", autouse=True)
def databases_are_removed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """As root a database lies outside of its data directory, which only links to it: remove those of this run."""
    yield
    for link in tmp_path_factory.getbasetemp().rglob("postgres"):
        if link.is_symlink():
            shutil.rmtree(link.resolve(), ignore_errors=True)


@pytest.fixture(scope="session")
async def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The owner's DSN of a database server of this run's own, started when first asked for."""
    async with await start_postgres(tmp_path_factory.mktemp("postgres"), lambda _: None) as postgres:
        yield postgres.dsn
