"""What every bus does between exchange and queue: declaring, binding, copies, and bells.

In memory as on RabbitMQ. What this suite does not say, nothing may rely on.
"""

import asyncio

import pytest

from chassis.bus.base import Closed, Outcome, UnknownQueue
from chassis.bus.topology import Queue, Topology
from tests.conformance.conftest import Connect
from tests.conformance.desk import DEADLINE, Desk, nothing_more, outcome, take


async def test_an_event_reaches_every_queue_bound_to_it(desk: Desk) -> None:
    queues = [
        await desk.events("exact", "heard"),
        await desk.events("two", "heard", "seen"),
        await desk.events("all", "#"),
    ]
    other = await desk.events("other", "seen")
    sent = desk.send("events", desk.key("heard"), b"news")
    for queue in queues:
        subscription = await desk.bus.subscribe(queue, 100)
        while (delivery := (await take(subscription, 1))[0]).body != b"news":
            pass  # other tests' events: `#` hears them all
        await subscription.ack(delivery)
    assert await outcome(sent) is Outcome.CONFIRMED
    await nothing_more(desk, other)


async def test_a_queue_bound_twice_over_gets_one_copy(desk: Desk) -> None:
    queue = await desk.events("both", "#", "heard")
    desk.send("events", desk.key("heard"), b"once")
    desk.send("events", desk.key("last"), b"last")
    subscription = await desk.bus.subscribe(queue, 100)
    bodies: list[bytes] = []
    while b"last" not in bodies:
        bodies += [delivery.body for delivery in await take(subscription, 1)]
    assert bodies.count(b"once") <= 1


async def test_a_slow_subscriber_does_not_stop_another(desk: Desk) -> None:
    slow, quick = await desk.events("slow", "heard"), await desk.events("quick", "heard")
    stuck = await desk.bus.subscribe(slow, 1)
    for _ in range(50):
        desk.send("events", desk.key("heard"))
    await take(stuck, 1)
    subscription = await desk.bus.subscribe(quick, 10)
    for _ in range(50):
        await subscription.ack((await take(subscription, 1))[0])


async def test_a_queue_nobody_declared_cannot_be_consumed(desk: Desk) -> None:
    with pytest.raises(UnknownQueue, match="topology apply"):
        await desk.bus.subscribe(desk.key("nowhere"), 1)


async def test_declaring_again_keeps_what_is_in_the_queue(desk: Desk) -> None:
    queue = await desk.work(max_length=10)
    desk.send("jobs", queue, b"kept")
    await desk.pass_by()
    await desk.work(max_length=10)
    (delivery,) = await take(await desk.bus.subscribe(queue, 1), 1)
    assert delivery.body == b"kept"


async def test_every_listener_hears_the_keys_it_asked_for(connect: Connect, desk: Desk) -> None:
    here, there = await desk.bus.listen(desk.key("bell")), await (await connect()).listen(desk.key("bell"), "#")
    await desk.bus.publish_transient(desk.key("other"), b"1")
    await desk.bus.publish_transient(desk.key("bell"), b"2")
    async with asyncio.timeout(DEADLINE):
        assert await here.next() == (desk.key("bell"), b"2")
        heard = [await there.next(), await there.next()]
    assert heard == [(desk.key("other"), b"1"), (desk.key("bell"), b"2")]


async def test_a_bell_that_nobody_hears_is_no_error(desk: Desk) -> None:
    await desk.work()
    await desk.bus.publish_transient(desk.key("bell"), b"1")


async def test_a_closed_listener_wakes_who_waits(desk: Desk) -> None:
    await desk.work()
    listener = await desk.bus.listen(desk.key("bell"))
    waiting = asyncio.create_task(listener.next())
    await asyncio.sleep(0)
    await listener.close()
    with pytest.raises(Closed):
        await waiting


async def test_who_declares_hears_of_a_queue_before_it_is_made_and_never_again(desk: Desk) -> None:
    queue, other = desk.key("new"), await desk.work("other")
    new = Queue(queue, "jobs", (), desk.dead)
    topology = Topology((Queue(desk.dead, "jobs", (), None), Queue(other, "jobs", (other,), desk.dead), new))
    heard: list[str] = []

    async def creating(name: str) -> None:
        heard.append(name)
        with pytest.raises(UnknownQueue):
            await desk.bus.subscribe(name, 1)

    await desk.bus.declare(topology, creating)
    await desk.bus.declare(topology, creating)
    assert heard == [queue]


async def test_a_message_for_one_queue_alone_reaches_no_other(desk: Desk) -> None:
    one, other = await desk.events("one", "heard"), await desk.events("other", "heard")
    sent = desk.send("", one, b"repair")
    subscription = await desk.bus.subscribe(one, 1)
    (delivery,) = await take(subscription, 1)
    assert delivery.body == b"repair"
    await subscription.ack(delivery)
    assert await outcome(sent) is Outcome.CONFIRMED
    assert await outcome(desk.send("", desk.key("nothing"))) is Outcome.RETURNED
    await nothing_more(desk, other)
