"""Runs `make bench`: the product beside the same work written by hand, interleaved in one run."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, TypeVar

import aio_pika
import uvloop

from bench import accepts, jobs, pooled, requests, slow, streams
from bench.place import BASELINES, Place, place
from bench.plan import Plan
from bench.report import ACCEPTS, Report
from bench.rows import fill
from tests.pgbouncer import PROGRAM as PGBOUNCER
from voxbus.local.postgres import start_postgres
from voxbus.local.rabbitmq import start_node

LATEST = Path(__file__).with_name("latest.json")
NotifyOperator = Callable[[str], None]
T = TypeVar("T")


async def bench(bench_place: Place, rounds: int, plan: Plan, notify_operator: NotifyOperator) -> Report:
    """Measures every side once in each round; the order changes, so that no side always comes first."""
    report = Report(await _conditions(bench_place, rounds, plan))
    workers = [jobs.CHASSIS, *BASELINES]
    for number in range(rounds):
        for side in _turned(workers, number):
            figures = await jobs.measure(bench_place, side, plan)
            report.add(side, figures.values, figures.latencies)
            notify_operator(f"round {number + 1}: {side}: " + _shown(figures.values))
        await accepted(bench_place, number, plan, report, notify_operator)
    for side in workers:
        values = await jobs.count(bench_place, side, plan)
        report.add(side, values)
        notify_operator(f"counted: {side}: " + _shown(values))
    return report


async def accepted(
    bench_place: Place, number: int, plan: Plan, report: Report, notify_operator: NotifyOperator
) -> None:
    """Measures one round of all sides that accept."""
    for side in _turned(list(accepts.TABLES), number):
        values = await accepts.measure(bench_place, side, plan)
        report.add(side, values)
        notify_operator(f"round {number + 1}: {side}: " + _shown(values))


def _turned(sides: list[T], by: int) -> list[T]:
    by %= len(sides)
    return sides[by:] + sides[:by]


def _shown(values: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in values.items())


async def _conditions(bench_place: Place, rounds: int, plan: Plan) -> dict[str, Any]:
    connection = await aio_pika.connect(bench_place.amqp_url)
    broker = getattr(getattr(connection.transport, "connection", None), "server_properties", {})
    await connection.close()
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load_at_start": os.getloadavg()[0],
        "python": platform.python_version(),
        "postgres": await bench_place.admin.fetchval("SHOW server_version"),
        "synchronous_commit": await bench_place.admin.fetchval("SHOW synchronous_commit"),
        "rabbitmq": str(broker.get("version", "unknown")),
        "rounds": rounds,
        "plan": vars(plan),
    }


async def grown(
    few: Place, many: Place, rounds: int, plan: Plan, report: Report, notify_operator: NotifyOperator
) -> None:
    """Measures the product alone, in turns beside few old rows and beside many."""
    places = {plan.rows_few: few, plan.rows_many: many}
    for rows, bench_place in places.items():
        await fill(bench_place, rows)
    for number in range(rounds):
        for rows in _turned(list(places), number):
            figures = await jobs.measure(places[rows], jobs.CHASSIS, plan)
            accepted = await accepts.measure(places[rows], "accept_side", plan)
            side = f"beside {rows} rows"
            report.add(side, figures.values | accepted, figures.latencies)
            notify_operator(f"round {number + 1}: {side}: " + _shown(figures.values | accepted))
    pair = f"beside {plan.rows_many} rows", f"beside {plan.rows_few} rows"
    report.compared += [(figure, *pair) for figure in ("drain", "live", "slow", "accepts", "latency_p50")]


async def fanned_out(
    bench_place: Place, rounds: int, plan: Plan, report: Report, notify_operator: NotifyOperator
) -> None:
    """Measures few streams and many, in turns; it comes last, since the recorder's queue takes events from now on."""
    for number in range(rounds):
        for clients in _turned([plan.few, plan.many], number):
            values, latencies = await streams.measure(bench_place, clients, plan)
            report.add(f"{clients} streams", values, latencies)
            notify_operator(f"round {number + 1}: {clients} streams: " + _shown(values))
    pair = f"{plan.many} streams", f"{plan.few} streams"
    report.compared += [(figure, *pair) for figure in ("latency_p50", "latency_p99")]


