"""Runs Debian's Prometheus on loopback, with scrapes and rules of a test; `needs_prometheus` marks what needs it.

It is no dependency of the project: `apt-get install prometheus` installs it. A test that skips for lack of it has shown
nothing, and says so.
"""

from __future__ import annotations

import asyncio
import json
import math
import shutil
import signal
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from httpx2 import AsyncClient, TransportError

from chassis.listener import free_port
from chassis.parent_death import bound

PROGRAM, PROMTOOL = shutil.which("prometheus"), shutil.which("promtool")
MISSING = "NOT RUN: Prometheus is not installed (apt-get install prometheus)"
_FOUND = ".found.json"
_UP_WITHIN_S = 60.0
_END_WITHIN_S = 30.0

needs_prometheus = pytest.mark.skipif(PROGRAM is None, reason=MISSING)
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason=MISSING)

#: the labels of a series and its value
Sample = tuple[dict[str, str], float]
#: the labels of a series and its points: Unix time in seconds, value
Series = tuple[dict[str, str], list[tuple[float, float]]]


class QueryError(Exception):
    """Represents what Prometheus says of an expression that it cannot parse or run."""


@dataclass(frozen=True)
class Scrape:
    """Represents targets of a job, as `host:port`, and labels that all their series get. A job may have several."""

    job: str
    targets: Sequence[str]
    labels: Mapping[str, str] = field(default_factory=dict)
    path: str = "/metrics"
    asks: Mapping[str, Sequence[str]] = field(default_factory=dict)  # the query of the scrape


