"""Provides the database of a test run, its logs, its spans, its limits on requests and the cost of its passwords.

This is a plugin of its own: the tests of a service have it where nothing but that service is installed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis.observe.logs import configure_logs
from chassis.observe.traces import configure_traces

#: names the database server of a run of `.ci/isolated`; `tests.isolated` starts that server and sets the variable
SERVER_URL = "VOXBUS_TEST_DATABASE_URL"


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """Writes logs as the product does: an error's place and type, never its text."""
    configure_logs("text")


@pytest.fixture(scope="session", autouse=True)
def requests_are_not_limited() -> Iterator[None]:
    """Turns limits on requests off, as one address stands for all, and makes hashes and the start of speech cheap."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("VOXBUS_RATE_LIMITS", "off")
        environment.setenv("VOXBUS_HASH_COST", "least")
        environment.setenv("VOXBUS_SPEECH_WARM", "1")
        yield


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """Provides the owner's DSN of the database server of this run; the repository's conftest.py starts one instead."""
    url = os.environ.get(SERVER_URL)
    assert url, f"{SERVER_URL} names the server of an isolated run: .ci/isolated sets it"
    return url


@pytest.fixture
def exported() -> Iterator[InMemorySpanExporter]:
    """Collects the spans that are exported from now on."""
    exporter = InMemorySpanExporter()
    configure_traces("test", None, processor=SimpleSpanProcessor(exporter))
    yield exporter
    configure_traces("test", None)
