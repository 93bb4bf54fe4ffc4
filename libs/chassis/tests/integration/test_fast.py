"""Tests fast handlers: batches in one transaction, and a message in them that fails."""

from __future__ import annotations

import asyncio

import pytest

from chassis.bus.memory import MemoryBus
from chassis.delivery import inbox, statements
from chassis.delivery.outbox import OutboxMessage
from chassis.message.envelope import new_id
from chassis.observe import metrics
from chassis.testing import until
from libs.chassis.tests.integration.demo import Noted
from libs.chassis.tests.integration.fixtures import Bench


async def handled(bench: Bench, timeout: float = 60) -> None:
    """Starts the loop and waits until all deliveries are acked."""
    await bench.fast_runner(timeout)
    await until(bench.all_acked)


async def outcomes(bench: Bench, sent: list[OutboxMessage]) -> list[tuple[str | None, int, int]]:
    rows = [await bench.row(one) for one in sent]
    return [(row.outcome, row.tries, row.fence) for row in rows]


async def returned(bench: Bench) -> None:
    """Returns the messages to the queue, as if their consumer had died before the ack."""
    queue = await bench.bus.subscribe("demo.note", 100)
    await queue.next(100)
    await queue.close()


async def test_what_has_arrived_is_one_batch_and_one_transaction(bench: Bench) -> None:
    sent = [bench.send(Noted(key=str(number))) for number in range(12)]
    await handled(bench)
    assert bench.deps.batches == [10, 2]
    [[transactions]] = await bench.rows("SELECT count(DISTINCT xmin::text) FROM effects_done")
    assert transactions == 2
    rows = [await bench.row(one) for one in sent]
    assert {(row.outcome, row.tries, row.fence, row.body, row.owner) for row in rows} == {("ok", 1, 1, None, None)}


async def test_what_was_done_is_not_done_again(bench: Bench) -> None:
    sent = bench.send(Noted(key="a"))
    await handled(bench)
    bench.relay.publish([sent])
    fresh = bench.send(Noted(key="b"))
    await until(lambda: bench.runs(2))
    await until(bench.all_acked)
    assert bench.deps.runs == ["a", "b"]
    assert await outcomes(bench, [sent, fresh]) == [("ok", 1, 1)] * 2


async def test_what_was_delivered_before_is_run_alone_under_a_claim(bench: Bench) -> None:
    again = [bench.send(Noted(key=f"again {number}")) for number in range(2)]
    await until(lambda: _ready(bench, 2))
    await returned(bench)
    fresh = [bench.send(Noted(key=f"fresh {number}")) for number in range(3)]
    await handled(bench)
    assert bench.deps.batches == [1, 1, 3]
    assert bench.deps.runs[:2] == ["again 0", "again 1"]
    assert [(await bench.row(one)).body is None for one in again + fresh] == [False, False, True, True, True]
    assert set(await outcomes(bench, again + fresh)) == {("ok", 1, 1)}


async def test_a_failure_of_one_that_somebody_else_holds_writes_nothing(bench: Bench) -> None:
    received = bench.received(Noted(key="a"))
    async with bench.database.transaction() as tx:
        claim = await inbox.claim(tx, "demo.note", received, bench.new_id())
        assert claim is not None
        assert await inbox.upsert_retry(tx, "demo.note", received, 60, 1) is None
        await inbox.release(tx, claim, 60)
        held = await inbox.upsert_retry(tx, "demo.note", received, 60, 1)
    assert held is not None
    assert (held.tries, held.fence) == (1, 2)


@pytest.mark.parametrize(
    ("how", "tries", "fence"),
    [
        ("retry once", 2, 2),
        ("down once", 1, 2),
        ("hang once", 2, 2),
        ("no network once", 2, 2),
        ("slow statement once", 2, 2),
        ("too many parameters once", 2, 2),
        ("unique violation once", 2, 2),
        ("check violation once", 2, 2),
        ("passed over once, says nothing", 2, 2),
        ("passed over once, says something", 2, 2),
        ("deadlock once", 1, 1),
        ("lost once", 1, 1),
    ],
)
async def test_a_fault_costs_a_try_only_where_it_is_the_handlers(
    bench: Bench, how: str, tries: int, fence: int
) -> None:
    sent = bench.send(Noted(key="a", how=how))
    await handled(bench, timeout=3.0 if how == "hang once" else 60.0)  # each try of the others must be within it
    if how == "lost once":  # after that the reaper rests for a lease
        assert bench.watchdog.pulses["note"].paused is None
    await until(lambda: bench.settled(sent))
    assert (await outcomes(bench, [sent]), await bench.effects()) == ([("ok", tries, fence)], 1)


async def test_an_error_in_a_batch_costs_nobody_a_try_who_works_alone(bench: Bench) -> None:
    sent = [bench.send(Noted(key=key, how="retry once")) for key in "abc"]
    await handled(bench)
    assert bench.deps.batches == [3, 1, 1, 1]
    assert await outcomes(bench, sent) == [("ok", 1, 1)] * 3


async def test_a_batch_that_names_no_cause_is_redone_singly(bench: Bench) -> None:
    sent = [bench.send(Noted(key=str(number), how="no cause")) for number in range(2)]
    await handled(bench)
    assert (bench.deps.batches, await bench.effects()) == ([2, 1, 1], 2)
    causes = {row.headers["cloudEvents_causationid"] for row in await bench.rows("SELECT headers FROM outbox")}
    assert causes == {str(one.envelope.id) for one in sent}


async def test_a_message_that_cannot_be_claimed_stops_nobody(bench: Bench) -> None:
    bad = bench.send(Noted(key="bad"))
    await until(lambda: _ready(bench, 1))
    await returned(bench)
    bench.database.cut(statements.CLAIM, "refused")
    bench.send(Noted(key="good"))
    await bench.fast_runner()
    await until(lambda: bench.dead_letters_of(bad))
    await until(bench.runs)
    assert bench.deps.runs == ["good"]


async def test_a_drain_lets_the_batch_in_flight_end_and_takes_no_other(bench: Bench) -> None:
    first = bench.send(Noted(key="first", how="wait"))
    runner = await bench.fast_runner()
    await until(bench.runs)
    drain = asyncio.create_task(runner.drain(5))
    await asyncio.sleep(0)
    bench.send(Noted(key="second"))
    assert not drain.done()
    bench.deps.gate.set()
    await drain
    assert (await outcomes(bench, [first]), bench.deps.runs) == ([("ok", 1, 1)], ["first"])


async def _ready(bench: Bench, count: int) -> bool:
    assert isinstance(bench.bus, MemoryBus)
    return len(bench.bus.in_memory_ids()) >= count


async def test_each_message_of_a_batch_is_counted_by_what_became_of_it(bench: Bench) -> None:
    def counted() -> list[float]:
        outcomes = ("ok", "cancelled", "duplicate")
        labels = [{"handler": "demo.note", "outcome": outcome} for outcome in outcomes]
        return [metrics.REGISTRY.get_sample_value("voxbus_handled_total", each) or 0.0 for each in labels]

    runner = await bench.fast_runner()
    again, ended = bench.received(Noted(key="a")), bench.received(Noted(key="b"), job_id=(job := new_id()))
    await runner._run_batch([again])
    await bench.end_job(job)
    before = counted()
    await runner._run_batch([again, ended, bench.received(Noted(key="c")), bench.received(Noted(key="d"))])
    assert [after - was for after, was in zip(counted(), before, strict=True)] == [2, 1, 1]
