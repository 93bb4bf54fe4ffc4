"""Tests old and new releases side by side: each handles what it can read, and the rest waits for the other."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from chassis.delivery.claimed_run import ClaimedRuns
from chassis.delivery.inbox import Received
from chassis.delivery.outbox import OutboxMessage
from chassis.handler import SlowHandler
from chassis.testing import until
from contracts.base import Command, Event, Json, Upcast
from libs.chassis.tests.integration.demo import Noted, Work, work
from libs.chassis.tests.integration.fixtures import Bench

#: what an operator asks for what is parked, as in docs/runbook.md
PARKED = "SELECT id, body, headers, problem FROM inbox WHERE done_at IS NULL AND problem IS NOT NULL"


def _with_label(body: Json) -> Json:
    return {**body, "label": body["key"].upper()}


class NewWork(Command):
    """Defines the same command in its second major version."""

    type = "demo.work"
    version = (2, 0)
    upcasts: ClassVar[Mapping[int, Upcast]] = {1: _with_label}
    key: str
    how: Literal["ok"] = "ok"
    label: str


class NewNoted(Event):
    """Defines the same event in its second major version."""

    type = "demo.noted"
    version = (2, 0)
    upcasts: ClassVar[Mapping[int, Upcast]] = {1: _with_label}
    key: str
    how: Literal["ok"] = "ok"
    recording: None = None
    label: str


def of_new_release(bench: Bench) -> ClaimedRuns:
    """Makes the slow handler as the next release has it."""
    anything: SlowHandler[Any, Any] = work
    handler = dataclasses.replace(anything, message=NewWork)
    return ClaimedRuns(bench.replica().consumer, handler, bench.leases, announce=True)


async def parked(bench: Bench, sent: Received | OutboxMessage) -> bool:
    """Tells whether a message waits unchanged, has spent no try, is not dead, and names the reason."""
    found = [row for row in await bench.rows(PARKED) if row.id == sent.envelope.id]
    if not found:
        return False
    [row], whole = found, await bench.row(sent)
    assert (row.body, row.headers) == (sent.body, sent.envelope.headers())
    assert row.problem["type"] == "/problems/unknown-version"
    assert (whole.tries, whole.owner, whole.outcome, whole.due) == (0, None, None, False)
    assert "step.failed" not in await bench.emitted()
    return True


async def test_an_old_release_parks_what_a_new_one_says_until_a_new_one_takes_it(bench: Bench) -> None:
    received = bench.received(NewWork(key="a", label="A"))
    for _ in range(5):  # more often than there are tries
        claim = await bench.slow.claim(received)
        assert claim is not None
        await bench.slow.run(claim)
        assert await parked(bench, received)
        assert await bench.effects() == 0
        await bench.make_due(received)
    [claim] = await bench.consumer.reap(1)
    assert (await bench.row(claim)).problem is None
    await of_new_release(bench).run(claim)
    assert ((await bench.row(claim)).outcome, await bench.effects()) == ("ok", 1)


async def test_a_new_release_reads_what_an_old_one_said(bench: Bench) -> None:
    new = of_new_release(bench)
    claim = await new.claim(bench.received(Work(key="a")))
    assert claim is not None
    await new.run(claim)
    assert ((await bench.row(claim)).outcome, await bench.effects()) == ("ok", 1)


async def test_a_batch_of_both_versions_is_read_by_the_new_release(bench: Bench) -> None:
    sent = [bench.send(Noted(key="old")), bench.send(NewNoted(key="new", label="NEW"))]
    await bench.fast_runner(message=NewNoted)
    await until(bench.all_acked)
    assert [(await bench.row(one)).outcome for one in sent] == ["ok", "ok"]
    assert (await bench.effects(), bench.deps.batches) == (2, [2])


async def test_of_a_batch_of_both_versions_the_old_release_parks_the_new_one_alone(bench: Bench) -> None:
    old, new = bench.send(Noted(key="old")), bench.send(NewNoted(key="new", label="NEW"))
    await bench.fast_runner()
    await until(bench.all_acked)
    assert ((await bench.row(old)).outcome, await bench.effects()) == ("ok", 1)
    assert await parked(bench, new)


async def test_what_the_old_release_parked_from_a_batch_is_taken_by_the_new_one(bench: Bench) -> None:
    new = bench.send(NewNoted(key="new", label="NEW"))
    runner = await bench.fast_runner()
    await until(bench.all_acked)
    await runner.drain(5)
    await bench.make_due(new)
    await bench.fast_runner(message=NewNoted)
    await until(lambda: bench.settled(new))
    assert ((await bench.row(new)).outcome, await bench.effects()) == ("ok", 1)
