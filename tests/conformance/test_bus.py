"""What every bus does, in memory as on RabbitMQ. What this file does not say, nothing may rely on."""

import asyncio
from uuid import uuid4

import pytest

from chassis.bus.base import Bus, Closed, Outcome, Outgoing, UnknownQueue
from chassis.bus.topology import DELIVERY_LIMIT, Queue, Topology
from tests.conformance.conftest import Connect
from tests.conformance.desk import DEADLINE, Desk, outcome, take


async def test_a_message_arrives_as_it_was_sent(desk: Desk) -> None:
    queue = await desk.work()
    body = bytes(range(256)) * 2000  # more than one AMQP frame
    sent = desk.publish(Outgoing("jobs", queue, uuid4(), {"cloudEvents_id": "1", "cloudEvents_type": "käse"}, body))
    subscription = await desk.bus.subscribe(queue, 1)
    (delivery,) = await take(subscription, 1)
    assert delivery.body == body
    assert dict(delivery.headers) == {"cloudEvents_id": "1", "cloudEvents_type": "käse"}
    assert not delivery.redelivered
    assert (delivery.death, delivery.first_queue) == (None, None)
    await subscription.ack(delivery)
    assert await outcome(sent) is Outcome.CONFIRMED


async def test_an_empty_body_arrives(desk: Desk) -> None:
    queue = await desk.work()
    desk.send("jobs", queue, b"")
    (delivery,) = await take(await desk.bus.subscribe(queue, 1), 1)
    assert delivery.body == b""


async def test_what_no_queue_is_bound_to_is_returned(desk: Desk) -> None:
    queue = await desk.events("one", "spoken")
    assert await outcome(desk.send("events", desk.key("unspoken"))) is Outcome.RETURNED
    assert await outcome(desk.send("jobs", desk.key("nothing"))) is Outcome.RETURNED
    await desk.work()
    sent = desk.send("events", desk.key("spoken"))  # one that is bound does not suffer from its neighbours
    subscription = await desk.bus.subscribe(queue, 1)
    await subscription.ack((await take(subscription, 1))[0])
    assert await outcome(sent) is Outcome.CONFIRMED


async def test_many_returned_and_many_confirmed_at_once_keep_their_outcomes(desk: Desk) -> None:
    queue = await desk.work()
    good = [desk.send("jobs", queue) for _ in range(100)]
    bad = [desk.send("jobs", desk.key("nothing")) for _ in range(100)]
    subscription = await desk.bus.subscribe(queue, 100)
    await subscription.ack_through((await take(subscription, 100))[-1])
    assert {await outcome(sent) for sent in good} == {Outcome.CONFIRMED}
    assert {await outcome(sent) for sent in bad} == {Outcome.RETURNED}


async def test_a_full_queue_refuses_keeps_what_it_confirmed_and_takes_more_when_there_is_room(desk: Desk) -> None:
    queue = await desk.work(max_length=5)
    sent: dict[bytes, asyncio.Future[Outcome]] = {}
    while not any(task.done() and task.result() is Outcome.REFUSED for task in sent.values()):
        body = b"%d" % len(sent)
        sent[body] = desk.send("jobs", queue, body)
        await desk.pass_by()
        assert len(sent) < 50  # a broker may take a few more than its limit says
    arrived: asyncio.Queue[bytes] = asyncio.Queue()
    subscription = await desk.bus.subscribe(queue, 1)

    async def consume() -> None:
        while batch := await subscription.next():
            arrived.put_nowait(batch[0].body)
            await subscription.ack(batch[0])

    consumer = asyncio.create_task(consume())
    confirmed = {body for body, task in sent.items() if await outcome(task) is Outcome.CONFIRMED}
    assert len(confirmed) >= 5
    async with asyncio.timeout(DEADLINE):
        assert {await arrived.get() for _ in confirmed} == confirmed
        while await outcome(desk.send("jobs", queue, b"again")) is Outcome.REFUSED:
            await desk.pass_by()
        assert await arrived.get() == b"again"
    await subscription.cancel()
    await consumer


