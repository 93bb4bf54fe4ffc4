"""Tests a connection cut at a commit that is applied, lost, or applied later: nothing happens twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import pytest

from chassis.delivery import statements
from chassis.delivery.settlement import Disposition
from chassis.testing import until
from contracts.base import Problem
from libs.chassis.tests.integration.demo import Noted, Work
from libs.chassis.tests.integration.fixtures import Bench, Fate

T = TypeVar("T")
FATES: list[Fate] = ["applied", "lost", "later"]
NO = Problem(type="/problems/demo", title="No")


async def through(bench: Bench, doing: Awaitable[T], statement: str, fate: Fate) -> T:
    """Does something while the connection is cut; a late commit comes when somebody already waits for its locks."""
    bench.database.cut(statement, fate)
    task = asyncio.ensure_future(doing)
    if fate == "later":
        await until(bench.database.somebody_waits, what="a wait for the lost commit's locks")
        await bench.database.apply_late()
    result = await task
    assert bench.database.was_cut
    return result


@pytest.mark.parametrize("fate", FATES)
async def test_a_claim(bench: Bench, fate: Fate) -> None:
    received = bench.received(Work(key="a"))
    claim = await through(bench, bench.slow.claim(received), statements.CLAIM, fate)
    row = await bench.row(received)
    assert (row.fence, row.tries, row.due) == (1, 1, False)
    assert await bench.emitted() == ["step.started"]
    if fate == "later":  # the claim that was done again met the first one, which nobody works for now
        assert claim is None
        await bench.make_due(received)
        [claim] = await bench.replica().consumer.reap(1)
    assert claim is not None
    assert claim.owner == (await bench.row(received)).owner
    await bench.slow.run(claim)
    assert await bench.effects() == 1


async def test_a_lost_claim_of_a_row_that_was_there_is_left_to_the_reaper(bench: Bench) -> None:
    claim = await bench.claim(Work(key="a"))
    await bench.make_due(claim)
    assert await through(bench, bench.slow.claim(claim.received), statements.CLAIM, "lost") is None
    row = await bench.row(claim)
    assert (row.owner, row.tries, row.due) == (claim.owner, 1, True)


@pytest.mark.parametrize("fate", FATES)
async def test_the_end_of_a_slow_run(bench: Bench, fate: Fate) -> None:
    claim = await bench.claim(Work(key="a"))
    await through(bench, bench.slow.run(claim), statements.FINISH, fate)
    row = await bench.row(claim)
    if fate == "lost":  # given back, and no try spent: it was not the handler's fault
        assert (row.outcome, row.tries, row.owner, row.due) == (None, 0, None, True)
        [again] = await bench.replica().consumer.reap(1)
        await bench.slow.run(again)
        row = await bench.row(claim)
    assert (row.outcome, row.tries) == ("ok", 1)
    assert await bench.effects() == 1
    assert await bench.emitted() == ["demo.worked", "step.started"]


@pytest.mark.parametrize("fate", FATES)
@pytest.mark.parametrize(
    ("disposition", "statement", "expected"),
    [
        (Disposition("retry", after=60), statements.RETRY, (None, 1, None, False)),
        (Disposition("release", after=0), statements.RELEASE, (None, 0, None, True)),
        (Disposition("dead", problem=NO), statements.DEAD, ("dead", 1, None, False)),
    ],
    ids=lambda value: value.kind if isinstance(value, Disposition) else "",
)
async def test_a_settlement(
    bench: Bench, disposition: Disposition, statement: str, expected: tuple[object, ...], fate: Fate
) -> None:
    claim = await bench.claim(Work(key="a"))
    await through(bench, bench.consumer.settle(claim, disposition), statement, fate)
    row = await bench.row(claim)
    assert (row.outcome, row.tries, row.owner, row.due) == expected
    assert (await bench.emitted()).count("step.failed") == (disposition.kind == "dead")


@pytest.mark.parametrize("fate", FATES)
async def test_a_batch(bench: Bench, fate: Fate) -> None:
    sent = [bench.send(Noted(key=key)) for key in "ab"]

    async def handled() -> None:
        await bench.fast_runner()
        await until(bench.all_acked)

    await through(bench, handled(), statements.INSERT_DONE, fate)
    assert await bench.effects() == 2
    assert await bench.emitted() == ["demo.worked", "demo.worked"]
    assert [(await bench.row(one)).tries for one in sent] == [1, 1]


@pytest.mark.parametrize("fate", FATES)
async def test_what_failed_alone(bench: Bench, fate: Fate) -> None:
    sent = bench.send(Noted(key="a", how="permanent"))

    async def handled() -> None:
        await bench.fast_runner()
        await until(bench.all_acked)

    await through(bench, handled(), statements.UPSERT_RETRY, fate)
    row = await bench.row(sent)
    assert (row.outcome, row.tries, await bench.emitted()) == ("dead", 1, ["step.failed"])
