"""Tests the queue census: consumers and broker together tell whether a queue is empty, or that it is unknown."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from chassis.bus.base import Bus, Depth, LocalDepth
from chassis.bus.queue_census import answer_census, is_empty
from chassis.testing import until
from tests.conformance.bus_client import DEADLINE, BusClient, take
from tests.conformance.conftest import Connect


@pytest.fixture
async def other(connect: Connect, client: BusClient) -> AsyncIterator[Bus]:
    """Connects another process to the bus, so that two processes answer. In memory they are one."""
    other, queue = await connect(), await client.work("first")
    answering = [asyncio.create_task(answer_census(bus)) for bus in {client.bus, other}]
    for bus in (client.bus, other):
        await bus.subscribe(queue, 1)
    await seen_empty(client.bus, queue)
    yield other
    for task in answering:
        task.cancel()
    await asyncio.gather(*answering, return_exceptions=True)


async def seen_empty(bus: Bus, queue: str) -> None:
    """Waits until a queue is seen to be empty: an ack is not answered, so it takes its time."""

    async def empty() -> bool | None:
        return await is_empty(bus, queue)

    assert await until(empty)


async def test_a_queue_is_empty_when_nothing_is_ready_and_nothing_unacked(client: BusClient, other: Bus) -> None:
    queue = await client.work()
    client.send_many(queue, 3)
    await client.pass_by()
    assert await client.bus.depth(queue) == Depth(ready=3, consumers=0)
    assert await is_empty(client.bus, queue, within=DEADLINE) is False
    subscription = await other.subscribe(queue, 3)
    deliveries = await take(subscription, 3)
    assert await client.bus.depth(queue) == Depth(ready=0, consumers=1)
    assert await is_empty(client.bus, queue, within=DEADLINE) is False
    await subscription.ack_through(deliveries[1])
    assert other.local_depth(queue) == LocalDepth(consumers=1, unsettled=1)
    assert await is_empty(client.bus, queue, within=DEADLINE) is False
    await subscription.ack(deliveries[2])
    await seen_empty(client.bus, queue)


async def test_all_consumers_of_a_queue_have_to_say_so(client: BusClient, other: Bus) -> None:
    queue = await client.work()
    idle, busy = await client.bus.subscribe(queue, 1), await other.subscribe(queue, 1)
    client.send_many(queue, 2)
    (first,), (second,) = await take(idle, 1), await take(busy, 1)
    await idle.ack(first)
    assert await is_empty(client.bus, queue, within=DEADLINE) is False
    await busy.ack(second)
    await seen_empty(client.bus, queue)


async def test_who_drains_still_holds_what_it_has_taken(client: BusClient, other: Bus) -> None:
    queue = await client.work()
    draining = await other.subscribe(queue, 1)
    client.send("jobs", queue)
    (delivery,) = await take(draining, 1)
    await draining.cancel()
    await client.bus.subscribe(queue, 1)
    assert await is_empty(client.bus, queue, within=DEADLINE) is False
    await draining.ack(delivery)
    await draining.close()
    await seen_empty(client.bus, queue)


async def test_what_nobody_consumes_is_not_known_to_be_empty(client: BusClient, other: Bus) -> None:
    queue = await client.work()
    assert await client.bus.depth(queue) == Depth(0, 0)
    assert await is_empty(client.bus, queue) is None
    assert await client.bus.depth(client.key("nothing")) is None
    assert await is_empty(client.bus, client.key("nothing")) is None


async def test_a_consumer_that_does_not_answer_leaves_it_unknown(client: BusClient) -> None:
    queue = await client.work()
    await client.bus.subscribe(queue, 1)
    assert await is_empty(client.bus, queue, within=0.2) is None


async def test_a_bus_that_is_closed_knows_nothing(connect: Connect, client: BusClient) -> None:
    queue = await client.work()
    await client.bus.subscribe(queue, 1)
    await client.bus.close()
    assert await client.bus.depth(queue) is None
    assert await is_empty(client.bus, queue) is None