async def test_what_is_acked_does_not_come_again_and_what_is_not_does(desk: Desk) -> None:
    queue = await desk.work()
    desk.send_many(queue, 3)
    subscription = await desk.bus.subscribe(queue, 3)
    first, second, third = await take(subscription, 3)
    await subscription.ack(first)
    await subscription.ack(third)
    await subscription.close()
    again = await desk.bus.subscribe(queue, 3)
    (delivery,) = await take(again, 1)
    assert (delivery.body, delivery.redelivered) == (second.body, True)
    await again.ack(delivery)
    await nothing_more(desk, queue)


async def test_a_multiple_ack_settles_what_came_before_and_nothing_after(desk: Desk) -> None:
    queue = await desk.work()
    desk.send_many(queue, 5)
    subscription = await desk.bus.subscribe(queue, 5)
    deliveries = await take(subscription, 5)
    await subscription.ack_through(deliveries[2])
    await subscription.close()
    again = await desk.bus.subscribe(queue, 5)
    rest = await take(again, 2)
    assert {delivery.body for delivery in rest} == {delivery.body for delivery in deliveries[3:]}
    assert all(delivery.redelivered for delivery in rest)
    await again.ack_through(rest[-1])
    await nothing_more(desk, queue)


async def test_settling_twice_or_too_late_is_ignored(desk: Desk) -> None:
    queue = await desk.work()
    desk.send_many(queue, 2)
    subscription = await desk.bus.subscribe(queue, 2)
    first, second = await take(subscription, 2)
    await subscription.close()
    await subscription.ack(first)
    await subscription.ack_through(second)
    await subscription.reject(second)
    assert len(await take(await desk.bus.subscribe(queue, 2), 2)) == 2


async def test_a_multiple_ack_through_what_is_settled_already_settles_the_rest(desk: Desk) -> None:
    queue = await desk.work()
    desk.send_many(queue, 3)
    subscription = await desk.bus.subscribe(queue, 5)
    first, _, third = await take(subscription, 3)
    await subscription.reject(third)
    await subscription.ack_through(third)
    await subscription.ack(first)
    await subscription.reject(third)
    desk.send("jobs", queue, b"next")
    (delivery,) = await take(subscription, 1)
    assert (delivery.body, delivery.redelivered) == (b"next", False)
    await subscription.ack(delivery)
    await subscription.close()
    await nothing_more(desk, queue)


async def test_a_rejected_message_lies_in_the_dead_queue_with_its_reason(desk: Desk) -> None:
    queue = await desk.work()
    sent = desk.send("jobs", queue, b"bad")
    subscription = await desk.bus.subscribe(queue, 1)
    await subscription.reject((await take(subscription, 1))[0])
    dead = await desk.bus.subscribe(desk.dead, 1)
    (delivery,) = await take(dead, 1)
    assert (delivery.body, delivery.death, delivery.first_queue) == (b"bad", "rejected", queue)
    await dead.ack(delivery)
    assert await outcome(sent) is Outcome.CONFIRMED
    await nothing_more(desk, queue)


async def test_a_message_returned_too_often_is_given_up(desk: Desk) -> None:
    queue = await desk.work()
    desk.send("jobs", queue, b"killer")
    dead = await desk.bus.subscribe(desk.dead, 1)
    given_up = asyncio.create_task(take(dead, 1))
    returned = 0
    while not given_up.done():
        subscription = await desk.bus.subscribe(queue, 1)
        next_one = asyncio.create_task(take(subscription, 1))
        await asyncio.wait([given_up, next_one], return_when=asyncio.FIRST_COMPLETED)
        returned += next_one.done()
        next_one.cancel()
        await subscription.close()
    (delivery,) = given_up.result()
    assert (delivery.body, delivery.death, delivery.first_queue) == (b"killer", "delivery_limit", queue)
    assert returned == DELIVERY_LIMIT + 1


async def test_the_dead_queue_gives_nothing_up(desk: Desk) -> None:
    queue = await desk.work()
    desk.send("jobs", queue, b"bad")
    subscription = await desk.bus.subscribe(queue, 1)
    await subscription.reject((await take(subscription, 1))[0])
    for _ in range(DELIVERY_LIMIT + 5):
        dead = await desk.bus.subscribe(desk.dead, 1)
        (delivery,) = await take(dead, 1)
        await dead.close()
    assert (delivery.body, delivery.redelivered) == (b"bad", True)


