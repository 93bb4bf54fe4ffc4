"""Measures what watching costs: throughput with metrics and a tenth of the traces beside that with neither.

`python -m bench.overhead` turns watching on and off in one process, time and again; the collector is another process.
Printed are jobs in a second and processor milliseconds of the process for each, and the median of the ratios of
neighbours in time: the pace of a shared machine changes by half within minutes, and hardly within seconds. Two
processes that do the same differ by a tenth for as long as they live, so each round begins new ones.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
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

#: seconds of a turn of accepts, and turns of a round; jobs of one backlog
_TURN_S, _TURNS, _FAST, _SLOW = 1.5, 5, 6_000, 600
#: accepts after which as many spans are held as may be; with those of a turn their queue is not full
_FILL = 3_000
_SIGNALS = {"watched": signal.SIGUSR1, "unwatched": signal.SIGUSR2}
_SIDES = ("unwatched", "watched")

Figures = dict[tuple[str, str], list[tuple[float, float]]]


async def _accepts(bench_place: Place, port: int, worker: Worker, turns: int, found: Figures) -> None:
    for side in _order(turns):
        await bench_place.clear()
        clients, stop = Clients(port, await sign_in(bench_place)), asyncio.Event()
        worker.process.send_signal(_SIGNALS[side])
        asking = asyncio.create_task(clients.run(stop))
        await clients.have(_FILL)
        answered, begin, cpu = clients.answered, time.perf_counter(), worker.cpu()
        await asyncio.sleep(_TURN_S)
        answered, seconds = clients.answered - answered, time.perf_counter() - begin
        found["accept", side].append((answered / seconds, 1000 * (worker.cpu() - cpu) / answered))
        stop.set()
        await asking


async def _jobs(bench_place: Place, worker: Worker, turns: int, found: Figures) -> None:
    load = Load(bench_place, CHASSIS)
    for side in _order(turns):
        for name, count, slow in (("fast jobs", _FAST, False), ("slow jobs", _SLOW, True)):
            before = load.published
            await load.publish(count, slow=slow)
            await load.until(worker, before + 1)  # it heeds signals by now
            worker.process.send_signal(_SIGNALS[side])
            start, _ = await load.until(worker, before + count // 10)
            _, end = await load.until(worker, before + count)
            done = end.results - start.results
            used = 1000 * (end.cpu["worker"] - start.cpu["worker"]) / done
            found[name, side].append((end.rate(start), used))


def _order(pairs: int) -> list[str]:
    """Returns the turns of both sides, so that neither always comes first."""
    return [side for number in range(pairs) for side in (_SIDES if number % 2 else reversed(_SIDES))]


async def measure(bench_place: Place, collector: str, rounds: int) -> Figures:
    """Measures each side in each round, in processes that begin anew with it and turn watching on and off."""
    found: Figures = defaultdict(list)
    for _ in range(rounds):
        await bench_place.clear()
        async with bench_place.worker("overhead_side", "jobs", "0", collector) as worker:
            await _jobs(bench_place, worker, 2, found)
        port = free_port()
        async with bench_place.worker("overhead_side", "accept", str(port), collector) as worker:
            await serves(port)
            await _accepts(bench_place, port, worker, _TURNS, found)
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
