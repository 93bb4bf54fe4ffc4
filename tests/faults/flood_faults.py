"""Connections to the broker are cut while their consumers hold a thousand messages that are not acked."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from uuid import UUID

from chassis.testing import until
from tests.faults.load import TEXT
from tests.faults.stage import Fault, Stage
from tests.faults.virtual_host import VirtualHost
from voxbus.services import topology

UNACKED = 1_000
#: attempts that end while nobody consumes what each of them says to three queues
ATTEMPTS, AT_ONCE = 450, 30
#: who consumes those, in two processes each: a consumer is given 200 messages at most
CONSUMING = ("content", "notify")
#: seconds that the database's every piece is late: what is held stays held for a while
LATE = 0.3
QUEUES = [queue.name for queue in topology().queues]


async def cut_under_unacked(stage: Stage, seconds: float) -> None:
    """Cut every two seconds; how much was held is how much more lies in the queues after each cut."""
    host = VirtualHost(stage.broker, stage.system.bus_url)
    async with AsyncExitStack() as stack:
        consumers = [stage.processes[name] for name in CONSUMING]
        for name in CONSUMING:
            consumers.append(await stage.system.serve(name, replica=True))
            stack.push_async_callback(consumers[-1].stop)
        stack.callback(_in_time, stage)
        for consumer in consumers:
            stack.callback(consumer.thaw)
            consumer.freeze()
        await _flood(stage)
        stage.to_database.delay = LATE
        for consumer in consumers:
            consumer.thaw()
        held = []
        for _ in range(max(1, round(seconds / 2))):
            await asyncio.sleep(2)
            held.append(await _cut(stage, host))
        assert min(held) >= UNACKED, f"not acked at the cuts: {held}"


async def _flood(stage: Stage) -> None:
    """Hand in many attempts, and wait until each has ended."""
    client = stage.clients[0]
    jobs: list[UUID] = []
    while len(jobs) < ATTEMPTS:
        jobs += await client.submit_many(AT_ONCE, stage.recording, TEXT)

    async def ended() -> bool:
        await asyncio.sleep(0.5)
        open_jobs = "SELECT count(*) FROM gateway.jobs WHERE id = ANY($1) AND finished_at IS NULL"
        return not await stage.system.ask(open_jobs, jobs)

    await until(ended, within=120, what="the end of the flood")


async def _cut(stage: Stage, host: VirtualHost) -> int:
    """Cut all, and let nobody come back before it is known how many messages they had and had not acked."""
    before = await host.ready(*QUEUES)
    stage.to_broker.closed = True
    try:
        stage.to_broker.cut()
        found, after = before, -1
        while after != found:  # the broker puts them back one consumer after another
            await asyncio.sleep(0.3)
            found, after = after, await host.ready(*QUEUES)
    finally:
        stage.to_broker.closed = False
    return after - before


def _in_time(stage: Stage) -> None:
    stage.to_database.delay = 0.0


FLOOD_FAULTS = (Fault("cut every 2 s under 1,000 unacked", cut_under_unacked, 20),)
