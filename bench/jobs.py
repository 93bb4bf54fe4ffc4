"""Measures one round of one side: a backlog emptied, then live beside its publisher, then latency at an even rate."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

from bench.load import Load
from bench.place import BASELINES, Place, Worker, work_arguments
from bench.plan import RATE, Plan
from bench.round_trips import counted
from bench.service import RESULTS

CHASSIS = "chassis_side"


@dataclass
class Figures:
    """Holds the figures of one round of one side: rates in jobs/s, processor ms for one job, latencies in ms."""

    values: dict[str, float] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)


async def measure(place: Place, side: str, plan: Plan) -> Figures:
    """Raises RuntimeError when a result was lost or came twice."""
    await place.clear()
    figures = Figures()
    load = Load(place, side)
    await load.publish(plan.backlog)  # before the worker has started
    async with place.worker(side, *work_arguments(side)) as worker:
        await _drain(load, worker, plan, figures)
        await _live(place, load, side, worker, plan, figures)
        await place.purge(RESULTS.name)
        figures.latencies = await load.latencies(plan.latency, RATE)
        if side == CHASSIS:
            await _slow(load, worker, plan, figures)
    return figures


async def count(place: Place, side: str, plan: Plan) -> dict[str, float]:
    """Counts round trips and transactions for one job through a proxy, which takes time: nothing else is measured."""
    await place.clear()
    load, stop = Load(place, side), asyncio.Event()
    await load.publish(plan.backlog)
    async with (
        counted(place.database_url) as (url, seen),
        place.worker(side, *work_arguments(side), database_url=url) as worker,
        asyncio.TaskGroup() as group,
    ):
        start, _ = await load.until(worker, plan.backlog // 10)
        before = replace(seen)
        _, end = await load.until(worker, plan.backlog)
        found = seen.since(before, end.results - start.results, "drain")
        group.create_task(load.keep_open(plan.window, stop))
        await asyncio.sleep(plan.warm_up)
        start, before = await load.mark(worker), replace(seen)
        await asyncio.sleep(plan.live)
        end = await load.mark(worker)
        found |= seen.since(before, end.results - start.results, "live")
        stop.set()
    return found


async def _drain(load: Load, worker: Worker, plan: Plan, figures: Figures) -> None:
    """Measures from the first tenth on, so that the start does not count."""
    start, _ = await load.until(worker, plan.backlog // 10)
    _, end = await load.until(worker, plan.backlog)
    figures.values |= end.figures("drain", start)


async def _live(place: Place, load: Load, side: str, worker: Worker, plan: Plan, figures: Figures) -> None:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(load.keep_open(plan.window, stop))
        await asyncio.sleep(plan.warm_up)
        start = await load.mark(worker)
        await asyncio.sleep(plan.live)
        end = await load.mark(worker)
        stop.set()
    figures.values |= end.figures("live", start)
    _, last = await load.until(worker, load.published)
    rows = await place.rows("baseline.results" if side in BASELINES else "bench.results")
    if not rows == last.results == await place.results():
        raise RuntimeError(f"{side}: {rows} jobs were done and {last.results} results or more were published")


async def _slow(load: Load, worker: Worker, plan: Plan, figures: Figures) -> None:
    """Measures a slow handler that does nothing: what a job costs beside its work."""
    before = await load.mark(worker)
    await load.publish(plan.slow, slow=True)
    start, _ = await load.until(worker, before.results + plan.slow // 10)
    _, end = await load.until(worker, before.results + plan.slow)
    figures.values |= end.figures("slow", start)
