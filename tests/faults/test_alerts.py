"""Makes faults on a running system under a real Prometheus: the named alerts fire, and clear after the repair.

The rules are those in use, with every duration a twentieth: made by the generator, not written for the test.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit, urlunsplit

import aio_pika
import asyncpg
import pytest

from chassis.listener import free_port
from chassis.testing import until
from deploy.observability import make_rules
from tests.faults.client import Client
from tests.faults.processes import Running, environment, start
from tests.observability.installation import Installation, installation
from tests.prometheus import Scrape, needs_prometheus
from voxbus.probe import RECORDING, TEXT

pytestmark = [pytest.mark.in_full, needs_prometheus, pytest.mark.timeout(1500)]
SCALE = 1 / 20
FIRES_WITHIN_S = 150.0
CLEARS_WITHIN_S = 150.0


@dataclass(frozen=True)
class Fired:
    """Says how long after a fault an alert fired, and after its repair cleared, in seconds."""

    alert: str
    fault: str
    fired_s: float
    cleared_s: float | None


@dataclass
class Live:
    """Holds the running system, the probe's process while there is one, and the port of its metrics."""

    made: Installation
    folder: Path
    probe_port: int
    probe: Running | None = None

    async def start_probe(self) -> None:
        """Starts the probe, which makes attempts more often than in use, as the rules' durations are shorter."""
        options = ("--url", self.made.system.address, "--every", "3", "--metrics-port", str(self.probe_port))
        settings = environment(self.folder, data_dir=str(self.folder / "probe"))
        self.probe = await start(self.folder / "probe.log", settings, "voxbus", "probe", *options)


Fault = Callable[[Live], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def no_probe(live: Live) -> AsyncIterator[None]:
    """Begins without a probe, and starts it."""
    yield
    await live.start_probe()


@asynccontextmanager
async def no_backup(live: Live) -> AsyncIterator[None]:
    """Begins without a backup, and takes one."""
    yield
    await live.made.system.command("backup", "--to", str(live.folder / "backups"))


@asynccontextmanager
async def speech_stopped(live: Live) -> AsyncIterator[None]:
    """Stops a service, and starts it again; meanwhile its name does not resolve, as that of a stopped container."""
    await live.made.processes["speech"].stop()
    live.made.prometheus.lose(component="speech")
    yield
    await live.made.serve("speech")
    live.made.prometheus.find_again()


@asynccontextmanager
async def broker_without_memory(live: Live) -> AsyncIterator[None]:
    """Gives the broker less memory than it uses, and then enough."""
    await live.made.broker.control("set_vm_memory_high_watermark", "absolute", "1MB")
    yield
    await live.made.broker.control("set_vm_memory_high_watermark", "0.6")


@asynccontextmanager
async def letter_that_nobody_reads(live: Live) -> AsyncIterator[None]:
    """Sends a message that no handler can decode, and drops it as an operator does."""
    connection = await aio_pika.connect(live.made.system.bus_url)
    async with connection, connection.channel() as channel:
        await channel.default_exchange.publish(aio_pika.Message(b"no message of ours"), "notify.deliver_webhook")
    yield
    rows = await live.made.system.fetch("SELECT id FROM notify.inbox WHERE outcome = 'dead'")
    for row in rows:
        letter = f"notify.deliver_webhook/{row['id']}"
        await live.made.system.command("dead-letters", "drop", letter, "--reason", "a test made it", "--yes")


@asynccontextmanager
async def database_closed(live: Live) -> AsyncIterator[None]:
    """Ends every connection to the database and lets none begin, and lets them again."""
    parts = urlsplit(live.made.system.database_url)
    name = parts.path.removeprefix("/")
    connection = await asyncpg.connect(urlunsplit(parts._replace(path="/postgres")))
    try:
        await connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"
        await connection.execute("SELECT 1")
        await connection.fetch(ended, name)
        yield
        await connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    finally:
        await connection.close()


@asynccontextmanager
async def loop_that_stands(live: Live) -> AsyncIterator[None]:
    """Freezes a process for half of each second, as a computation that does not yield would."""
    content = live.made.processes["content"]

    async def stutter() -> None:
        try:
            while True:
                content.freeze()
                await asyncio.sleep(0.5)
                content.thaw()
                await asyncio.sleep(0.5)
        finally:
            content.thaw()

    async with _meanwhile(stutter()):
        yield


@asynccontextmanager
async def table_locked(live: Live) -> AsyncIterator[None]:
    """Locks a table as a careless migration does, while more people ask for it than there are connections."""
    connection = await asyncpg.connect(live.made.system.database_url)
    try:
        async with Client(live.made.system.address) as client:
            lock = connection.transaction()
            await lock.start()
            await connection.execute("LOCK TABLE gateway.jobs IN ACCESS EXCLUSIVE MODE")

            async def ask() -> None:
                while True:
                    with suppress(Exception):
                        await client.http.get("/jobs", timeout=40)

            async with _meanwhile(*(ask() for _ in range(12))):
                yield
            await lock.rollback()
    finally:
        await connection.close()


@asynccontextmanager
async def job_lost(live: Live) -> AsyncIterator[None]:
    """Loses the command of a job with its queue, as a broker whose disk was replaced; an operator sends it again.

    The service is back when the alert is to fire: a command that has not been heard of is not lost while its queue
    holds others. The probe stands still, since the queue is never seen empty where its attempts come faster than they
    are heard.
    """
    if live.probe is not None:
        live.probe.freeze()
    await live.made.processes["speech"].stop()
    async with Client(live.made.system.address) as client:
        job = await client.submit(RECORDING.read_bytes(), TEXT)

    async def is_published() -> bool:
        rows = await live.made.system.fetch("SELECT FROM gateway.outbox WHERE job_id = $1", job)
        return not rows

    await until(is_published, within=60, what="the publish of the command")
    connection = await aio_pika.connect(live.made.system.bus_url)
    async with connection, connection.channel() as channel:
        await (await channel.get_queue("speech.assess_attempt")).purge()
    silent = (
        "UPDATE gateway.jobs SET heard_at = now() - interval '2 h', ready_at = now() - interval '2 h' WHERE id = $1"
    )
    await live.made.system.fetch(silent, job)
    await live.made.serve("speech")
    yield
    if live.probe is not None:
        live.probe.thaw()
    await live.made.system.command("jobs", "resend", str(job), "--yes")


@asynccontextmanager
async def table_elsewhere(live: Live) -> AsyncIterator[None]:
    """Renames a table that a service needs, and gives it its name back."""
    await live.made.system.fetch("ALTER TABLE speech.assessments RENAME TO assessments_elsewhere")
    yield
    await live.made.system.fetch("ALTER TABLE speech.assessments_elsewhere RENAME TO assessments")


@asynccontextmanager
async def budget_spent(live: Live) -> AsyncIterator[None]:
    """Says that models cost a thousand dollars today, and takes it back."""
    await live.made.system.fetch(
        "INSERT INTO feedback.budgets (day, scope, name, spent)"
        " VALUES ((now() AT TIME ZONE 'UTC')::date, 'installation', 'a test', 1000)"
    )
    yield
    await live.made.system.fetch("DELETE FROM feedback.budgets WHERE name = 'a test'")


@asynccontextmanager
async def _meanwhile(*work: object) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(each) for each in work]  # type: ignore[call-overload]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


