"""Rolls from the release before to this one and back under load, as processes behind nginx: `make rolling-test`.

No job may fail, no event of a stream may be missing or come twice, and no answer may be a 5xx but a 503 that says when
to come again. Speech is the stand-in without models, of either release.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from httpx2 import TransportError

from chassis.observe.logs import configure_logs
from chassis.testing import until
from tests.brokers import start_broker
from tests.faults.client import Client
from tests.faults.invariants import Report, check, read_books
from tests.faults.load import TEXT
from tests.faults.processes import ROOT
from tests.rolling.answers import Answers
from tests.rolling.fleet import ORDER, Fleet
from tests.rolling.releases import PREVIOUS, Release, unpacked
from voxbus.local.postgres import start_postgres

CLIENTS = 4
#: seconds between two attempts of a client, and between two reads
ATTEMPTS_EVERY_S, READS_EVERY_S = 1.5, 0.3
#: seconds of load before, between and after
LOAD_S = 5.0
#: and for the end of each attempt and of all work, on a machine with other work
SETTLES_WITHIN_S = 600.0
READS = ("/twisters?limit=5", "/notifications?limit=5", "/me", "/attempts?limit=5", "/jobs?limit=5")


def say(text: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


async def practise(client: Client, recording: bytes, stop: asyncio.Event, jobs: list[asyncio.Task[object]]) -> None:
    """Sends one attempt after the other until it is to stop; each is followed to its end."""
    while not stop.is_set():
        job = await client.submit(recording, TEXT)
        jobs.append(asyncio.create_task(client.follow(job, within=SETTLES_WITHIN_S)))
        await asyncio.sleep(ATTEMPTS_EVERY_S)


async def look(client: Client, stop: asyncio.Event, answers: Answers) -> None:
    """Reads what each service has, again and again."""
    turn = 0
    while not stop.is_set():
        try:
            answer = await client.http.get(READS[turn % len(READS)])
            if answer.status_code not in (200, 503):
                answers.refused.append(f"{answer.status_code} to GET {answer.request.url.path}")
        except TransportError as error:
            answers.refused.append(f"{type(error).__name__} at GET {READS[turn % len(READS)]}")
        turn += 1
        await asyncio.sleep(READS_EVERY_S)


@asynccontextmanager
async def servers(folder: Path) -> AsyncIterator[tuple[str, str]]:
    """Provides the addresses of an empty database and an empty virtual host."""
    broker = await start_broker(folder / "broker", say)
    try:
        async with await start_postgres(folder / "postgres", say) as postgres:
            admin = await asyncpg.connect(postgres.dsn)
            await admin.execute("CREATE DATABASE rolling")
            await admin.close()
            url = urlunsplit(urlsplit(postgres.dsn)._replace(path="/rolling"))
            yield url, await broker.virtual_host()
            home = postgres.home
        shutil.rmtree(home, ignore_errors=True)  # as root it lies elsewhere
    finally:
        await broker.stop()


async def roll(folder: Path, before: Release, now: Release) -> tuple[Answers, Report]:
    """Rolls there and back under load; returns what clients met, and what the checker says at the end."""
    answers = Answers()
    async with servers(folder) as (database_url, bus_url):
        fleet = Fleet(folder / "run", database_url, bus_url, say)
        try:
            for arguments in (("migrate",), ("topology", "apply")):
                await fleet.command(before, *arguments)
            await asyncio.gather(*(fleet.start(name, before) for name in ORDER if not name.startswith("gateway")))
            await asyncio.gather(*(fleet.start(name, before) for name in ORDER if name.startswith("gateway")))
            async with fleet.nginx():
                say(f"{before.name} runs")
                reports = await _under_load(fleet, database_url, before, now, answers)
        finally:
            await fleet.kill_all()
    return answers, reports


async def _under_load(fleet: Fleet, database_url: str, before: Release, now: Release, answers: Answers) -> Report:
    recording = (ROOT / "samples" / "she-sells.webm").read_bytes()
    stop, jobs = asyncio.Event(), list[asyncio.Task[object]]()
    clients = [Client(f"http://127.0.0.1:{fleet.port}", timeout=SETTLES_WITHIN_S) for _ in range(CLIENTS)]
    for client in clients:
        client.http.event_hooks["response"].append(answers.note)
        await client.sign_up({"birth_date": "1990-01-01"})
    load = [asyncio.create_task(practise(client, recording, stop, jobs)) for client in clients]
    load += [asyncio.create_task(look(client, stop, answers)) for client in clients]
    try:
        await asyncio.sleep(LOAD_S)
        for arguments in (("migrate",), ("topology", "apply")):
            await fleet.command(now, *arguments)
        for order, release in ((ORDER, now), (ORDER[::-1], before)):
            for name in order:
                await fleet.replace(name, release)
            await asyncio.sleep(LOAD_S)
            say(f"all are {release.name}: {len(jobs)} attempts accepted so far")
        stop.set()
        await asyncio.gather(*load)
        await asyncio.gather(*jobs)
        observed = clients[0].observed
        for client in clients[1:]:
            observed.jobs |= client.observed.jobs
            observed.streams |= client.observed.streams

        async def settled() -> bool:
            return not (await read_books(database_url, fleet.folder / "media")).on_its_way(observed.jobs)

        await until(settled, within=SETTLES_WITHIN_S, every=1.0, what="the end of all work")
        return check(await read_books(database_url, fleet.folder / "media"), observed, dead={})
    finally:
        for task in (*load, *jobs):
            task.cancel()
        await asyncio.gather(*load, *jobs, return_exceptions=True)
        await asyncio.gather(*(client.http.aclose() for client in clients))


async def main(commit: str, minutes: float, kept: Path | None) -> int:
    """Returns 0 if nothing was lost, repeated or refused."""
    scratch = Path(tempfile.mkdtemp(prefix="rolling-")) if kept is None else kept
    (scratch / "run").mkdir(parents=True, mode=0o755)
    scratch.chmod(0o755)
    began = time.monotonic()
    try:
        before, now = await unpacked(commit, scratch / "tree"), Release("this")
        for release in (before, now):
            await release.check(scratch / f"{release.name}.log")
        async with asyncio.timeout(minutes * 60):
            answers, report = await roll(scratch, before, now)
    finally:
        if kept is None:
            shutil.rmtree(scratch, ignore_errors=True)
    say(f"{report.jobs} attempts from {before.name} to this release and back in {time.monotonic() - began:.0f} s")
    say(f"answers by status: {dict(sorted(answers.statuses.items()))}")
    for what, found in (
        ("lost", report.lost),
        ("done twice", report.duplicated),
        ("unexpected", report.unexpected),
        ("refused", answers.refused),
    ):
        say(f"{what}: {len(found)}" + "".join(f"\n  {each}" for each in found[:20]))
    return 0 if report.clean and not answers.refused else 1


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--previous", default=PREVIOUS, help="the commit of the release before")
    parser.add_argument("--minutes", type=float, default=40.0, help="after which it gives up")
    parser.add_argument("--keep", type=Path, help="a new folder for the logs, which stay")
    return parser.parse_args(given)


if __name__ == "__main__":
    options = arguments()
    configure_logs("text")
    sys.exit(asyncio.run(main(options.previous, options.minutes, options.keep)))
