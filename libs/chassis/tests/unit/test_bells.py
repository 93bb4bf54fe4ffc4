"""Bells that are rung within a moment go out as one message, the first of them at once."""

from __future__ import annotations

import asyncio
import json
from uuid import UUID, uuid4

from chassis.bus.memory import MemoryBus
from chassis.delivery.bells import Bells
from chassis.delivery.outbox import RUNG, Bell


class Rung(MemoryBus):
    """Keeps what was published, in place of sending it."""

    def __init__(self) -> None:
        super().__init__()
        self.people: list[set[UUID]] = []

    async def publish_transient(self, key: str, body: bytes) -> None:
        assert key == RUNG
        self.people.append({UUID(each) for each in json.loads(body)})


async def turns() -> None:
    """Lets the tasks of the loop go on until they wait."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_the_first_rings_at_once_and_those_of_the_next_moments_ring_together() -> None:
    bus, moment = Rung(), asyncio.Event()

    async def pause() -> None:
        await moment.wait()
        moment.clear()

    bells, (first, second, third) = Bells(bus, pause), (uuid4() for _ in range(3))
    bells.ring(Bell(frozenset({first})))
    await turns()
    assert bus.people == [{first}]
    for people in ({second}, {second, third}, {first}):
        bells.ring(Bell(frozenset(people)))
    await turns()
    assert bus.people == [{first}]
    moment.set()
    await turns()
    assert bus.people == [{first}, {first, second, third}]
    moment.set()
    await turns()
    bells.ring(Bell(frozenset({third})))  # after a moment in which nobody rang
    await turns()
    assert bus.people[2:] == [{third}]
