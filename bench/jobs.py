"""One side, one round: a backlog emptied, then live beside its publisher, then latency at an even rate."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from bench.load import Load
from bench.place import BASELINES, Place, Worker, work_arguments
from bench.plan import RATE, Plan
from bench.service import RESULTS, Work, baseline_queue, work_queue_of

CHASSIS = "chassis_side"


@dataclass
class Figures:
    """What a round of a side came to: rates in jobs/s, processor seconds of the worker per 1,000, milliseconds."""

    values: dict[str, float] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)


async def measure(place: Place, side: str, plan: Plan) -> Figures:
    """Raises RuntimeError when a result was lost or came twice."""
    await place.clear()
    figures = Figures()
    load = Load(place, side)
    await load.publish(plan.backlog)  # before the worker is there
    async with place.worker(side, *work_arguments(side)) as worker:
        await _drain(load, worker, plan, figures)
        await _live(place, load, side, worker, plan, figures)
        await place.purge(RESULTS.name)
        figures.latencies = await load.latencies(plan.latency, RATE)
        if side == CHASSIS:
            await _slow(load, worker, plan, figures)
    return figures


async def _drain(load: Load, worker: Worker, plan: Plan, figures: Figures) -> None:
    """From the first tenth on: starting is not what is measured."""
    start, _ = await load.until(worker, plan.backlog // 10)
    _, end = await load.until(worker, plan.backlog)
    figures.values["drain"] = end.rate(start)
    figures.values["drain_cpu"] = end.cpu_per_1000(start)


async def _live(place: Place, load: Load, side: str, worker: Worker, plan: Plan, figures: Figures) -> None:
    publishing = asyncio.create_task(load.publish(None))
    await asyncio.sleep(plan.warm_up)
    before, start = load.published, await load.mark(worker)
    await asyncio.sleep(plan.live)
    after, end = load.published, await load.mark(worker)
    if publishing.done():  # it goes on for ever unless the broker refused a job
        publishing.result()
    publishing.cancel()
    await asyncio.gather(publishing, return_exceptions=True)
    figures.values["live"] = end.rate(start)
    figures.values["live_cpu"] = end.cpu_per_1000(start)
    figures.values["live_published"] = (after - before) / (end.at - start.at)
    await place.purge(baseline_queue(side) if side in BASELINES else work_queue_of(Work))
    last = await load.until_quiet(worker)
    rows = await place.rows("baseline.results" if side in BASELINES else "bench.results")
    if rows != last.results:
        raise RuntimeError(f"{side}: {rows} jobs were done and {last.results} results were published")


async def _slow(load: Load, worker: Worker, plan: Plan, figures: Figures) -> None:
    """A slow handler that has nothing to do: what a job costs beside its work."""
    before = await load.mark(worker)
    await load.publish(plan.slow, slow=True)
    start, _ = await load.until(worker, before.results + plan.slow // 10)
    _, end = await load.until(worker, before.results + plan.slow)
    figures.values["slow"] = end.rate(start)
    figures.values["slow_cpu"] = end.cpu_per_1000(start)
