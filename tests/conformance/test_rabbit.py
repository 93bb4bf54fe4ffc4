"""Tests what only a broker can do to its clients: vanish, come back, freeze, lose a queue or a consumer."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from chassis.bus.base import Outcome, Outgoing, Subscription, TopologyChanged
from chassis.bus.rabbit import RabbitBus, consumers
from chassis.bus.topology import Queue, Topology
from chassis.testing import until
from tests.brokers import Broker
from tests.conformance.bus_client import DEADLINE, BusClient, outcome, take

#: seconds a bus may need to be back after the broker is
RECOVERY = 30.0


@pytest.fixture
async def bus(rabbit_url: str) -> AsyncIterator[RabbitBus]:
    bus = await RabbitBus.connect(rabbit_url, "faults", watch_every=1000)  # the watchdog helps only where it is tested
    yield bus
    await bus.close()


@pytest.fixture
def client(bus: RabbitBus) -> BusClient:
    return BusClient(bus, f"t{uuid4().hex[:8]}")


@pytest.mark.landing
async def test_a_killed_broker_comes_back_with_all_that_it_confirmed(broker: Broker, client: BusClient) -> None:
    queue = await client.work()
    subscription = await client.bus.subscribe(queue, 10)
    listener = await client.bus.listen(client.key("bell"))
    client.send("jobs", queue, b"in work")
    (old,) = await take(subscription, 1)
    flood = client.send_many(queue, 500)
    await outcome(flood[b"0"])
    await broker.kill()
    outcomes = {body: await outcome(task) for body, task in flood.items()}
    assert set(outcomes.values()) <= {Outcome.CONFIRMED, Outcome.UNKNOWN}
    assert await outcome(client.send("jobs", queue)) is Outcome.UNKNOWN  # at once, and raises nothing
    await subscription.ack(old)
    await client.bus.publish_transient(client.key("bell"), b"lost")

    await broker.start_again()
    await until_confirmed(client, queue, b"after")
    arrived: set[bytes] = set()
    redelivered: set[bytes] = set()
    wanted = {body for body, how in outcomes.items() if how is Outcome.CONFIRMED} | {b"in work", b"after"}
    async with asyncio.timeout(RECOVERY):
        while not wanted <= arrived:
            batch = await subscription.next(10)
            arrived |= {delivery.body for delivery in batch}
            redelivered |= {delivery.body for delivery in batch if delivery.redelivered}
            await subscription.ack(old)  # a tag of the old channel, which must settle nothing on the new one
            await subscription.ack_through(batch[-1])
    assert b"in work" in redelivered
    async with asyncio.timeout(RECOVERY):
        ringing = asyncio.create_task(keep_ringing(client))
        assert await listener.next() == (client.key("bell"), b"heard")
    ringing.cancel()


async def test_a_frozen_broker_makes_a_publish_unknown_and_loses_nothing(broker: Broker, client: BusClient) -> None:
    queue = await client.work()
    assert await outcome(client.send("jobs", queue, b"before")) is Outcome.CONFIRMED
    await broker.pause()
    try:
        assert await outcome(client.send("jobs", queue, b"during")) is Outcome.UNKNOWN
    finally:
        await broker.resume()
    assert await outcome(client.send("jobs", queue, b"after")) is Outcome.CONFIRMED
    subscription = await client.bus.subscribe(queue, 10)
    bodies = {delivery.body for delivery in await take(subscription, 3)}
    assert bodies == {b"before", b"during", b"after"}  # unknown: here it had arrived


async def test_a_queue_that_was_deleted_is_consumed_again_when_it_is_declared_again(client: BusClient) -> None:
    queue = await client.work()
    subscription, hand = await client.bus.subscribe(queue, 1), await client.bus.subscribe(client.dead, 1)
    assert isinstance(hand, consumers.RabbitSubscription)
    assert hand.raw is not None
    await hand.raw.queue_delete(queue)
    assert await outcome(client.send("jobs", queue)) is Outcome.RETURNED
    await client.work()
    client.send("jobs", queue, b"back")
    (delivery,) = await take(subscription, 1)
    assert delivery.body == b"back"


async def test_a_queue_that_is_there_again_at_once_has_no_consumer_that_hears_nothing(client: BusClient) -> None:
    queue = await client.work()
    subscription, hand = await client.bus.subscribe(queue, 1), await client.bus.subscribe(client.dead, 1)
    assert isinstance(hand, consumers.RabbitSubscription) and isinstance(subscription, consumers.RabbitSubscription)

    async def prepared() -> bool:
        return subscription.raw is not None

    for body in (b"1", b"2", b"3"):
        assert hand.raw is not None
        await hand.raw.queue_delete(queue)
        await client.work()
        await until_confirmed(client, queue, body)
        (delivery,) = await take(subscription, 1)
        assert delivery.body == body
        await subscription.ack(delivery)
        await until(prepared)  # a deletion between consuming and the limit behind it is not covered (ADR 22)


async def test_a_consumer_that_is_silently_gone_is_noticed(rabbit_url: str, client: BusClient) -> None:
    queue = await client.work()
    watched = await RabbitBus.connect(rabbit_url, "watched", watch_every=0.3)
    subscription = await watched.subscribe(queue, 1)
    other = await client.bus.subscribe(queue, 1)  # so that the broker still counts a consumer
    assert subscription.raw is not None
    for tag in tuple(subscription.raw.consumers):
        await subscription.raw.basic_cancel(tag)
    client.send_many(queue, 2)
    await take(other, 1)  # and is busy with it
    assert len(await take(subscription, 1)) == 1
    await watched.close()


async def test_a_channel_that_is_lost_takes_what_it_had_delivered_with_it(client: BusClient) -> None:
    queue = await client.work()
    client.send_many(queue, 3)
    subscription = await client.bus.subscribe(queue, 10)
    await client.pass_by()  # all three are buffered here, and no task has taken them
    await lose_channel(subscription)
    again = await take(subscription, 3)
    assert [delivery.redelivered for delivery in again] == [True, True, True]


async def test_settling_what_came_over_a_lost_channel_settles_nothing_on_the_next(client: BusClient) -> None:
    queue = await client.work()
    client.send_many(queue, 3)
    subscription = await client.bus.subscribe(queue, 10)
    first, second, third = await take(subscription, 3)
    await lose_channel(subscription)
    await take(subscription, 3)  # on the wire they have the tags of the first three
    await subscription.ack(first)
    await subscription.reject(second)
    await subscription.ack_through(third)
    await subscription.close()
    assert len(await take(await client.bus.subscribe(queue, 10), 3)) == 3


async def test_a_queue_whose_limit_is_taken_away_refuses_no_more(broker: Broker, rabbit_url: str) -> None:
    bus = await RabbitBus.connect(rabbit_url, "limited", doubt_after=0.5)
    client = BusClient(bus, f"t{uuid4().hex[:8]}")
    queue = await client.work()
    outgoing = Outgoing("jobs", queue, uuid4(), {}, b"{}")
    await broker.control("set_policy", "--apply-to", "queues", queue, f"^{queue}$", '{"max-length": 1}')
    try:
        async with asyncio.timeout(DEADLINE):
            while await bus.publish(outgoing) is not Outcome.REFUSED:
                pass
    finally:
        await broker.control("clear_policy", queue)
    await until_confirmed(client, queue, b"after")
    await bus.close()


async def test_changed_arguments_are_refused_with_the_queues_name(client: BusClient) -> None:
    queue = await client.work(max_length=10)
    with pytest.raises(TopologyChanged, match=queue):
        await client.work(max_length=11)


async def test_a_changed_queue_is_named_and_keeps_no_other_from_being_declared(client: BusClient) -> None:
    queue, other = await client.work(max_length=10), f"{client.service}.other"
    changed = [Queue(name, "jobs", (), client.dead, max_length=11) for name in (queue, other)]
    with pytest.raises(TopologyChanged, match=queue):
        await client.bus.declare(Topology(tuple(changed)))
    assert await client.bus.depth(other) is not None
    assert await client.bus.changed([Queue(f"{client.service}.missing", "jobs", (), None)]) == {}
    assert client.bus.version is not None
    [(name, detail)] = (await client.bus.changed(changed)).items()
    assert (name, "x-max-length" in detail) == (queue, True)


async def test_where_no_broker_is_the_sentence_says_where_and_not_the_password() -> None:
    with pytest.raises(ConnectionError, match=r"127\.0\.0\.1:1 ") as error:
        await RabbitBus.connect("amqp://guest:secret@127.0.0.1:1/", "nobody", wait=0.1)
    assert "secret" not in str(error.value)


async def until_confirmed(client: BusClient, queue: str, body: bytes) -> None:
    """Publishes again and again until it works; such a caller must not keep the bus from reconnecting."""
    async with asyncio.timeout(RECOVERY):
        while await client.bus.publish(Outgoing("jobs", queue, uuid4(), {}, body)) is not Outcome.CONFIRMED:
            pass


async def lose_channel(subscription: Subscription) -> None:
    """Closes the bus's channel, and waits until the bus has opened another."""
    assert isinstance(subscription, consumers.RabbitSubscription)
    assert subscription.raw is not None
    lost = subscription.raw
    await lost.close()
    for _ in range(round(RECOVERY / 0.01)):
        if subscription.raw not in (None, lost):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("no other channel")


async def keep_ringing(client: BusClient) -> None:
    async with asyncio.timeout(DEADLINE):
        while True:
            await client.bus.publish_transient(client.key("bell"), b"heard")
            await asyncio.sleep(0.1)