async def served(bench_place: Place, rounds: int, plan: Plan, report: Report, notify_operator: NotifyOperator) -> None:
    """Measures requests that owners serve, in turns. Needs `declare` of `requests`."""
    for number in range(rounds):
        for side in _turned([*requests.READS, *requests.WRITES], number):
            measured = requests.read if side in requests.READS else requests.write
            values = await measured(bench_place, side, plan)
            report.add(side, values)
            notify_operator(f"round {number + 1}: {side}: " + _shown(values))
    for side in requests.WRITES:
        values = await requests.count(bench_place, side, plan)
        report.add(side, values)
        notify_operator(f"counted: {side}: " + _shown(values))
    direct, *forwarded = requests.READS
    report.added += [
        (figure, side, direct)
        for figure in ("read_p50_of_1", "read_p95_of_16", "read_cpu_worker")
        for side in forwarded
    ]
    report.compared += [("reads", side, direct) for side in forwarded]
    counts = ("writes_of_1", "writes_of_16", "writes_at_once", "write_transactions")
    report.compared += [(figure, *requests.WRITES) for figure in counts]


async def attacked(
    bench_place: Place, rounds: int, plan: Plan, report: Report, notify_operator: NotifyOperator
) -> None:
    """Measures requests at a steady rate, in turns alone and beside slow connections. Needs `declare` of `requests`."""
    for number in range(rounds):
        for side in _turned(list(slow.SIDES), number):
            values = await slow.measure(bench_place, side, plan)
            report.add(side, values)
            notify_operator(f"round {number + 1}: {side}: " + _shown(values))
    beside, alone = "beside_slow", "alone"
    report.compared += [(figure, beside, alone) for figure in ("steady_p50", "steady_p95")]


async def pooled_too(
    bench_place: Place, rounds: int, plan: Plan, report: Report, notify_operator: NotifyOperator
) -> None:
    """Measures the same work directly and through PgBouncer, in turns, where it is installed."""
    if shutil.which(PGBOUNCER) is None:
        notify_operator("no row of a pooler: apt-get install pgbouncer")
        return
    async with pooled.addresses(bench_place) as addresses:
        for number in range(rounds):
            for side in _turned(list(pooled.SIDES), number):
                values = await pooled.measure(addresses[side], plan)
                report.add(side, values)
                notify_operator(f"round {number + 1}: {side}: " + _shown(values))
    direct, *others = pooled.SIDES
    report.compared += [(figure, side, direct) for side in others for figure in pooled.FIGURES]


async def main(rounds: int, plan: Plan, rows: Literal["all", "accepts", "requests", "slow", "pooler"] = "all") -> None:
    """Starts a broker and a database for this run, measures, and stops them."""
    notify_operator: NotifyOperator = lambda line: print(line, flush=True)  # noqa: E731
    with TemporaryDirectory(prefix="voxbus-bench-") as folder:
        async with (
            await start_node(Path(folder, "broker"), notify_operator) as node,
            await start_postgres(Path(folder, "database"), notify_operator) as postgres,
            place(node.url, postgres.dsn, {"broker": node.pid, "database": postgres.pid}) as bench_place,
            place(node.url, postgres.dsn, {"broker": node.pid, "database": postgres.pid}) as grown_here,
            place(
                node.url,
                postgres.dsn,
                {"broker": node.pid, "database": postgres.pid},
                requests.SERVICES,
            ) as owners_here,
        ):
            if rows == "all":
                report = await bench(bench_place, rounds, plan, notify_operator)
                await grown(bench_place, grown_here, rounds, plan, report, notify_operator)
                await fanned_out(bench_place, rounds, plan, report, notify_operator)
            else:
                report = Report(await _conditions(bench_place, rounds, plan), compared=[])
            if rows == "accepts":
                report.compared = list(ACCEPTS)
                for number in range(rounds):
                    await accepted(bench_place, number, plan, report, notify_operator)
            elif rows != "pooler":
                await requests.declare(owners_here)
            if rows in ("all", "pooler"):
                await pooled_too(bench_place, rounds, plan, report, notify_operator)
            if rows in ("all", "requests"):
                await served(owners_here, rounds, plan, report, notify_operator)
            if rows in ("all", "slow"):
                await attacked(owners_here, rounds, plan, report, notify_operator)
    for line in report.lines():
        notify_operator(line)
    if rows == "all":
        report.write(LATEST)
        notify_operator(f"written to {LATEST.name}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--rounds", type=int, default=7, help="how often each side has its turn (7)")
    parser.add_argument(
        "--rows", choices=["all", "accepts", "requests", "slow", "pooler"], default="all", help="some only (all)"
    )
    chosen = parser.parse_args()
    if chosen.rounds < 1:
        parser.error("--rounds must be 1 or more")
    uvloop.run(main(chosen.rounds, Plan(), chosen.rows))
