"""Runs a command with a new Postgres server at `VOXBUS_TEST_DATABASE_URL`: `python -m tests.isolated COMMAND…`.

The environments of single services hold no database server, so one of the whole repository serves all of them.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests.database import SERVER_URL
from tests.memory import folder_in_memory
from voxbus.local.postgres import start_postgres


async def run(folder: Path, *command: str) -> int:
    """Runs the command while a server works in the folder, and returns its exit code."""
    async with await start_postgres(folder, lambda _: None, connections=300) as postgres:
        process = await asyncio.create_subprocess_exec(*command, env=os.environ | {SERVER_URL: postgres.dsn})
        code = await process.wait()
    if not postgres.home.is_relative_to(folder):  # as root
        shutil.rmtree(postgres.home)
    return code


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name, folder_in_memory(otherwise=Path(name)) as place:
        sys.exit(asyncio.run(run(place, *sys.argv[1:])))
