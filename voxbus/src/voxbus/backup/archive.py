"""Writes and reads archives of the database, in Postgres's custom format, with its own programs."""

from __future__ import annotations

import asyncio
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from chassis.errors import VoxbusError
from chassis.storage.place import CHUNK
from voxbus.backup.errors import BackupDamaged
from voxbus.backup.programs import Programs, libpq

#: how long a dump waits for a table that an erasure's vacuum holds
_LOCK_WITHIN = "10min"
#: lines of a program's complaint that the operator is told
_LINES = 3
#: what migrations make before anything is restored; schemas and their rights
_PREPARED = (" SCHEMA - ", " ACL - SCHEMA ", " COMMENT - SCHEMA ")


async def dumped(programs: Programs, url: str, snapshot: str, schemas: Sequence[str]) -> AsyncIterator[bytes]:
    """Yields an archive of schemas as a snapshot of another session sees them. Raises `VoxbusError` when it fails."""
    dsn, environment = libpq(url)
    process = await asyncio.create_subprocess_exec(
        programs.folder / "pg_dump",
        "--format=custom",
        f"--snapshot={snapshot}",
        f"--lock-wait-timeout={_LOCK_WITHIN}",
        *(f"--schema={schema}" for schema in schemas),
        f"--dbname={dsn}",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        env=environment,
    )
    assert process.stdout is not None and process.stderr is not None
    said = asyncio.create_task(process.stderr.read())
    try:
        while piece := await process.stdout.read(CHUNK):
            yield piece
        if await process.wait():
            raise VoxbusError(f"pg_dump failed: {_last(await said)}")
    finally:
        await _end(process)
        await asyncio.gather(said, return_exceptions=True)


async def contents(programs: Programs, archive: Path) -> list[str]:
    """Returns the lines of an archive's list. Raises `BackupDamaged` when it has none."""
    process = await asyncio.create_subprocess_exec(
        programs.folder / "pg_restore", "--list", archive, stdout=PIPE, stderr=PIPE, env=_plain()
    )
    try:
        output, said = await process.communicate()
    finally:
        await _end(process)
    if process.returncode:
        raise BackupDamaged(f"The dump of the database cannot be read: {_last(said)}")
    return [line for line in output.decode().splitlines() if line and not line.startswith(";")]


async def restore(programs: Programs, url: str, archive: Path) -> None:
    """Restores an archive into a database whose schemas are there and empty: all of it or nothing."""
    wanted = [line for line in await contents(programs, archive) if not any(each in line for each in _PREPARED)]
    dsn, environment = libpq(url)
    with tempfile.NamedTemporaryFile("w", prefix="voxbus-", suffix=".list") as listed:
        listed.write("\n".join(wanted) + "\n")
        listed.flush()
        process = await asyncio.create_subprocess_exec(
            programs.folder / "pg_restore",
            "--exit-on-error",
            "--single-transaction",
            f"--use-list={listed.name}",
            f"--dbname={dsn}",
            archive,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=PIPE,
            env=environment,
        )
        try:
            _, said = await process.communicate()
        finally:
            await _end(process)
    if process.returncode:
        raise VoxbusError(f"pg_restore failed, and the database holds nothing of it: {_last(said)}")


def _plain() -> Mapping[str, str]:
    return libpq("postgresql:///")[1]


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


def _last(said: bytes) -> str:
    """Returns the end of a complaint, without the lines in which the server may quote a row."""
    lines = [line for line in said.decode(errors="replace").splitlines() if not line.startswith(("DETAIL", "CONTEXT"))]
    return " | ".join(lines[-_LINES:]) or "it said nothing"
