"""Tests what only the memory bus does: it holds a message until the consumer has it safe, and confirms it then."""

import asyncio
from uuid import UUID, uuid4

import pytest

from chassis.bus.base import Closed, Outcome, Outgoing
from chassis.bus.live_buffer import LIVE_BUFFER_SIZE
from chassis.bus.memory import MemoryBus
from chassis.bus.topology import Queue, Topology


@pytest.fixture
async def bus() -> MemoryBus:
    bus = MemoryBus()
    await bus.declare(
        Topology(
            (
                Queue("s.slow", "events", ("heard",), "s.dead"),
                Queue("s.fast", "events", ("heard",), "s.dead"),
                Queue("s.dead", "jobs", (), None),
            )
        )
    )
    return bus


def event(identity: UUID | None = None) -> Outgoing:
    return Outgoing("events", "heard", identity or uuid4(), {}, b"{}")


async def test_a_publish_is_confirmed_when_the_last_queue_has_it_safe(bus: MemoryBus) -> None:
    message = event()
    sent = bus.publish(message)
    slow, fast = await bus.subscribe("s.slow", 1), await bus.subscribe("s.fast", 1)
    await slow.confirm((await slow.next())[0])  # its claim is committed, its work goes on
    assert not sent.done()
    assert set(bus.in_memory_ids()) == {message.id}
    await fast.ack((await fast.next())[0])
    assert await sent is Outcome.CONFIRMED
    assert not bus.in_memory_ids()


async def test_a_rejected_message_is_confirmed_by_the_dead_queues_consumer(bus: MemoryBus) -> None:
    message = event()
    sent = bus.publish(message)
    slow, fast, dead = [await bus.subscribe(f"s.{name}", 1) for name in ("slow", "fast", "dead")]
    await slow.reject((await slow.next())[0])
    await fast.ack((await fast.next())[0])
    assert set(bus.in_memory_ids()) == {message.id}
    await dead.ack((await dead.next())[0])
    assert await sent is Outcome.CONFIRMED


async def test_a_message_that_two_queues_reject_is_confirmed_by_both_its_dead_letters(bus: MemoryBus) -> None:
    sent = bus.publish(event())
    for name in ("s.slow", "s.fast"):
        subscription = await bus.subscribe(name, 1)
        await subscription.reject((await subscription.next())[0])
    dead = await bus.subscribe("s.dead", 2)
    first, second = await dead.next(2)
    assert {first.first_queue, second.first_queue} == {"s.slow", "s.fast"}
    await dead.ack(first)
    assert bus.in_memory_ids()
    await dead.ack(second)
    assert await sent is Outcome.CONFIRMED


async def test_a_publish_of_an_id_still_held_joins_the_one_in_flight(bus: MemoryBus) -> None:
    message = event()
    both = [bus.publish(message) for _ in range(2)]
    for name in ("s.slow", "s.fast"):
        subscription = await bus.subscribe(name, 5)
        (only,) = await subscription.next(5)
        await subscription.ack(only)
    assert await asyncio.gather(*both) == [Outcome.CONFIRMED, Outcome.CONFIRMED]


async def test_a_publisher_that_gives_up_takes_nothing_out_of_the_queues(bus: MemoryBus) -> None:
    message = event()
    sent = bus.publish(message)
    slow = await bus.subscribe("s.slow", 1)
    await slow.next()
    sent.cancel()
    await asyncio.gather(sent, return_exceptions=True)
    assert set(bus.in_memory_ids()) == {message.id}


async def test_closing_ends_pending_publishes_as_unknown_and_wakes_who_waits(bus: MemoryBus) -> None:
    sent = bus.publish(event())
    dead, listener = await bus.subscribe("s.dead", 1), await bus.listen("bell")
    taking, hearing = asyncio.create_task(dead.next()), asyncio.create_task(listener.next())
    await asyncio.sleep(0)
    await bus.close()
    assert await sent is Outcome.UNKNOWN
    assert await taking == []
    with pytest.raises(Closed):
        await hearing
    assert not bus.in_memory_ids()


async def test_a_slow_listener_loses_the_oldest(bus: MemoryBus) -> None:
    listener = await bus.listen("bell")
    for number in range(LIVE_BUFFER_SIZE + 1):
        await bus.publish_transient("bell", b"%d" % number)
    assert await listener.next() == ("bell", b"1")
