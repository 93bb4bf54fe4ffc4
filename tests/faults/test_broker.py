"""The broker is killed while fifty attempts are accepted (twenty in `make test`), and started again."""

from __future__ import annotations

import asyncio

import pytest

from tests.brokers import Broker
from tests.faults.client import Client
from tests.faults.conftest import Hold, Make, all_faults

JOBS_BEFORE, JOBS_WITHOUT = 10, 40
JOBS_BEFORE_BRIEFLY, JOBS_WITHOUT_BRIEFLY = 5, 15
TEXT = "She sells seashells by the seashore."


@pytest.mark.landing
async def test_what_is_accepted_without_a_broker_ends_when_it_is_back(
    request: pytest.FixtureRequest, make_system: Make, hold: Hold, recording: bytes, broker: Broker
) -> None:
    in_full = all_faults(request.config)
    before, without = (JOBS_BEFORE, JOBS_WITHOUT) if in_full else (JOBS_BEFORE_BRIEFLY, JOBS_WITHOUT_BRIEFLY)
    async with make_system() as system:
        # Starting the processes takes longer than the 2 s in which RabbitMQ 3.10 may lose a queue just declared.
        await system.serve("gateway", "feedback", "content", "notify")
        await system.fake_speech()
        async with Client(system.address) as client:
            jobs = await client.submit_many(before, recording, TEXT)
            following = [asyncio.create_task(client.follow(job)) for job in jobs]
            accepting = asyncio.create_task(client.submit_many(without, recording, TEXT))
            try:
                await broker.kill()
                for job in await accepting:
                    following.append(asyncio.create_task(client.follow(job)))
                under_way = (await system.books()).unfinished(client.observed.jobs)
                assert len(under_way) > without / 2
            finally:
                await broker.start_again()
            await asyncio.gather(*following)
            hold(
                f"kill -9 of the broker while {before + without} are accepted",
                await system.report(client.observed, under_way=under_way),
            )