async def test_no_more_than_prefetch_are_unsettled(desk: Desk) -> None:
    queue = await desk.work()
    desk.send_many(queue, 5)
    subscription = await desk.bus.subscribe(queue, 2)
    first, _ = await take(subscription, 2)
    third = asyncio.create_task(subscription.next(5))
    await desk.pass_by()
    assert not third.done()
    await subscription.ack(first)
    async with asyncio.timeout(DEADLINE):
        assert len(await third) == 1


async def test_next_returns_what_is_there_without_waiting_for_more(desk: Desk) -> None:
    queue = await desk.work()
    subscription = await desk.bus.subscribe(queue, 200)
    desk.send("jobs", queue)
    async with asyncio.timeout(DEADLINE):
        assert len(await subscription.next(100)) == 1


async def test_next_returns_at_most_its_limit(desk: Desk) -> None:
    queue = await desk.work()
    desk.send_many(queue, 7)
    await desk.pass_by()
    subscription = await desk.bus.subscribe(queue, 10)
    taken = 0
    async with asyncio.timeout(DEADLINE):
        while taken < 7:
            batch = await subscription.next(3)
            assert 1 <= len(batch) <= 3
            taken += len(batch)


async def test_two_consumers_of_a_queue_share_its_messages_and_lose_none(connect: Connect, desk: Desk) -> None:
    queue = await desk.work()
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

    consumers = [asyncio.create_task(consume(desk.bus)), asyncio.create_task(consume(await connect()))]
    sent = desk.send_many(queue, 300)
    async with asyncio.timeout(DEADLINE):
        await done.wait()
    assert sorted(arrived) == sorted(sent)
    assert {await outcome(task) for task in sent.values()} == {Outcome.CONFIRMED}
    for consumer in consumers:
        consumer.cancel()


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


async def test_a_cancelled_subscription_takes_no_more_and_still_settles(desk: Desk) -> None:
    queue = await desk.work()
    desk.send_many(queue, 2)
    subscription = await desk.bus.subscribe(queue, 1)
    (first,) = await take(subscription, 1)
    waiting = asyncio.create_task(subscription.next())
    await desk.pass_by()
    await subscription.cancel()
    async with asyncio.timeout(DEADLINE):
        assert await waiting == []
        assert await subscription.next() == []
    await subscription.ack(first)
    await subscription.close()
    (second,) = await take(await desk.bus.subscribe(queue, 2), 1)
    assert second.body != first.body


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
    await desk.bus.ring(desk.key("other"), b"1")
    await desk.bus.ring(desk.key("bell"), b"2")
    async with asyncio.timeout(DEADLINE):
        assert await here.next() == (desk.key("bell"), b"2")
        heard = [await there.next(), await there.next()]
    assert heard == [(desk.key("other"), b"1"), (desk.key("bell"), b"2")]


async def test_a_bell_that_nobody_hears_is_no_error(desk: Desk) -> None:
    await desk.work()
    await desk.bus.ring(desk.key("bell"), b"1")


async def test_a_closed_listener_wakes_who_waits(desk: Desk) -> None:
    await desk.work()
    listener = await desk.bus.listen(desk.key("bell"))
    waiting = asyncio.create_task(listener.next())
    await asyncio.sleep(0)
    await listener.close()
    with pytest.raises(Closed):
        await waiting


async def test_a_closed_bus_publishes_nothing_and_says_so(connect: Connect, desk: Desk) -> None:
    queue = await desk.work()
    await desk.bus.close()
    assert not desk.bus.connected
    assert await outcome(desk.send("jobs", queue)) is Outcome.UNKNOWN
    await desk.bus.ring("bell", b"")


async def nothing_more(desk: Desk, queue: str) -> None:
    """Whatever else the queue held would be delivered before a message that passes by."""
    subscription = await desk.bus.subscribe(queue, 10)
    more = asyncio.create_task(subscription.next(10))
    await desk.pass_by()
    assert not more.done()
    await subscription.close()
    assert await more == []


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
