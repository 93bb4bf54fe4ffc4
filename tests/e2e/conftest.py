"""Provides what tests of the whole product share: one all-in-one process, started as `make run` starts it."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator

import pytest

from tests.faults.processes import environment, start_anew


@pytest.fixture(scope="session")
async def all_in_one(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Runs `voxbus run` on a free port, with defaults, and provides its address. It serves all tests, and is not idle.

    Whoever uses it signs up people of its own, and touches nothing that all people share.
    """
    folder = tmp_path_factory.mktemp("all-in-one")
    settings = environment(folder, data_dir=str(folder / "data"), port="0")
    process = await start_anew(folder / "log.txt", settings, "voxbus", "run")
    try:
        yield await process.ready()
    finally:
        await process.stop(signal.SIGINT)
