"""Runs `voxbus run` in a folder of its own, so that it can be killed and started again on the same data."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.faults.processes import Running, environment, start
from voxbus.local.postgres import start_postgres


@asynccontextmanager
async def all_in_one(folder: Path, name: str, **settings: str) -> AsyncIterator[Running]:
    """Runs it with defaults, and with `settings` by name."""
    given = environment(folder, data_dir=str(folder / "data"), port="0", **settings)
    process = await start(folder / f"{name}.log", given, "voxbus", "run")
    try:
        yield process
    finally:
        await process.kill()


@pytest.fixture
async def run_folder(tmp_path: Path) -> AsyncIterator[Path]:
    """Provides the folder of the run. A killed run's database goes on until the next start: so there is one more."""
    yield tmp_path
    async with await start_postgres(tmp_path / "data", lambda _: None) as postgres:
        home = postgres.home
    shutil.rmtree(home)  # as root it lies outside of the test's folder
