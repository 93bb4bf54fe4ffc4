"""Tests outside effects: each is done once where that can be known; elsewhere its declared rule decides."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chassis.delivery import statements
from chassis.delivery.effects import UNKNOWN, RunEffects
from chassis.delivery.inbox import Claim
from chassis.delivery.maintenance import InboxMaintenance
from chassis.errors import DependencyDown, Fenced, Permanent, Retryable
from chassis.handler import LookUp, Rule
from chassis.message.envelope import new_id
from chassis.observe.metrics import REGISTRY
from libs.chassis.tests.integration.demo import Work
from libs.chassis.tests.integration.fixtures import Bench, Fate
from libs.chassis.tests.integration.test_leases import taken_over


class Killed(BaseException):
    """Stands for the end of the process: nothing after it runs, not even error handling."""


class FarSide:
    """Stands for an outside system, and remembers what it was asked to do."""

    def __init__(self) -> None:
        self.calls = 0
        self.asked = 0

    async def do(self) -> dict[str, Any]:
        self.calls += 1
        return {"number": self.calls}

    async def look(self) -> dict[str, Any] | None:
        self.asked += 1
        return {"number": self.calls} if self.calls else None


def rules(far: FarSide) -> dict[str, Rule]:
    return {"resend": "resend", "look_up": LookUp(far.look), "give_up": "give_up"}


async def state(bench: Bench) -> list[tuple[str, Any]]:
    return [(row.state, row.result) for row in await bench.rows("SELECT state, result FROM effects ORDER BY key")]


async def die(bench: Bench, claim: Claim, point: str, call: Callable[[], Awaitable[Any]], rule: Rule) -> None:
    """Makes the call in a process that ends at a crash point."""

    def crash(reached: str) -> None:
        if reached == point:
            raise Killed

    bench.consumer.failpoint = crash
    with pytest.raises(Killed):
        await RunEffects(bench.consumer, claim).once("call", call, rule)


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, {"handler": "demo.work", **labels}) or 0.0


@pytest.mark.parametrize(
    ("rule", "point", "calls", "outcome"),
    [
        ("resend", "intended", 1, "resent"),
        ("resend", "called", 2, "resent"),
        ("resend", "recorded", 1, "repeated"),
        ("look_up", "intended", 1, "resent"),
        ("look_up", "called", 1, "looked_up"),
        ("look_up", "recorded", 1, "repeated"),
        ("give_up", "intended", 0, "given_up"),
        ("give_up", "called", 1, "given_up"),
        ("give_up", "recorded", 1, "repeated"),
    ],
)
async def test_what_becomes_of_a_call_whose_process_was_killed(
    bench: Bench, rule: str, point: str, calls: int, outcome: str
) -> None:
    far = FarSide()
    claim = await bench.claim(Work(key="a"))
    await die(bench, claim, point, far.do, rules(far)[rule])
    next_one = bench.replica()
    again = RunEffects(next_one.consumer, await taken_over(bench, claim))
    before = counted("voxbus_effects_total", outcome=outcome)
    raw = counted("voxbus_effect_calls_total")
    called_before = far.calls
    if outcome == "given_up":
        for _ in range(2):  # once given up it stays so
            with pytest.raises(Permanent) as given_up:
                await again.once("call", far.do, rules(far)[rule])
            assert given_up.value.problem == UNKNOWN
        assert (await state(bench))[0][0] == "unknown"
    else:
        result = await again.once("call", far.do, rules(far)[rule])
        assert await state(bench) == [("done", result)] == [("done", {"number": calls})]
        assert await again.once("call", far.do, rules(far)[rule]) == result  # known from now on
    assert far.calls == calls
    assert counted("voxbus_effects_total", outcome=outcome) >= before + 1
    assert counted("voxbus_effect_calls_total") - raw == calls - called_before
    assert far.asked == (1 if rule == "look_up" and point != "recorded" else 0)


async def test_a_call_that_is_cut_off_is_unknown(bench: Bench) -> None:
    claim = await bench.claim(Work(key="a"))
    began = asyncio.Event()

    async def hang() -> dict[str, Any]:
        began.set()
        await asyncio.Event().wait()
        return {}

    running = asyncio.create_task(RunEffects(bench.consumer, claim).once("call", hang, "give_up"))
    await began.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    far = FarSide()
    with pytest.raises(Permanent):
        await RunEffects(bench.consumer, await taken_over(bench, claim)).once("call", far.do, "give_up")
    assert far.calls == 0


@pytest.mark.parametrize("error", [Permanent(UNKNOWN), Retryable("busy"), DependencyDown("it")])
async def test_what_was_surely_not_done_may_be_done_later_whatever_the_rule(bench: Bench, error: Exception) -> None:
    claim = await bench.claim(Work(key="a"))
    far = FarSide()

    async def refuse() -> dict[str, Any]:
        raise error

    effects = RunEffects(bench.consumer, claim)
    with pytest.raises(type(error)):
        await effects.once("call", refuse, "give_up")
    assert await state(bench) == []
    assert await effects.once("call", far.do, "give_up") == {"number": 1}


async def test_a_refused_call_says_nothing_about_the_one_before_it(bench: Bench) -> None:
    far = FarSide()
    claim = await bench.claim(Work(key="a"))
    began, answers = asyncio.Event(), asyncio.Event()

    async def slowly() -> dict[str, Any]:
        began.set()
        await answers.wait()
        return await far.do()

    async def refuse() -> dict[str, Any]:
        raise Retryable("busy")

    rule = LookUp(far.look)
    first = asyncio.create_task(RunEffects(bench.consumer, claim).once("call", slowly, rule))
    await began.wait()
    second = await taken_over(bench, claim)
    with pytest.raises(Retryable):
        await RunEffects(bench.consumer, second).once("call", refuse, rule)
    answers.set()
    await first
    third = RunEffects(bench.consumer, await taken_over(bench, second))
    assert await third.once("call", far.do, rule) == {"number": 1}
    assert far.calls == 1


async def test_any_other_error_leaves_it_unknown_even_to_the_same_try(bench: Bench) -> None:
    effects = RunEffects(bench.consumer, await bench.claim(Work(key="a")))

    async def fall_silent() -> dict[str, Any]:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await effects.once("call", fall_silent, "give_up")
    with pytest.raises(Permanent):
        await effects.once("call", FarSide().do, "give_up")


async def test_who_lost_the_message_or_whose_job_has_ended_begins_nothing(bench: Bench) -> None:
    far, job_id = FarSide(), new_id()
    lost = await bench.claim(Work(key="a"))
    await taken_over(bench, lost)
    ended = await bench.claim(Work(key="b"), job_id=job_id)
    await bench.end_job(job_id)
    for claim in (lost, ended):
        with pytest.raises(Fenced):
            await RunEffects(bench.consumer, claim).once("call", far.do, "resend")
    assert (far.calls, await state(bench)) == (0, [])


@pytest.mark.parametrize("fate", ["applied", "lost"])
async def test_an_intent_whose_commit_got_no_answer_is_ones_own(bench: Bench, fate: Fate) -> None:
    claim = await bench.claim(Work(key="a"))
    far = FarSide()
    bench.database.cut(statements.INSERT_EFFECT, fate)
    assert await RunEffects(bench.consumer, claim).once("call", far.do, "give_up") == {"number": 1}
    assert bench.database.was_cut
    assert far.calls == 1


async def test_a_handlers_calls_are_its_own_and_come_before_its_unit(bench: Bench) -> None:
    refused = await bench.claim(Work(key="a", how="call refused once"))
    await bench.slow.run(refused)
    [again] = await bench.consumer.reap(5) or [await taken_over(bench, refused)]
    await bench.slow.run(again)
    assert (await bench.row(refused)).outcome == "ok"
    other = await bench.claim(Work(key="b", how="call"))
    await bench.slow.run(other)
    assert bench.deps.calls == ["a", "a", "b"]
    assert len(await state(bench)) == 2  # the same name, two messages
    late = await bench.claim(Work(key="c", how="call in unit"))
    await bench.slow.run(late)
    assert bench.deps.calls.count("c") == 1
    assert await bench.effects() == 2


async def test_effects_are_forgotten_long_after_their_message(bench: Bench) -> None:
    claim = await bench.claim(Work(key="a"))
    await RunEffects(bench.consumer, claim).once("call", FarSide().do, "resend")
    await bench.rows(
        "INSERT INTO effects (key, state, changed_at) VALUES"
        " ('0188bb2a-0000-7000-8000-000000000001/demo.work/call', 'done', now() - interval '29 days'),"
        " ('0188bb2a-0000-7000-8000-000000000002/demo.work/call', 'done', now() - interval '27 days')"
    )
    await InboxMaintenance(bench.database, bench.watchdog.pulse("upkeep")).once()
    keys = [row.key for row in await bench.rows("SELECT key FROM effects ORDER BY key")]
    assert keys == ["0188bb2a-0000-7000-8000-000000000002/demo.work/call", f"{claim.id}/demo.work/call"]
