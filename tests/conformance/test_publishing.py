"""Tests publishing on every bus: a message arrives as it was sent, and the publisher learns its outcome.

It runs in memory and on RabbitMQ. The product may rely only on what this suite tests.
"""

import asyncio
from uuid import uuid4

from chassis.bus.base import Outcome, Outgoing
from tests.conformance.bus_client import DEADLINE, BusClient, outcome, take
from tests.conformance.conftest import Connect


async def test_a_message_arrives_as_it_was_sent(client: BusClient) -> None:
    queue = await client.work()
    body = bytes(range(256)) * 2000  # more than one AMQP frame
    sent = client.publish(Outgoing("jobs", queue, uuid4(), {"cloudEvents_id": "1", "cloudEvents_type": "käse"}, body))
    subscription = await client.bus.subscribe(queue, 1)
    (delivery,) = await take(subscription, 1)
    assert delivery.body == body
    assert dict(delivery.headers) == {"cloudEvents_id": "1", "cloudEvents_type": "käse"}
    assert not delivery.redelivered
    assert (delivery.death, delivery.first_queue) == (None, None)
    await subscription.ack(delivery)
    assert await outcome(sent) is Outcome.CONFIRMED


async def test_an_empty_body_arrives(client: BusClient) -> None:
    queue = await client.work()
    client.send("jobs", queue, b"")
    (delivery,) = await take(await client.bus.subscribe(queue, 1), 1)
    assert delivery.body == b""


async def test_what_no_queue_is_bound_to_is_returned(client: BusClient) -> None:
    queue = await client.events("one", "spoken")
    assert await outcome(client.send("events", client.key("unspoken"))) is Outcome.RETURNED
    assert await outcome(client.send("jobs", client.key("nothing"))) is Outcome.RETURNED
    await client.work()
    sent = client.send("events", client.key("spoken"))  # one that is bound does not suffer from its neighbours
    subscription = await client.bus.subscribe(queue, 1)
    await subscription.ack((await take(subscription, 1))[0])
    assert await outcome(sent) is Outcome.CONFIRMED


async def test_many_returned_and_many_confirmed_at_once_keep_their_outcomes(client: BusClient) -> None:
    queue = await client.work()
    good = [client.send("jobs", queue) for _ in range(100)]
    bad = [client.send("jobs", client.key("nothing")) for _ in range(100)]
    subscription = await client.bus.subscribe(queue, 100)
    await subscription.ack_through((await take(subscription, 100))[-1])
    assert {await outcome(sent) for sent in good} == {Outcome.CONFIRMED}
    assert {await outcome(sent) for sent in bad} == {Outcome.RETURNED}


async def test_a_full_queue_refuses_keeps_what_it_confirmed_and_takes_more_when_there_is_room(
    client: BusClient,
) -> None:
    queue = await client.work(max_length=5)
    sent: dict[bytes, asyncio.Future[Outcome]] = {}
    while not any(task.done() and task.result() is Outcome.REFUSED for task in sent.values()):
        body = b"%d" % len(sent)
        sent[body] = client.send("jobs", queue, body)
        await client.pass_by()
        assert len(sent) < 50  # a broker may take a few more than its limit says
    arrived: asyncio.Queue[bytes] = asyncio.Queue()
    subscription = await client.bus.subscribe(queue, 1)

    async def consume() -> None:
        while batch := await subscription.next():
            arrived.put_nowait(batch[0].body)
            await subscription.ack(batch[0])

    consumer = asyncio.create_task(consume())
    confirmed = {body for body, task in sent.items() if await outcome(task) is Outcome.CONFIRMED}
    assert len(confirmed) >= 5
    async with asyncio.timeout(DEADLINE):
        assert {await arrived.get() for _ in confirmed} == confirmed
        while await outcome(client.send("jobs", queue, b"again")) is Outcome.REFUSED:
            await client.pass_by()
        assert await arrived.get() == b"again"
    await subscription.cancel()
    await consumer


async def test_a_closed_bus_publishes_nothing_and_says_so(connect: Connect, client: BusClient) -> None:
    queue = await client.work()
    await client.bus.close()
    assert not client.bus.connected
    assert await outcome(client.send("jobs", queue)) is Outcome.UNKNOWN
    await client.bus.publish_transient("bell", b"")
