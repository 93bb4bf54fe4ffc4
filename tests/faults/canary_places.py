"""Counts canary words in every place where a running installation could keep them, and prints what it found."""

from __future__ import annotations

import asyncio
import gzip
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from httpx2 import AsyncClient

from tests.brokers import Broker
from tests.faults.canary_words import FORMS, count, count_below
from tests.faults.system import System
from tests.receiver import Receiver

WAL = "write-ahead log"
#: what a process tells others of itself, by the path at which they take it
OUTSIDE = {"traces": "/v1/traces", "log lines sent": "/v1/logs", "reports of errors": "/api/"}
#: where words are before the erasure: each of these must show some, or the search is blind there
HOLDS_SOME = ("dump of the database", "files of the database", WAL, "mail on disk", "media", "answers to an admin")


@dataclass
class Found:
    """Holds what one search has found: words by place, and the files or answers that have them."""

    places: dict[str, int] = field(default_factory=dict)
    where: dict[str, list[str]] = field(default_factory=dict)

    def add(self, place: str, found: Counter[str]) -> None:
        self.places[place] = found.total()
        self.where[place] = [f"{name}: {number}" for name, number in found.most_common(20)]

    def in_any(self, *, but: Iterable[str] = ()) -> dict[str, list[str]]:
        """Returns the places that have some."""
        return {place: self.where[place] for place, number in self.places.items() if number and place not in but}


@dataclass
class Places:
    """Searches one system: its database and that server's files, its folder, its broker, and what it answers."""

    system: System
    broker: Broker
    collector: Receiver
    #: of processes that serve `/metrics`
    addresses: list[str]

    async def search(self, others: dict[str, AsyncClient]) -> Found:
        """Searches everything. `others`: other people's clients by how they are called, such as `an admin`."""
        found, folder = Found(), self.system.folder
        found.add("dump of the database", _lines(await dump(self.system)))
        cluster, database = await self._checkpoint()
        wal = cluster / "pg_wal"
        found.add("files of the database", await asyncio.to_thread(count_below, cluster / "base" / database))
        found.add("other files of the server", await asyncio.to_thread(_of_cluster, cluster, database))
        found.add(WAL, await asyncio.to_thread(count_below, wal))
        found.add("key store and its journal", _of_files(folder.glob("keys.sqlite*")))
        found.add("what the key store holds", _of_sqlite(folder / "keys.sqlite"))
        held = {form: 1 for form, what in FORMS.items() if await self.broker.holds(what)}
        found.add("files of the broker", Counter(held))
        for place, below in (("media", "media"), ("mail on disk", "mail")):
            found.add(place, count_below(folder / below))
        found.add("erasure ledger", _of_files(folder.glob("erasures.jsonl")))
        named = [folder / each for each in ("media", "mail")]
        rest = [path for path in folder.rglob("*") if path.is_file() and not any(map(path.is_relative_to, named))]
        found.add("the rest of the data directory", _of_files(path for path in rest if path.suffix != ".log"))
        await self._told(found)
        for who, http in others.items():
            found.add(f"answers to {who}", await _answers(http))
        return found

    async def told(self) -> Found:
        """Searches what operators are told: logs, metrics, and what is sent to a collector and a vendor of reports."""
        found = Found()
        await self._told(found)
        return found

    async def _told(self, found: Found) -> None:
        found.add("logs", _of_files(self.system.folder.glob("*.log")))
        for place, path in OUTSIDE.items():
            sent = [_unpacked(each.body) for each in self.collector.requests if each.path.startswith(path)]
            assert sent or place == "reports of errors", f"nothing was sent as {place}"
            found.add(place, _of_contents(sent))
        async with AsyncClient(timeout=30) as anybody:
            pages = [(await anybody.get(f"{address}/metrics")).content for address in self.addresses]
        assert all(b"voxbus_" in page for page in pages)
        found.add("metrics", _of_contents(pages))

    async def _checkpoint(self) -> tuple[Path, str]:
        connection = await asyncpg.connect(self.system.database_url)
        try:
            await connection.execute("CHECKPOINT")
            [[folder, database]] = await connection.fetch(
                "SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname = current_database()"
            )
        finally:
            await connection.close()
        return Path(folder), str(database)


