"""Provides the database of a test run, and its logs.

This is a plugin of its own: the tests of a service have it where nothing but that service is installed.
"""

from __future__ import annotations

import os

import pytest

from chassis.observe.logs import configure_logs

#: names the database server of a run of `.ci/isolated`; `tests.isolated` starts that server and sets the variable
SERVER_URL = "VOXBUS_TEST_DATABASE_URL"


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """Writes logs as the product does: an error's place and type, never its text."""
    configure_logs("text")


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """Provides the owner's DSN of the database server of this run; the repository's conftest.py starts one instead."""
    url = os.environ.get(SERVER_URL)
    assert url, f"{SERVER_URL} names the server of an isolated run: .ci/isolated sets it"
    return url
