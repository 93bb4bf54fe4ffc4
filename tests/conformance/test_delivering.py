"""Tests every bus between queue and consumer: acks, returns, dead letters, prefetch.

It runs in memory and on RabbitMQ. The product may rely only on what this suite tests.
"""

import asyncio

from chassis.bus.base import Bus, Outcome
from chassis.bus.topology import DELIVERY_LIMIT
from tests.conformance.bus_client import DEADLINE, BusClient, nothing_more, outcome, take
from tests.conformance.conftest import Connect


async def test_what_is_acked_does_not_come_again_and_what_is_not_does(client: BusClient) -> None:
    queue = await client.work()
    client.send_many(queue, 3)
    subscription = await client.bus.subscribe(queue, 3)
    first, second, third = await take(subscription, 3)
    await subscription.ack(first)
    await subscription.ack(third)
    await subscription.close()
    again = await client.bus.subscribe(queue, 3)
    (delivery,) = await take(again, 1)
    assert (delivery.body, delivery.redelivered) == (second.body, True)
    await again.ack(delivery)
    await nothing_more(client, queue)


async def test_a_multiple_ack_settles_what_came_before_and_nothing_after(client: BusClient) -> None:
    queue = await client.work()
    client.send_many(queue, 5)
    subscription = await client.bus.subscribe(queue, 5)
    deliveries = await take(subscription, 5)
    await subscription.ack_through(deliveries[2])
    await subscription.close()
    again = await client.bus.subscribe(queue, 5)
    rest = await take(again, 2)
    assert {delivery.body for delivery in rest} == {delivery.body for delivery in deliveries[3:]}
    assert all(delivery.redelivered for delivery in rest)
    await again.ack_through(rest[-1])
    await nothing_more(client, queue)


async def test_settling_twice_or_too_late_is_ignored(client: BusClient) -> None:
    queue = await client.work()
    client.send_many(queue, 2)
    subscription = await client.bus.subscribe(queue, 2)
    first, second = await take(subscription, 2)
    await subscription.close()
    await subscription.ack(first)
    await subscription.ack_through(second)
    await subscription.reject(second)
    assert len(await take(await client.bus.subscribe(queue, 2), 2)) == 2


async def test_a_multiple_ack_through_what_is_settled_already_settles_the_rest(client: BusClient) -> None:
    queue = await client.work()
    client.send_many(queue, 3)
    subscription = await client.bus.subscribe(queue, 5)
    first, _, third = await take(subscription, 3)
    await subscription.reject(third)
    await subscription.ack_through(third)
    await subscription.ack(first)
    await subscription.reject(third)
    client.send("jobs", queue, b"next")
    (delivery,) = await take(subscription, 1)
    assert (delivery.body, delivery.redelivered) == (b"next", False)
    await subscription.ack(delivery)
    await subscription.close()
    await nothing_more(client, queue)


async def test_a_rejected_message_lies_in_the_dead_queue_with_its_reason(client: BusClient) -> None:
    queue = await client.work()
    sent = client.send("jobs", queue, b"bad")
    subscription = await client.bus.subscribe(queue, 1)
    await subscription.reject((await take(subscription, 1))[0])
    dead = await client.bus.subscribe(client.dead, 1)
    (delivery,) = await take(dead, 1)
    assert (delivery.body, delivery.death, delivery.first_queue) == (b"bad", "rejected", queue)
    await dead.ack(delivery)
    assert await outcome(sent) is Outcome.CONFIRMED
    await nothing_more(client, queue)


async def test_a_message_returned_too_often_is_given_up(client: BusClient) -> None:
    queue = await client.work()
    client.send("jobs", queue, b"killer")
    dead = await client.bus.subscribe(client.dead, 1)
    given_up = asyncio.create_task(take(dead, 1))
    returned = 0
    while not given_up.done():
        subscription = await client.bus.subscribe(queue, 1)
        next_one = asyncio.create_task(take(subscription, 1))
        await asyncio.wait([given_up, next_one], return_when=asyncio.FIRST_COMPLETED)
        returned += next_one.done()
        next_one.cancel()
        await subscription.close()
    (delivery,) = given_up.result()
    assert (delivery.body, delivery.death, delivery.first_queue) == (b"killer", "delivery_limit", queue)
    assert returned == DELIVERY_LIMIT + 1


async def test_the_dead_queue_gives_nothing_up(client: BusClient) -> None:
    queue = await client.work()
    client.send("jobs", queue, b"bad")
    subscription = await client.bus.subscribe(queue, 1)
    await subscription.reject((await take(subscription, 1))[0])
    for _ in range(DELIVERY_LIMIT + 5):
        dead = await client.bus.subscribe(client.dead, 1)
        (delivery,) = await take(dead, 1)
        await dead.close()
    assert (delivery.body, delivery.redelivered) == (b"bad", True)


async def test_no_more_than_prefetch_are_unsettled(client: BusClient) -> None:
    queue = await client.work()
    client.send_many(queue, 5)
    subscription = await client.bus.subscribe(queue, 2)
    first, _ = await take(subscription, 2)
    third = asyncio.create_task(subscription.next(5))
    await client.pass_by()
    assert not third.done()
    await subscription.ack(first)
    async with asyncio.timeout(DEADLINE):
        assert len(await third) == 1


async def test_next_returns_what_is_there_without_waiting_for_more(client: BusClient) -> None:
    queue = await client.work()
    subscription = await client.bus.subscribe(queue, 200)
    client.send("jobs", queue)
    async with asyncio.timeout(DEADLINE):
        assert len(await subscription.next(100)) == 1


async def test_next_returns_at_most_its_limit(client: BusClient) -> None:
    queue = await client.work()
    client.send_many(queue, 7)
    await client.pass_by()
    subscription = await client.bus.subscribe(queue, 10)
    taken = 0
    async with asyncio.timeout(DEADLINE):
        while taken < 7:
            batch = await subscription.next(3)
            assert 1 <= len(batch) <= 3
            taken += len(batch)


async def test_two_consumers_of_a_queue_share_its_messages_and_lose_none(connect: Connect, client: BusClient) -> None:
    queue = await client.work()
    arrived: list[bytes] = []
    done = asyncio.Event()

    async def consume(bus: Bus) -> None:
        subscription = await bus.subscribe(queue, 20)
        while not done.is_set():
            batch = await subscription.next(10)
            arrived.extend(delivery.body for delivery in batch)
            await subscription.ack_through(batch[-1])
            if len(arrived) >= 300:
                done.set()

    consumers = [asyncio.create_task(consume(client.bus)), asyncio.create_task(consume(await connect()))]
    sent = client.send_many(queue, 300)
    async with asyncio.timeout(DEADLINE):
        await done.wait()
    assert sorted(arrived) == sorted(sent)
    assert {await outcome(task) for task in sent.values()} == {Outcome.CONFIRMED}
    for consumer in consumers:
        consumer.cancel()


async def test_a_cancelled_subscription_takes_no_more_and_still_settles(client: BusClient) -> None:
    queue = await client.work()
    client.send_many(queue, 2)
    subscription = await client.bus.subscribe(queue, 1)
    (first,) = await take(subscription, 1)
    waiting = asyncio.create_task(subscription.next())
    await client.pass_by()
    await subscription.cancel()
    async with asyncio.timeout(DEADLINE):
        assert await waiting == []
        assert await subscription.next() == []
    await subscription.ack(first)
    await subscription.close()
    (second,) = await take(await client.bus.subscribe(queue, 2), 1)
    assert second.body != first.body