async def dump(system: System) -> bytes:
    """Returns a dump of a system's database, as SQL; bytes stand there as hexadecimal digits."""
    programs = Path(str((await system.fetch("SELECT setting FROM pg_config WHERE name = 'BINDIR'"))[0][0]))
    process = await asyncio.create_subprocess_exec(
        str(programs / "pg_dump"), "--dbname", system.database_url, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return output


async def restore(system: System, sql: bytes) -> None:
    """Restores a dump into a system's database, whose schemas are dropped before."""
    programs = Path(str((await system.fetch("SELECT setting FROM pg_config WHERE name = 'BINDIR'"))[0][0]))
    schemas = [name for [name] in await system.fetch(_OWN_SCHEMAS)]
    await system.execute(*(f'DROP SCHEMA "{name}" CASCADE' for name in schemas))
    process = await asyncio.create_subprocess_exec(
        str(programs / "psql"),
        *("--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--dbname", system.database_url),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
    )
    await process.communicate(sql)
    assert process.returncode == 0


_OWN_SCHEMAS = """
SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('information_schema', 'public')
"""


def copied(folder: Path, to: Path) -> None:
    """Copies a data directory as a backup does: without the ledger of erasures, which lies apart."""
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns("*.log", "erasures.jsonl", "*.sock"), dirs_exist_ok=True)


def table(*searches: tuple[str, Found]) -> list[str]:
    """Returns the lines of a table of places, a column for each search."""
    places = list(dict.fromkeys(place for _, found in searches for place in found.places))
    width = max(map(len, places))
    lines = [f"{'words found in':<{width}}" + "".join(f"{name:>26}" for name, _ in searches)]
    for place in places:
        numbers = [found.places.get(place) for _, found in searches]
        lines.append(f"{place:<{width}}" + "".join(f"{'' if number is None else number:>26}" for number in numbers))
    return lines


def _lines(content: bytes) -> Counter[str]:
    """Counts in a dump by table."""
    found: Counter[str] = Counter()
    name = "?"
    for line in content.splitlines():
        if line.startswith(b"COPY "):
            name = line.split()[1].decode()
        if number := count(line).total():
            found[name] += number
    return found


def _of_cluster(cluster: Path, database: str) -> Counter[str]:
    wal, own = cluster / "pg_wal", cluster / "base" / database
    found = count_below(cluster, without=wal)
    return Counter({name: n for name, n in found.items() if not (cluster / name).is_relative_to(own)})


def _of_files(paths: Iterable[Path]) -> Counter[str]:
    return Counter({path.name: n for path in paths if path.is_file() and (n := count(path.read_bytes()).total())})


def _of_contents(contents: Iterable[bytes]) -> Counter[str]:
    return sum((count(content) for content in contents), Counter())


def _of_sqlite(path: Path) -> Counter[str]:
    with closing(sqlite3.connect(path)) as database:
        return _of_contents(line.encode() for line in database.iterdump())


def _unpacked(body: bytes) -> bytes:
    return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body


async def _answers(http: AsyncClient) -> Counter[str]:
    """Counts in the answers to everything that can be read without an id of somebody's."""
    document = (await http.get("/openapi.json")).json()
    found: Counter[str] = Counter()
    for path, operations in document["paths"].items():
        if "get" in operations and "{" not in path and path != "/auth/twitter/login":
            answer = await http.get(path, params={"limit": 100} if "limit" in str(operations["get"]) else {})
            if number := count(answer.content + str(answer.headers).encode()).total():
                found[path] += number
    return found
