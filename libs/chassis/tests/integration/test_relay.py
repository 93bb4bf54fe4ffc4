"""Tests the outbox and its relay: only confirmed rows are deleted, and claimed rows are not taken."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection
from uuid import UUID

import pytest

from chassis.bus.base import Outcome, Outgoing, ended
from chassis.bus.memory import MemoryBus
from chassis.delivery import statements
from chassis.delivery.outbox import OutboxMessage, insert_outbox
from chassis.delivery.relay import Relay
from chassis.observe import metrics
from chassis.testing import until
from libs.chassis.tests.integration.demo import Noted, Work
from libs.chassis.tests.integration.fixtures import Bench


class ScriptedBus(MemoryBus):
    """Answers publishes as a test wants, by key; what is not scripted is confirmed."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: dict[str, Outcome] = {}
        self.published: list[UUID] = []
        self.keeps: set[UUID] = set()
        self.up = True
        self.answering = asyncio.Event()
        self.answering.set()

    @property
    def connected(self) -> bool:
        return self.up

    def in_memory_ids(self) -> Collection[UUID]:
        return self.keeps

    def publish(self, outgoing: Outgoing) -> asyncio.Future[Outcome]:
        self.published.append(outgoing.id)
        if outgoing.id in self.keeps:
            return asyncio.get_running_loop().create_future()
        if not self.answering.is_set():
            return asyncio.ensure_future(self._answer_later(outgoing))
        return ended(self.answers.get(outgoing.key, Outcome.CONFIRMED))

    async def _answer_later(self, outgoing: Outgoing) -> Outcome:
        await self.answering.wait()
        return self.answers.get(outgoing.key, Outcome.CONFIRMED)


@pytest.fixture
def bus() -> ScriptedBus:
    return ScriptedBus()


@pytest.fixture
async def relay(bench: Bench, bus: ScriptedBus) -> AsyncIterator[Relay]:
    relay = new_relay(bench, bus)
    yield relay
    await relay.flush(0)


def new_relay(bench: Bench, bus: ScriptedBus, budget: int = 100) -> Relay:
    return Relay("demo", bench.database, bus, bench.watchdog.pulse("relay"), budget, lambda _: None, sweep_every=0.02)


async def committed(bench: Bench, message: Work | Noted, *, due: bool = False) -> OutboxMessage:
    """Commits a row of the outbox; with `due` its claim has run out."""
    outbox_message = bench.to_outbox(message)
    async with bench.database.transaction() as tx:
        await insert_outbox(tx, [outbox_message])
        if due:
            await tx.fetch("UPDATE outbox SET claimed_until = now() WHERE id = $1", outbox_message.envelope.id)
    return outbox_message


async def left(bench: Bench) -> set[UUID]:
    return {row.id for row in await bench.rows("SELECT id FROM outbox")}


async def test_a_row_is_born_claimed_and_goes_when_it_is_confirmed(
    bench: Bench, bus: ScriptedBus, relay: Relay
) -> None:
    [fast, slept] = [await committed(bench, Work(key=key)) for key in "ab"]
    [swept] = [await committed(bench, Work(key="c"), due=True)]
    [[seconds]] = await bench.rows("SELECT max(extract(epoch FROM claimed_until - now()))::float FROM outbox")
    assert 1 < seconds <= statements.BIRTH_CLAIM_S
    relay.publish([fast])
    running = asyncio.create_task(relay.run())

    async def only_one() -> bool:
        return await left(bench) == {slept.envelope.id}

    await until(only_one)
    running.cancel()
    assert Counter(bus.published) == Counter([fast.envelope.id, swept.envelope.id])


async def test_a_sweeper_takes_no_more_than_it_wants_whatever_the_planner_believes(bench: Bench) -> None:
    await committed(bench, Work(key="before"))
    await bench.rows("DELETE FROM outbox")
    await bench.rows("ANALYZE outbox")  # it believes from here on that there is next to nothing
    for number in range(5):
        await committed(bench, Work(key=str(number)), due=True)
    assert [len(await bench.rows(statements.SWEEP, [], [], 2)) for _ in range(4)] == [2, 2, 1, 0]


async def test_a_sweeper_passes_over_what_another_one_is_taking(bench: Bench) -> None:
    for number in range(5):
        await committed(bench, Work(key=str(number)), due=True)
    async with bench.database.transaction() as tx:
        mine = await tx.fetch(statements.SWEEP, [], [], 2)
        async with asyncio.timeout(20):
            others = await bench.rows(statements.SWEEP, [], [], 10)
    assert (len(mine), len(others)) == (2, 3)
    assert len({row.id for row in [*mine, *others]}) == 5


async def test_a_claim_is_committed_before_anything_is_published(bench: Bench, bus: ScriptedBus, relay: Relay) -> None:
    row = await committed(bench, Work(key="a"), due=True)
    bench.database.cut(statements.SWEEP, "lost")
    running = asyncio.create_task(relay.run())

    async def cut() -> bool:
        return bench.database.was_cut

    await until(cut)
    assert bus.published == []
    await until(lambda: published(bus, 1))
    running.cancel()
    assert bus.published == [row.envelope.id]


