"""Cuts connections to the broker while their consumers hold a thousand unacked messages."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from uuid import UUID

from chassis.testing import until
from tests.faults.chaos_env import ChaosEnv, Fault
from tests.faults.load import TEXT
from tests.faults.queue_faults import CONSUMED
from tests.faults.virtual_host import VirtualHost

UNACKED = 1_000
#: attempts that are cancelled: each is an event in four queues whose consumers are frozen
JOBS, AT_ONCE = 400, 50
FROZEN = ("speech", "feedback", "notify")
#: seconds that the database's every piece is late: what a consumer was given it keeps for longer than from cut to cut
LATE = 0.3

#: one of these queues: rows of consumers of job endings have no job
_TOLD = """
SELECT count(*) FROM notify.inbox AS i JOIN gateway.log AS l ON l.event_id = i.id
 WHERE i.consumer = 'notify.webhooks_of_cancelled' AND i.outcome = 'ok' AND l.stream_id = ANY($1)
"""


async def cut_under_unacked(env: ChaosEnv, seconds: float) -> None:
    """Cuts every two seconds; how much was held is how much more lies in the queues after each cut."""
    host = VirtualHost(env.broker, env.system.bus_url)
    async with AsyncExitStack() as stack:
        second = await env.system.serve("notify", replica=True)  # a consumer is given 200 at most
        stack.push_async_callback(second.stop)
        stack.callback(setattr, env.to_database, "delay", 0.0)
        consumers = [second, *(env.processes[name] for name in FROZEN)]
        for consumer in consumers:
            stack.callback(consumer.thaw)
            consumer.freeze()
        jobs: list[UUID] = []
        while len(jobs) < JOBS:
            jobs += await asyncio.gather(*(_cancelled(env) for _ in range(AT_ONCE)))
        env.to_database.delay = LATE
        for consumer in consumers:
            consumer.thaw()
        held = []
        for _ in range(max(1, round(seconds / 2))):
            await asyncio.sleep(2)
            held.append(await _cut(env, host))
        assert min(held) >= UNACKED, f"not acked at the cuts: {held}"

    async def all_told() -> bool:
        await asyncio.sleep(1)
        return bool(await env.system.ask(_TOLD, jobs) == JOBS)

    # redelivered messages run one by one, because their last consumer may have died of one
    await until(all_told, within=200, what="what the flood has to say")


async def _cancelled(env: ChaosEnv) -> UUID:
    """Sends an attempt, and cancels it before anyone has done it."""
    job = await env.clients[0].submit(env.recording, TEXT)
    assert await env.clients[0].cancel(job)
    return job


async def _cut(env: ChaosEnv, host: VirtualHost) -> int:
    """Cuts all connections, and prevents reconnects until the number of unacked messages is known."""
    before = await host.ready(*CONSUMED)
    env.to_broker.closed = True
    try:
        env.to_broker.cut()
        found, after = before, -1
        while after != found:  # the broker puts them back one consumer after another
            await asyncio.sleep(0.3)
            found, after = after, await host.ready(*CONSUMED)
    finally:
        env.to_broker.closed = False
    return after - before


FLOOD_FAULTS = (Fault("cut every 2 s under 1,000 unacked", cut_under_unacked, 20),)
