"""Measures what watching costs: throughput with metrics and a tenth of the traces beside that with neither.

`python -m bench.overhead` has both sides in one run, interleaved; the collector is another process. Printed are jobs in
a second and processor milliseconds of the side for each, by round, and the median of the ratios of neighbours in time:
the pace of a shared machine changes by half within minutes, and hardly within seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from bench.accepts import Clients, serves, sign_in
from bench.jobs import CHASSIS
from bench.load import Load
from bench.place import Place, Worker, place
from chassis.listener import free_port
from chassis.parent_death import bound
from voxbus.local.postgres import start_postgres
from voxbus.local.rabbitmq import start_node

#: seconds of one window of accepts, windows of a round and side, and jobs of one backlog
_WINDOW_S, _WINDOWS, _FAST, _SLOW = 1.0, 8, 6_000, 600
_SIDES = ("unwatched", "watched")

Figures = dict[tuple[str, str], list[tuple[float, float]]]


async def _accepts(bench_place: Place, sides: dict[str, tuple[int, Worker]], order: list[str], found: Figures) -> None:
    tokens = await sign_in(bench_place)
    for side in order:
        port, worker = sides[side]
        clients, stop = Clients(port, tokens), asyncio.Event()
        asking = asyncio.create_task(clients.run(stop))
        await asyncio.sleep(0.3)
        answered, begin, cpu = clients.answered, time.perf_counter(), worker.cpu()
        await asyncio.sleep(_WINDOW_S)
        answered, seconds = clients.answered - answered, time.perf_counter() - begin
        found["accept", side].append((answered / seconds, 1000 * (worker.cpu() - cpu) / answered))
        stop.set()
        await asking


async def _jobs(bench_place: Place, collector: str, order: list[str], found: Figures) -> None:
    for side in order:
        await bench_place.clear()
        load = Load(bench_place, CHASSIS)
        async with bench_place.worker(
            "overhead_side", "jobs", "0", collector if side == "watched" else "off"
        ) as worker:
            for name, count, slow in (("fast jobs", _FAST, False), ("slow jobs", _SLOW, True)):
                before = load.published
                await load.publish(count, slow=slow)
                start, _ = await load.until(worker, before + count // 10)
                _, end = await load.until(worker, before + count)
                done = end.results - start.results
                used = 1000 * (end.cpu["worker"] - start.cpu["worker"]) / done
                found[name, side].append((end.rate(start), used))


async def measure(bench_place: Place, collector: str, rounds: int) -> Figures:
    """Measures each side in each round; the order changes, so that neither always comes first."""
    found: Figures = defaultdict(list)
    for number in range(rounds):
        order = list(_SIDES) if number % 2 else list(reversed(_SIDES))
        await _jobs(bench_place, collector, order, found)
    ports = {side: free_port() for side in _SIDES}
    own = {"watched": collector, "unwatched": "off"}
    async with (
        bench_place.worker("overhead_side", "accept", str(ports["unwatched"]), own["unwatched"]) as without,
        bench_place.worker("overhead_side", "accept", str(ports["watched"]), own["watched"]) as with_it,
    ):
        for port in ports.values():
            await serves(port)
        sides = {"unwatched": (ports["unwatched"], without), "watched": (ports["watched"], with_it)}
        for number in range(_WINDOWS * rounds):
            await _accepts(bench_place, sides, list(_SIDES) if number % 2 else list(reversed(_SIDES)), found)
    return found


def shown(found: Figures) -> list[str]:
    """Returns the lines of the report."""
    lines = []
    for name in ("accept", "fast jobs", "slow jobs"):
        both = {side: found[name, side] for side in _SIDES}
        rates = {side: statistics.median(rate for rate, _ in each) for side, each in both.items()}
        costs = {side: statistics.median(cost for _, cost in each) for side, each in both.items()}
        lines += [
            f"{name:10} {side:10} {rates[side]:7.0f}/s ({min(r for r, _ in each):.0f} to {max(r for r, _ in each):.0f})"
            f"  {costs[side]:.3f} ms of its processor each"
            for side, each in both.items()
        ]
        pairs = list(zip(both["unwatched"], both["watched"], strict=True))
        throughput = _spread([with_it[0] / without[0] for without, with_it in pairs])
        cost = _spread([without[1] / with_it[1] for without, with_it in pairs])
        lines.append(
            f"{name:10} ratio      {throughput} of the throughput; by processor time {cost}; {len(pairs)} pairs"
        )
    return lines


def _spread(ratios: list[float]) -> str:
    """Returns the median of ratios, and its quartiles."""
    first, middle, third = statistics.quantiles(ratios, n=4)
    return f"{middle:.3f} ({first:.3f} to {third:.3f})"


async def main(rounds: int) -> None:
    """Starts what is needed, measures and prints."""
    port = free_port()
    receiver = await asyncio.create_subprocess_exec(
        *bound(sys.executable, "-m", "tests.otlp_receiver", str(port)), stdout=asyncio.subprocess.DEVNULL
    )
    before = os.getloadavg()
    try:
        with TemporaryDirectory(prefix="voxbus-bench-") as folder:
            async with (
                await start_node(Path(folder, "broker"), print) as node,
                await start_postgres(Path(folder, "database"), print) as postgres,
                place(node.url, postgres.dsn) as bench_place,
            ):
                found = await measure(bench_place, f"http://127.0.0.1:{port}", rounds)
    finally:
        receiver.kill()
        await receiver.wait()
    print(*shown(found), sep="\n")
    print(f"load of the machine before: {before[0]:.1f}, after: {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=4, help="at least 2")
    uvloop.run(main(options.parse_args().rounds))
