"""The broker is killed while fifty attempts are accepted, and started again."""

from __future__ import annotations

import asyncio

from tests.brokers import Broker
from tests.faults.client import Client
from tests.faults.conftest import Hold, Make

JOBS_BEFORE, JOBS_WITHOUT = 10, 40
TEXT = "She sells seashells by the seashore."


async def test_what_is_accepted_without_a_broker_ends_when_it_is_back(
    make_system: Make, hold: Hold, recording: bytes, broker: Broker
) -> None:
    async with make_system() as system:
        # Starting the processes takes longer than the 2 s in which RabbitMQ 3.10 may lose a queue just declared.
        await system.serve("gateway", "feedback", "content", "notify")
        await system.fake_speech()
        async with Client(system.address) as client:
            following = [asyncio.create_task(client.follow(j)) for j in await client.submit_many(10, recording, TEXT)]
            accepting = asyncio.create_task(client.submit_many(JOBS_WITHOUT, recording, TEXT))
            try:
                await broker.kill()
                for job in await accepting:
                    following.append(asyncio.create_task(client.follow(job)))
                under_way = (await system.books()).unfinished(client.observed.jobs)
                assert len(under_way) > JOBS_WITHOUT / 2
            finally:
                await broker.start_again()
            await asyncio.gather(*following)
            hold(
                "kill -9 of the broker while fifty are accepted",
                await system.report(client.observed, under_way=under_way),
            )