class Prometheus:
    """Represents a running server: `url`, and what its API answers."""

    def __init__(self, url: str, http: AsyncClient, pid: int, scrapes: Collection[Scrape], folder: Path) -> None:
        self.url, self.pid = url, pid
        self._expected = sum(len(each.targets) for each in scrapes)
        self._http = http
        self._scrapes, self._folder = scrapes, folder

    def lose(self, **labels: str) -> None:
        """Takes the targets with such labels out of what is found, as names do that no longer resolve."""
        _found(self._folder, [each for each in self._scrapes if not labels.items() <= dict(each.labels).items()])

    def find_again(self) -> None:
        """Has every target found again."""
        _found(self._folder, self._scrapes)

    async def query(self, expression: str, at: float | None = None) -> list[Sample]:
        """Returns each series that an expression has now, or at a Unix time. Raises QueryError.

        A number without a series has no labels.
        """
        found = await self._ask("query", {"query": expression} | ({} if at is None else {"time": at}))
        if found["resultType"] in ("scalar", "string"):
            return [({}, float(found["result"][1]))]
        return [(each["metric"], float(each["value"][1])) for each in found["result"]]

    async def query_range(self, expression: str, start: float, end: float, step: float) -> list[Series]:
        """Returns each series of an expression between two Unix times, each `step` seconds. Raises QueryError."""
        asked = {"query": expression, "start": start, "end": end, "step": step}
        found = await self._ask("query_range", asked)
        return [(each["metric"], [(at, float(value)) for at, value in each["values"]]) for each in found["result"]]

    async def alerts(self) -> list[dict[str, Any]]:
        """Returns the alerts that are pending or firing: `labels`, `annotations`, `state`, `activeAt`, `value`."""
        return list((await self._ask("alerts", {}))["alerts"])

    async def rules(self) -> list[dict[str, Any]]:
        """Returns every rule of every group: `name`, `query`, `type`, `health`, `lastError` where it failed."""
        return [rule for group in (await self._ask("rules", {}))["groups"] for rule in group["rules"]]

    async def targets(self) -> list[dict[str, Any]]:
        """Returns the targets: `labels`, `health` (unknown, up, down), `lastError`, `lastScrape`."""
        return list((await self._ask("targets", {}))["activeTargets"])

    async def scraped(self, within: float = 60.0) -> None:
        """Waits until all targets have been scraped. Raises AssertionError with those that are not up by then."""
        end = asyncio.get_running_loop().time() + within
        while len(await self.query("up == 1")) < self._expected:
            wrong = {each["scrapeUrl"]: each["lastError"] for each in await self.targets() if each["health"] != "up"}
            assert asyncio.get_running_loop().time() < end, f"not scraped within {within} s: {wrong}"
            await asyncio.sleep(0.1)

    async def _ask(self, path: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        # an expression may be longer than an address; what takes none is not asked by POST
        found = await self._http.request("POST" if asked else "GET", f"/api/v1/{path}", data=dict(asked) or None)
        answer = found.json()
        if answer["status"] != "success":
            raise QueryError(f"{answer['errorType']}: {answer['error']}")
        data: dict[str, Any] = answer["data"]
        return data


def finite(samples: Iterable[Sample]) -> list[Sample]:
    """Returns the samples that a panel would show: a ratio of nothing is NaN, which is no value."""
    return [each for each in samples if math.isfinite(each[1])]


@asynccontextmanager
async def prometheus(
    scrapes: Collection[Scrape], rules: Iterable[Path] = (), every: float = 1.0
) -> AsyncIterator[Prometheus]:
    """Runs a server that scrapes, and evaluates rules, each `every` seconds, until the end; its data are then gone.

    Raises RuntimeError where it does not start, with its log: a rule file it cannot read is the usual reason.
    """
    assert PROGRAM is not None, MISSING
    port = free_port()
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "prometheus.yml").write_text(_configuration(scrapes, rules, every))
        _found(folder, scrapes)
        with (folder / "log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *bound(PROGRAM, *_arguments(folder, port)), stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            url = f"http://127.0.0.1:{port}"
            async with AsyncClient(base_url=url, timeout=60, trust_env=False) as http:
                await _ready(http, process, folder / "log")
                yield Prometheus(url, http, process.pid, scrapes, folder)
        finally:
            await _end(process)


def _configuration(scrapes: Iterable[Scrape], rules: Iterable[Path], every: float) -> str:
    interval = f"{round(every * 1000)}ms"
    return yaml.safe_dump(
        {
            "global": {"scrape_interval": interval, "scrape_timeout": interval, "evaluation_interval": interval},
            "rule_files": [str(each.resolve()) for each in rules],
            "scrape_configs": _jobs(scrapes),
        }
    )


def _jobs(scrapes: Iterable[Scrape]) -> list[dict[str, Any]]:
    jobs: dict[str, dict[str, Any]] = {}
    for each in scrapes:
        made = jobs.setdefault(each.job, {"job_name": each.job, "metrics_path": each.path, "params": {}})
        made["params"] = {name: list(values) for name, values in each.asks.items()}
        made["file_sd_configs"] = [{"files": [f"{each.job}{_FOUND}"], "refresh_interval": "1s"}]
    return list(jobs.values())


def _found(folder: Path, scrapes: Iterable[Scrape]) -> None:
    """Writes what is found of each job, whose targets may so vanish while the server runs; a job keeps its file."""
    groups: dict[str, list[object]] = {path.name.removesuffix(_FOUND): [] for path in folder.glob(f"*{_FOUND}")}
    for each in scrapes:
        groups.setdefault(each.job, []).append({"targets": list(each.targets), "labels": dict(each.labels)})
    for job, found in groups.items():
        new = folder / f"{job}.new"
        new.write_text(json.dumps(found), encoding="utf-8")
        new.replace(folder / f"{job}{_FOUND}")


def _arguments(folder: Path, port: int) -> list[str]:
    return [
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--enable-feature=exemplar-storage",
        "--log.level=warn",
    ]


async def _ready(http: AsyncClient, process: asyncio.subprocess.Process, log: Path) -> None:
    async with asyncio.timeout(_UP_WITHIN_S):
        while True:
            if process.returncode is not None:
                raise RuntimeError(f"Prometheus has not started: {log.read_text()}")  # noqa: ASYNC240 - a few lines
            if await _is_ready(http):
                return
            await asyncio.sleep(0.05)


async def _is_ready(http: AsyncClient) -> bool:
    try:
        return (await http.get("/-/ready")).status_code == 200
    except TransportError:
        return False


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), _END_WITHIN_S)
    except TimeoutError:
        process.kill()
        await process.wait()
