"""Tests every bus between exchange and queue: declaring, binding, copies, and bells.

It runs in memory and on RabbitMQ. The product may rely only on what this suite tests.
"""

import asyncio

import pytest

from chassis.bus.base import Closed, Outcome, UnknownQueue
from chassis.bus.topology import Queue, Topology
from tests.conformance.bus_client import DEADLINE, BusClient, nothing_more, outcome, take
from tests.conformance.conftest import Connect


async def test_an_event_reaches_every_queue_bound_to_it(client: BusClient) -> None:
    queues = [
        await client.events("exact", "heard"),
        await client.events("two", "heard", "seen"),
        await client.events("all", "#"),
    ]
    other = await client.events("other", "seen")
    sent = client.send("events", client.key("heard"), b"news")
    for queue in queues:
        subscription = await client.bus.subscribe(queue, 100)
        while (delivery := (await take(subscription, 1))[0]).body != b"news":
            pass  # other tests' events: `#` receives them all
        await subscription.ack(delivery)
    assert await outcome(sent) is Outcome.CONFIRMED
    await nothing_more(client, other)


async def test_a_queue_bound_twice_over_gets_one_copy(client: BusClient) -> None:
    queue = await client.events("both", "#", "heard")
    client.send("events", client.key("heard"), b"once")
    client.send("events", client.key("last"), b"last")
    subscription = await client.bus.subscribe(queue, 100)
    bodies: list[bytes] = []
    while b"last" not in bodies:
        bodies += [delivery.body for delivery in await take(subscription, 1)]
    assert bodies.count(b"once") <= 1


async def test_a_slow_subscriber_does_not_stop_another(client: BusClient) -> None:
    slow, quick = await client.events("slow", "heard"), await client.events("quick", "heard")
    stuck = await client.bus.subscribe(slow, 1)
    for _ in range(50):
        client.send("events", client.key("heard"))
    await take(stuck, 1)
    subscription = await client.bus.subscribe(quick, 10)
    for _ in range(50):
        await subscription.ack((await take(subscription, 1))[0])


async def test_a_queue_nobody_declared_cannot_be_consumed(client: BusClient) -> None:
    with pytest.raises(UnknownQueue, match="topology apply"):
        await client.bus.subscribe(client.key("nowhere"), 1)


async def test_declaring_again_keeps_what_is_in_the_queue(client: BusClient) -> None:
    queue = await client.work(max_length=10)
    client.send("jobs", queue, b"kept")
    await client.pass_by()
    await client.work(max_length=10)
    (delivery,) = await take(await client.bus.subscribe(queue, 1), 1)
    assert delivery.body == b"kept"


async def test_every_listener_hears_the_keys_it_asked_for(connect: Connect, client: BusClient) -> None:
    here, there = await client.bus.listen(client.key("bell")), await (await connect()).listen(client.key("bell"), "#")
    await client.bus.publish_transient(client.key("other"), b"1")
    await client.bus.publish_transient(client.key("bell"), b"2")
    async with asyncio.timeout(DEADLINE):
        assert await here.next() == (client.key("bell"), b"2")
        heard = [await there.next(), await there.next()]
    assert heard == [(client.key("other"), b"1"), (client.key("bell"), b"2")]


async def test_a_bell_that_nobody_hears_is_no_error(client: BusClient) -> None:
    await client.work()
    await client.bus.publish_transient(client.key("bell"), b"1")


async def test_a_closed_listener_wakes_who_waits(client: BusClient) -> None:
    await client.work()
    listener = await client.bus.listen(client.key("bell"))
    waiting = asyncio.create_task(listener.next())
    await asyncio.sleep(0)
    await listener.close()
    with pytest.raises(Closed):
        await waiting


async def test_who_declares_hears_of_a_queue_before_it_is_made_and_never_again(client: BusClient) -> None:
    queue, other = client.key("new"), await client.work("other")
    new = Queue(queue, "jobs", (), client.dead)
    topology = Topology((Queue(client.dead, "jobs", (), None), Queue(other, "jobs", (other,), client.dead), new))
    heard: list[str] = []

    async def creating(name: str) -> None:
        heard.append(name)
        with pytest.raises(UnknownQueue):
            await client.bus.subscribe(name, 1)

    await client.bus.declare(topology, creating)
    await client.bus.declare(topology, creating)
    assert heard == [queue]


async def test_a_message_for_one_queue_alone_reaches_no_other(client: BusClient) -> None:
    one, other = await client.events("one", "heard"), await client.events("other", "heard")
    sent = client.send("", one, b"repair")
    subscription = await client.bus.subscribe(one, 1)
    (delivery,) = await take(subscription, 1)
    assert delivery.body == b"repair"
    await subscription.ack(delivery)
    assert await outcome(sent) is Outcome.CONFIRMED
    assert await outcome(client.send("", client.key("nothing"))) is Outcome.RETURNED
    await nothing_more(client, other)
