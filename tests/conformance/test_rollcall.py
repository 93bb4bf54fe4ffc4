"""Whether a queue is empty, as its consumers and the broker tell together; and that nobody claims what is not known."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from chassis.bus.base import Bus, Depth, LocalDepth
from chassis.bus.queue_census import answer_census, is_empty
from chassis.testing import until
from tests.conformance.conftest import Connect
from tests.conformance.desk import Desk, take


@pytest.fixture
async def other(connect: Connect, desk: Desk) -> AsyncIterator[Bus]:
    """Another process; this one and that one answer. In memory they are one."""
    other, queue = await connect(), await desk.work("first")
    answering = [asyncio.create_task(answer_census(bus)) for bus in {desk.bus, other}]
    for bus in (desk.bus, other):
        await bus.subscribe(queue, 1)
    await seen_empty(desk.bus, queue)
    yield other
    for task in answering:
        task.cancel()
    await asyncio.gather(*answering, return_exceptions=True)


async def seen_empty(bus: Bus, queue: str) -> None:
    """An ack is not answered, so it takes its time."""

    async def empty() -> bool | None:
        return await is_empty(bus, queue)

    assert await until(empty)


async def test_a_queue_is_empty_when_nothing_is_ready_and_nothing_unacked(desk: Desk, other: Bus) -> None:
    queue = await desk.work()
    desk.send_many(queue, 3)
    await desk.pass_by()
    assert await desk.bus.depth(queue) == Depth(ready=3, consumers=0)
    assert await is_empty(desk.bus, queue) is False
    subscription = await other.subscribe(queue, 3)
    deliveries = await take(subscription, 3)
    assert await desk.bus.depth(queue) == Depth(ready=0, consumers=1)
    assert await is_empty(desk.bus, queue) is False
    await subscription.ack_through(deliveries[1])
    assert other.local_depth(queue) == LocalDepth(consumers=1, unsettled=1)
    assert await is_empty(desk.bus, queue) is False
    await subscription.ack(deliveries[2])
    await seen_empty(desk.bus, queue)


async def test_all_consumers_of_a_queue_have_to_say_so(desk: Desk, other: Bus) -> None:
    queue = await desk.work()
    idle, busy = await desk.bus.subscribe(queue, 1), await other.subscribe(queue, 1)
    desk.send_many(queue, 2)
    (first,), (second,) = await take(idle, 1), await take(busy, 1)
    await idle.ack(first)
    assert await is_empty(desk.bus, queue) is False
    await busy.ack(second)
    await seen_empty(desk.bus, queue)


async def test_who_drains_still_holds_what_it_has_taken(desk: Desk, other: Bus) -> None:
    queue = await desk.work()
    draining = await other.subscribe(queue, 1)
    desk.send("jobs", queue)
    (delivery,) = await take(draining, 1)
    await draining.cancel()
    await desk.bus.subscribe(queue, 1)
    assert await is_empty(desk.bus, queue) is False
    await draining.ack(delivery)
    await draining.close()
    await seen_empty(desk.bus, queue)


async def test_what_nobody_consumes_is_not_known_to_be_empty(desk: Desk, other: Bus) -> None:
    queue = await desk.work()
    assert await desk.bus.depth(queue) == Depth(0, 0)
    assert await is_empty(desk.bus, queue) is None
    assert await desk.bus.depth(desk.key("nothing")) is None
    assert await is_empty(desk.bus, desk.key("nothing")) is None


async def test_a_consumer_that_does_not_answer_leaves_it_unknown(desk: Desk) -> None:
    queue = await desk.work()
    await desk.bus.subscribe(queue, 1)
    assert await is_empty(desk.bus, queue, within=0.2) is None


async def test_a_bus_that_is_closed_knows_nothing(connect: Connect, desk: Desk) -> None:
    queue = await desk.work()
    await desk.bus.subscribe(queue, 1)
    await desk.bus.close()
    assert await desk.bus.depth(queue) is None
    assert await is_empty(desk.bus, queue) is None