async def test_what_the_bus_holds_itself_is_not_swept_and_not_waited_for(
    bench: Bench, bus: ScriptedBus, relay: Relay
) -> None:
    outbox_message, other = [await committed(bench, Work(key=key), due=True) for key in "ab"]
    bus.keeps.add(outbox_message.envelope.id)
    relay.publish([outbox_message])
    running = asyncio.create_task(relay.run())
    await until(lambda: published(bus, 2))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    async with asyncio.timeout(20):
        await relay.flush(60)
    assert Counter(bus.published) == Counter([outbox_message.envelope.id, other.envelope.id])
    assert await left(bench) == {outbox_message.envelope.id}


async def test_the_budget_counts_what_is_due_and_no_further(bench: Bench, bus: ScriptedBus) -> None:
    bus.up = False
    relay = new_relay(bench, bus, budget=3)
    running = asyncio.create_task(relay.run())
    for number in range(2):
        await committed(bench, Work(key=str(number)), due=True)
    for number in range(5):
        await committed(bench, Work(key=f"claimed {number}"))

    async def counted() -> bool:
        return relay.due == 2

    await until(counted)
    assert not relay.over_budget
    for number in range(3):
        await committed(bench, Work(key=f"more {number}"), due=True)

    async def over() -> bool:
        return relay.over_budget

    await until(over)
    assert (relay.due, bus.published) == (3, [])
    running.cancel()


async def test_a_broker_that_takes_nothing_makes_no_row_younger(bench: Bench, bus: ScriptedBus) -> None:
    """Sweeps claim rows again and again where publishes end without an answer, as under an alarm of the broker."""
    relay = new_relay(bench, bus, budget=2)
    bus.answers = {Work.type: Outcome.UNKNOWN}
    rows = [await committed(bench, Work(key=key), due=True) for key in "abc"]
    await bench.rows("UPDATE outbox SET ready_at = now() - interval '5 minutes'")
    running = asyncio.create_task(relay.run())
    await until(lambda: published(bus, 3))
    bus.published.clear()
    await bench.rows("UPDATE outbox SET claimed_until = now()")  # the claims of the first sweep end
    await until(lambda: published(bus, 3))

    def gauge(name: str) -> float:
        return metrics.REGISTRY.get_sample_value(f"voxbus_outbox_{name}", {"service": "demo"}) or 0.0

    for _ in range(2):
        [row] = await bench.rows(statements.OUTBOX_DUE, 2)
        assert row.due == 2 and row.oldest >= 300
        assert relay.over_budget and gauge("due") == 2
        assert gauge("oldest_seconds") >= 300
    bus.answers = {}
    await bench.rows("UPDATE outbox SET claimed_until = now()")

    async def over() -> bool:
        return not await left(bench) and relay.due == 0 and gauge("oldest_seconds") == 0

    await until(over)
    running.cancel()
    assert {row.envelope.id for row in rows} <= set(bus.published)


async def test_what_is_being_published_for_the_first_time_is_not_due(bench: Bench, bus: ScriptedBus) -> None:
    await committed(bench, Work(key="a"))
    waits = await committed(bench, Work(key="b"))
    await bench.rows(
        "UPDATE outbox SET claimed_until = 'infinity', ready_at = now() - interval '1 h' WHERE id = $1",
        waits.envelope.id,
    )
    assert [row.due for row in await bench.rows(statements.OUTBOX_DUE, 100)] == [0]


async def test_confirmed_rows_whose_deletion_was_lost_are_deleted_later_and_not_published_again(
    bench: Bench, bus: ScriptedBus, relay: Relay
) -> None:
    bench.database.cut(statements.DELETE_OUTBOX, "lost")
    row = await committed(bench, Work(key="a"), due=True)
    relay.publish([row])
    await relay.flush(5)
    assert bench.database.was_cut
    running = asyncio.create_task(relay.run())

    async def none_left() -> bool:
        return not await left(bench)

    await until(none_left)
    running.cancel()
    assert bus.published == [row.envelope.id]


async def published(bus: ScriptedBus, count: int) -> bool:
    return len(bus.published) >= count


async def test_who_publishes_much_waits_for_the_brokers_confirms_but_not_for_consumers(
    bench: Bench, bus: ScriptedBus, relay: Relay
) -> None:
    many = [bench.to_outbox(Work(key=str(number))) for number in range(200)]
    outbox_messages, sent = many[:100], many[100:]
    bus.keeps = {outbox_message.envelope.id for outbox_message in outbox_messages}
    relay.publish(outbox_messages)
    async with asyncio.timeout(20):
        await relay.room()
    bus.answering.clear()
    relay.publish(sent)
    waiting = asyncio.create_task(relay.room())
    done, _ = await asyncio.wait({waiting}, timeout=0.05)
    assert not done
    bus.answering.set()
    async with asyncio.timeout(20):
        await waiting
