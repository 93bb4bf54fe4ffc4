"""Tests the embedded Postgres, really started: as root with its own system user, else as ourselves."""

import asyncio
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.errors import SettingsError
from chassis.testing import until
from voxbus.local.postgres import start_postgres
from voxbus.local.reach import reach_postgres


@pytest.fixture
async def data_dir(tmp_path: Path) -> AsyncIterator[Path]:
    folder = tmp_path / "data"
    yield folder
    shutil.rmtree((folder / "postgres").resolve())  # as root it lies elsewhere, since tmp_path is closed to others


def servers(home: Path) -> list[Path]:
    """Lists all servers that were started for the cluster in `home`."""
    return [path.parent for path in Path("/proc").glob("[0-9]*/cmdline") if str(home / "cluster") in command(path)]


def command(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""  # ended meanwhile


def modes(path: Path) -> dict[Path, int]:
    return {parent: parent.stat().st_mode for parent in path.parents}


async def fetch(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_start_query_stop_and_nothing_is_left(data_dir: Path) -> None:
    closed, python = modes(data_dir), modes(Path(asyncpg.__file__))
    notes: list[str] = []
    async with await start_postgres(data_dir, notes.append) as postgres:
        shown = "select string_agg(current_setting(name), ' ' order by name) from unnest(array[{}]) name"
        names = "'fsync', 'full_page_writes', 'jit', 'timezone', 'server_encoding', 'listen_addresses'"
        assert await fetch(postgres.dsn, shown.format(names)) == "on on off  UTF8 UTC"
        assert_private(Path(str(await fetch(postgres.dsn, "show unix_socket_directories"))))
        engine = create_async_engine(postgres.dsn.replace("postgresql:", "postgresql+asyncpg:", 1))
        async with engine.connect() as connection:
            assert (await connection.execute(text("select upper('é')"))).scalar_one() == "É"
        await engine.dispose()
        assert servers(postgres.home) == [Path("/proc") / str(postgres.pid)]
        assert os.getsid(postgres.pid) == postgres.pid, "Ctrl-C in the terminal must not reach it"
    assert servers(postgres.home) == []
    assert "Creating the database." in notes
    assert (modes(data_dir), modes(Path(asyncpg.__file__))) == (closed, python)


def assert_private(socket: Path) -> None:
    """Checks that only the server's user, who is not root, and root may open the folder, and that its path is short."""
    status = socket.stat()
    assert stat.S_IMODE(status.st_mode) == 0o700
    assert status.st_uid == (os.geteuid() or pwd.getpwnam("voxbus-postgres").pw_uid)
    assert len(str(socket / ".s.PGSQL.5432")) < 100


async def test_a_second_start_is_refused_and_says_who_holds_the_directory(data_dir: Path) -> None:
    async with await start_postgres(data_dir, print) as postgres:
        with pytest.raises(SettingsError, match=f"{data_dir} is in use by process {os.getpid()}: stop"):
            await start_postgres(data_dir, print)
        assert await fetch(postgres.dsn, "select 1") == 1


async def test_a_running_database_can_be_reached_from_another_process(data_dir: Path) -> None:
    async with await start_postgres(data_dir, print) as postgres:
        async with reach_postgres(data_dir, print) as dsn:
            assert dsn == postgres.dsn
        assert await fetch(postgres.dsn, "select 1") == 1  # it is still its owner's
    async with reach_postgres(data_dir, print) as dsn:
        assert await fetch(dsn, "select 1") == 1
    assert servers((data_dir / "postgres").resolve()) == []


async def test_a_command_waits_for_a_database_that_another_process_is_just_starting(data_dir: Path) -> None:
    async with await start_postgres(data_dir, print) as postgres:
        lock = postgres.home / "lock"
    lock.write_text("")  # who starts the database next writes its process id here

    async def is_locked() -> bool:
        return lock.read_text() != ""

    starting = asyncio.create_task(start_postgres(data_dir, print))
    await until(is_locked, every=0.001)
    async with reach_postgres(data_dir, print) as dsn:
        assert await fetch(dsn, "select 1") == 1
    await (await starting).stop()


async def test_a_killed_owner_loses_nothing_and_the_next_start_takes_over(data_dir: Path) -> None:
    owner = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED_OWNER, str(data_dir))
    assert await owner.wait() == -signal.SIGKILL
    home = (data_dir / "postgres").resolve()
    assert servers(home), "the server outlives its owner"
    notes: list[str] = []
    async with await start_postgres(data_dir, notes.append) as postgres:
        assert await fetch(postgres.dsn, "select count(*) from kept") == 1
    assert "Stopping the Postgres server that a killed run has left." in notes
    assert servers(home) == []


async def test_a_killed_server_and_a_reused_process_id_do_not_stop_the_next_start(data_dir: Path) -> None:
    postgres = await start_postgres(data_dir, print)
    os.kill(postgres.pid, signal.SIGKILL)
    await postgres.stop()
    pid_file = postgres.home / "cluster" / "postmaster.pid"
    assert pid_file.exists()
    rest = pid_file.read_text().split("\n", 1)[1]
    stranger = await asyncio.create_subprocess_exec("sleep", "60")
    pid_file.write_text(f"{stranger.pid}\n{rest}")
    async with await start_postgres(data_dir, print) as again:
        assert await fetch(again.dsn, "select 1") == 1
    assert stranger.returncode is None
    stranger.kill()
    await stranger.wait()


async def test_a_server_that_dies_is_started_again(data_dir: Path) -> None:
    notes: list[str] = []
    async with await start_postgres(data_dir, notes.append) as postgres:
        connection = await asyncpg.connect(postgres.dsn)
        await connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        guarding = asyncio.create_task(postgres.guard(notes.append))
        os.kill(postgres.pid, signal.SIGKILL)

        async def answers() -> bool:
            try:
                again = await asyncpg.connect(postgres.dsn)
            except (OSError, asyncpg.PostgresError):
                return False
            one = await again.fetchval("SELECT one FROM kept")
            await again.close()
            return bool(one == 1)

        await until(answers, what="the database")
        connection.terminate()
        guarding.cancel()
    assert notes[-1] == "The Postgres server has died: starting it again."


async def test_a_cancelled_start_leaves_no_server(data_dir: Path) -> None:
    creating = asyncio.Event()
    starting = asyncio.create_task(start_postgres(data_dir, lambda _: creating.set()))
    await creating.wait()
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert servers((data_dir / "postgres").resolve()) == []


def test_an_owner_that_ends_without_stop_leaves_no_server(tmp_path: Path) -> None:
    code = KILLED_OWNER.replace("os.kill(os.getpid(), signal.SIGKILL)", "sys.exit(3)")
    owner = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, stderr=subprocess.PIPE)
    home = (tmp_path / "postgres").resolve()
    try:
        assert owner.returncode == 3, owner.stderr.decode()
        assert servers(home) == []
    finally:
        shutil.rmtree(home)


KILLED_OWNER = """
import asyncio, os, pathlib, signal, sys
import asyncpg
from voxbus.local.postgres import start_postgres

async def main():
    postgres = await start_postgres(pathlib.Path(sys.argv[1]), lambda text: None)
    connection = await asyncpg.connect(postgres.dsn)
    await connection.execute("create table kept as select 1 as row")
    await connection.execute("begin; insert into kept values (2)")
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""
