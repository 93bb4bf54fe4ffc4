"""Tests that a claim belongs to its owner until another process takes it over, and that a loser writes nothing."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from urllib.parse import urlsplit

import pytest
from sqlalchemy.exc import DBAPIError

from chassis.delivery import inbox, statements
from chassis.delivery.inbox import Claim
from chassis.delivery.lease import Leases
from chassis.delivery.settlement import Disposition
from chassis.message.envelope import derived_id
from chassis.storage.database import open_database
from chassis.testing import until
from libs.chassis.tests.integration.demo import Work, Worked
from libs.chassis.tests.integration.fixtures import Bench
from tests.faults.tcp_proxy import TcpProxy, open_proxy, to_postgres


async def taken_over(bench: Bench, claim: Claim) -> Claim:
    """Lets the claim's lease run out, and another replica's reaper take it."""
    await bench.make_due(claim)
    [taken] = await bench.replica().consumer.reap(5)
    assert taken.id == claim.id
    return taken


async def test_of_two_claims_at_once_one_wins_and_the_row_says_which(bench: Bench) -> None:
    received = bench.received(Work(key="a"))
    found = await asyncio.gather(*(bench.replica().slow.claim(received) for _ in range(5)))
    [winner] = [claim for claim in found if claim is not None]
    row = await bench.row(received)
    assert (row.owner, row.fence, row.tries) == (winner.owner, 1, 1)
    assert await bench.emitted() == ["step.started"]


async def test_a_lease_that_has_run_out_is_left_to_the_reaper_by_the_next_delivery(bench: Bench) -> None:
    first = await bench.claim(Work(key="a"))
    assert await bench.slow.claim(first.received) is None
    await bench.make_due(first)
    assert await bench.slow.claim(first.received) is None
    second = await taken_over(bench, first)
    row = await bench.row(first)
    assert (row.owner, row.fence, row.tries, row.due) == (second.owner, 2, 2, False)


async def test_what_may_have_killed_its_process_runs_one_at_a_time_and_waits_without_spending_a_try(
    bench: Bench,
) -> None:
    crash_suspects = [await bench.claim(Work(key=key, how="wait")) for key in "ab"]
    for claim in crash_suspects:
        await bench.make_due(claim)
    await bench.slow_runner(slots=4)
    bench.send(Work(key="fresh"))
    await until(bench.effects)
    await until(lambda: bench.runs(2))
    bench.send(Work(key="fresh too"))

    async def both_fresh() -> bool:
        return await bench.effects() == 2

    await until(both_fresh)
    assert sorted([(await bench.row(claim)).tries for claim in crash_suspects]) == [1, 2]
    bench.deps.gate.set()

    async def all_done() -> bool:
        return await bench.effects() == 4

    await until(all_done)
    assert [(await bench.row(claim)).tries for claim in crash_suspects] == [2, 2]


async def test_who_was_taken_over_works_in_vain_and_the_other_one_wins(bench: Bench) -> None:
    first = await bench.claim(Work(key="a", how="wait once"))
    losing = asyncio.create_task(bench.slow.run(first))
    await until(bench.runs)
    second = await taken_over(bench, first)
    await bench.replica().slow.run(second)
    bench.deps.gate.set()
    await losing
    row = await bench.row(first)
    assert (row.outcome, row.fence, row.owner, await bench.effects()) == ("ok", 2, second.owner, 1)
    [emitted] = await bench.rows("SELECT id FROM outbox WHERE key = $1", Worked.type)
    assert emitted.id == derived_id(first.id, Worked.type, "work", second.fence)


async def test_a_beat_prolongs_what_is_mine_and_tells_what_was_lost(bench: Bench) -> None:
    mine, lost, cancelled, busy = [await bench.claim(Work(key=key)) for key in "abcd"]
    second = await taken_over(bench, lost)
    await bench.rows("UPDATE inbox SET outcome = 'cancelled', done_at = now() WHERE id = $1", cancelled.id)
    gone = dataclasses.replace(mine, received=bench.received(Work(key="never claimed")), owner=bench.new_id())
    for claim in (mine, second, busy):
        await bench.make_due(claim)
    [[before]] = await bench.rows("SELECT clock_timestamp()")
    async with bench.database.transaction() as tx:
        await inbox.finish(tx, busy)  # its unit is open: neither waited for nor lost
        async with asyncio.timeout(20):
            found = await inbox.beat(bench.database, [mine, lost, cancelled, busy, gone])
    assert found == {lost.owner, cancelled.owner, gone.owner}
    assert [(await bench.row(claim)).due for claim in (mine, second)] == [False, True]
    # thirty seconds from the beat on, however long ago that is
    lasts = "due_at BETWEEN $2::timestamptz + interval '30 seconds' AND now() + interval '30 seconds'"
    assert await bench.rows(f"SELECT FROM inbox WHERE id = $1 AND {lasts}", mine.id, before)


async def test_a_lost_lease_ends_the_work(bench: Bench) -> None:
    first = await bench.claim(Work(key="a", how="wait"))
    work = asyncio.create_task(bench.slow.run(first))
    await until(bench.runs)
    second = await taken_over(bench, first)
    await bench.leases.beat_once()
    async with asyncio.timeout(20):
        await work
    row = await bench.row(first)
    assert (row.owner, row.fence, row.tries, row.done_at) == (second.owner, 2, 2, None)


async def test_the_reaper_takes_only_what_is_due_and_open_and_its_own_oldest_first(bench: Bench) -> None:
    due = [await bench.claim(Work(key=key)) for key in "abc"]
    working, settled = await bench.claim(Work(key="d")), await bench.claim(Work(key="e"))
    await bench.slow.run(settled)
    for seconds, claim in enumerate([*due, settled]):  # written last, due for the longest
        await bench.rows("UPDATE inbox SET due_at = now() - $2 * interval '1 s' WHERE id = $1", claim.id, seconds)
    await bench.rows("UPDATE inbox SET consumer = 'demo.other' WHERE id = $1", due[0].id)
    async with bench.database.transaction() as tx:
        for way in ("index", "bitmap"):  # not by the grace of an index that happens to be in this order
            await tx.fetch(f"SET LOCAL enable_{way}scan = off")
        [first] = await inbox.reap(tx, "demo.work", 1)
    assert (first.id, first.received.body) == (due[2].id, due[2].received.body)
    assert first.received.envelope == due[2].received.envelope
    [second] = await bench.consumer.reap(5)
    assert second.id == due[1].id
    assert len({first.owner, second.owner, *(claim.owner for claim in due)}) == 5
    assert (await bench.row(working)).fence == 1


async def test_a_reaper_takes_no_more_than_it_wants_whatever_the_planner_believes(bench: Bench) -> None:
    await bench.claim(Work(key="before"))
    await bench.rows("DELETE FROM inbox")
    await bench.rows("ANALYZE inbox")  # it believes from here on that there is next to nothing
    claims = [await bench.claim(Work(key=key)) for key in "abc"]
    for claim in claims:
        await bench.make_due(claim)
    assert [len(await bench.consumer.reap(1)) for _ in range(4)] == [1, 1, 1, 0]


async def test_two_reapers_share_what_is_due_and_wait_for_nobody(bench: Bench) -> None:
    claims = [await bench.claim(Work(key=str(number))) for number in range(6)]
    for claim in claims:
        await bench.make_due(claim)
    async with bench.database.transaction() as tx:
        mine = await inbox.reap(tx, "demo.work", 2)
        async with asyncio.timeout(20):
            others = await bench.consumer.reap(10)
    assert len({claim.id for claim in mine} | {claim.id for claim in others}) == 6
    assert len(others) == 4


async def test_a_row_that_cannot_be_read_is_a_dead_letter_and_costs_no_other_a_lease(bench: Bench) -> None:
    claims = [await bench.claim(Work(key=key)) for key in "abc"]
    for claim in claims:
        await bench.make_due(claim)
    bad = claims[1]
    await bench.rows("UPDATE inbox SET headers = headers - 'cloudEvents_time' WHERE id = $1", bad.id)
    assert {claim.id for claim in await bench.consumer.reap(5)} == {claims[0].id, claims[2].id}
    row = await bench.row(bad)
    assert (row.outcome, row.problem["type"], row.owner) == ("dead", "/problems/undecodable", None)


async def test_after_an_outage_the_reaper_waits_for_one_lease(bench: Bench) -> None:
    claim = await bench.claim(Work(key="a"))
    await bench.make_due(claim)
    await bench.consumer.wait_for_database(ConnectionError())
    assert await bench.consumer.reap(5) == []
    bench.consumer.outage_at = time.monotonic() - statements.LEASE_S
    assert len(await bench.consumer.reap(5)) == 1


async def test_work_that_kills_its_process_each_time_is_dead_and_not_run_again(bench: Bench) -> None:
    claim = await bench.claim(Work(key="a"))
    for _ in range(3):
        claim = await taken_over(bench, claim)
    await bench.slow.run_reaped(claim)
    row = await bench.row(claim)
    assert (row.outcome, row.problem["type"], row.tries) == ("dead", "/problems/crashed", 4)
    assert bench.deps.runs == []
    assert await bench.emitted() == ["step.failed", "step.started"]


async def test_due_rows_and_deliveries_take_turns(bench: Bench) -> None:
    for number in range(8):
        await bench.make_due(await bench.claim(Work(key=f"due {number}")))
    for number in range(2):
        bench.send(Work(key=f"fresh {number}"))
    await bench.slow_runner()
    await until(lambda: bench.runs(10))
    order = [key.split()[0] for key in bench.deps.runs]
    assert order[0] == "due"
    assert order.index("fresh") < 8 - 1


async def test_a_claimed_message_is_confirmed_though_its_work_goes_on(bench: Bench) -> None:
    await bench.slow_runner()
    sent = bench.send(Work(key="a", how="wait"))
    await until(bench.runs)
    await until(bench.all_acked)  # sooner than the handler's own time: its outbox row may go
    assert not await bench.settled(sent)


async def test_the_delivery_is_acked_when_its_run_ends(bench: Bench) -> None:
    for key in "abc":
        bench.send(Work(key=key))
    await bench.slow_runner(slots=1)  # and so one delivery at a time
    await until(lambda: bench.runs(3))
    assert bench.deps.runs == ["a", "b", "c"]


async def test_a_message_that_cannot_be_claimed_holds_no_slot(bench: Bench) -> None:
    bench.database.cut(statements.CLAIM, "refused")
    await bench.slow_runner(slots=1)
    bad = bench.send(Work(key="bad"))
    await until(lambda: bench.dead_letters_of(bad))
    bench.send(Work(key="good"))
    await until(lambda: bench.runs(1))
    assert bench.deps.runs == ["good"]


async def test_a_violation_by_the_inbox_itself_is_redone_so_often_and_no_more(bench: Bench) -> None:
    claim = await bench.claim(Work(key="a"))
    await bench.rows("ALTER TABLE inbox ADD CONSTRAINT nothing_more CHECK (due_at < now()) NOT VALID")
    async with asyncio.timeout(10):
        with pytest.raises(DBAPIError):
            await bench.slow.claim(bench.received(Work(key="b")))
        with pytest.raises(DBAPIError):
            await bench.consumer.settle(claim, Disposition("retry", after=60))


async def test_a_connection_that_falls_silent_costs_no_lease(bench: Bench, database_url: str) -> None:
    """Checks that the beat leaves a silent connection for another one, well within the lease."""
    claim = await bench.claim(Work(key="a"))
    async with open_proxy(to_postgres(database_url)) as proxy:
        by_line = f"postgresql://postgres@127.0.0.1:{proxy.port}{urlsplit(database_url).path}"
        database = open_database(by_line, "demo", size=1, answer_within=0.5, purpose="leases")
        leases = Leases(database, bench.watchdog.pulse("leases"), beat_every=0.05)
        work = asyncio.create_task(asyncio.sleep(3600))
        lost = leases.register(claim, work)
        beating = asyncio.create_task(leases.run())
        await until(lambda: silenced(proxy))
        await bench.rows("UPDATE inbox SET due_at = now() + interval '15 seconds'")  # what is left of the lease
        await until(lambda: bench.holds(claim, seconds=20), within=15)
        assert not lost.is_set()
        for task in (work, beating):
            task.cancel()
        await asyncio.gather(work, beating, return_exceptions=True)
        await database.close()


async def silenced(proxy: TcpProxy) -> bool:
    return proxy.silence(b"voxbus-demo-leases") == 1