#: they are there from the beginning: before them nothing can be silent
FROM_THE_BEGINNING = (no_backup, no_probe)

#: each fault with the alerts it fires, by labels that they must have
FAULTS: Mapping[Fault, Mapping[str, Mapping[str, str]]] = {
    no_backup: {"BackupMissed": {}},
    no_probe: {"SyntheticAttemptFails": {}},
    speech_stopped: {
        "QueueWithoutConsumers": {"queue": "speech.assess_attempt"},
        "ScrapeFails": {"component": "speech"},
        "SyntheticAttemptFails": {},
    },
    broker_without_memory: {"BrokerAlarm": {"alarm": "memory"}, "OutboxStalled": {"service": "gateway"}},
    letter_that_nobody_reads: {"DeadLetters": {"handler": "notify.deliver_webhook"}},
    loop_that_stands: {"EventLoopLag": {}},
    table_locked: {"PoolExhausted": {"service": "gateway", "pool": "routes"}},
    job_lost: {"JobsOrphaned": {}, "LedgerImbalance": {}},
    table_elsewhere: {"DependencyWrong": {"service": "speech", "what": "table speech.assessments"}},
    budget_spent: {"ModelBudgetNearlySpent": {"scope": "installation"}},
    database_closed: {"ConsumerPausedLong": {}},
}


async def test_the_named_alert_fires_and_clears_after_the_repair(tmp_path: Path) -> None:
    rules = []
    for name, text in make_rules.documents(make_rules.whole(SCALE), SCALE).items():
        rules.append(tmp_path / name)
        rules[-1].write_text(text, encoding="utf-8")
    port = free_port()
    seen: list[Fired] = []
    try:
        async with installation(
            rules, every=1.0, more=[Scrape("voxbus", [f"127.0.0.1:{port}"], {"component": "probe"})]
        ) as made:
            live = Live(made, tmp_path, port)
            await _firing(live, "DeadMansSwitch", {})
            for fault, alerts in FAULTS.items():
                seen += await _made_and_repaired(live, fault, alerts)
            seen.append(Fired("DeadMansSwitch", "never clears", 0.0, None))
            await _firing(live, "DeadMansSwitch", {})
            if live.probe is not None:
                await live.probe.kill()
    finally:
        _print(seen)


async def _made_and_repaired(live: Live, fault: Fault, alerts: Mapping[str, Mapping[str, str]]) -> list[Fired]:
    if fault not in FROM_THE_BEGINNING:
        for alert, labels in alerts.items():
            await _silent(live, alert, labels)
    began = monotonic()
    async with fault(live):
        fired = {}
        for alert, labels in alerts.items():
            await _firing(live, alert, labels)
            fired[alert] = monotonic() - began
    repaired = monotonic()
    seen = []
    for alert, labels in alerts.items():
        await _silent(live, alert, labels)
        seen.append(Fired(alert, fault.__name__.replace("_", " "), fired[alert], monotonic() - repaired))
    return seen


async def _silent(live: Live, alert: str, labels: Mapping[str, str]) -> None:
    """Waits until an alert does not fire: before its fault, that it is this fault which fires it."""

    async def silent() -> bool:
        return not await _found(live, alert, labels)

    await until(silent, within=CLEARS_WITHIN_S, what=f"the end of {alert}", every=0.5)


async def _firing(live: Live, alert: str, labels: Mapping[str, str]) -> None:
    await until(partial(_found, live, alert, labels), within=FIRES_WITHIN_S, what=alert, every=0.5)


async def _found(live: Live, alert: str, labels: Mapping[str, str]) -> Collection[object]:
    matchers = ",".join(f'{name}="{value}"' for name, value in {"alertname": alert, **labels}.items())
    return await live.made.prometheus.query(f'ALERTS{{{matchers},alertstate="firing"}}')


def _print(seen: Collection[Fired]) -> None:
    width = max((len(each.alert) for each in seen), default=0)
    for each in seen:
        cleared = "" if each.cleared_s is None else f"cleared after {each.cleared_s:5.1f} s"
        print(f"{each.alert:{width}}  {each.fault:26}  fired after {each.fired_s:5.1f} s  {cleared}")
