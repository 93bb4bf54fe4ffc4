"""Tests how loops take errors: an outage pauses one by name, a defect is logged with its place and ends it at last."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Iterable

import pytest

from chassis.errors import DependencyDown, Retryable
from chassis.loops import DEFECTS_MAX, Defects, TooManyDefects, every
from chassis.observe.health import Pulse, Watchdog
from chassis.storage.errors import DatabaseAway


class Work:
    """Raises one error after the other, None for a turn that goes well, and notes what was declared at each turn."""

    def __init__(self, errors: Iterable[Exception | None]) -> None:
        self.watchdog = Watchdog()
        self.pulse = self.watchdog.pulse("loop")
        self.paused: list[str | None] = []
        self._errors = iter(errors)

    async def turn(self) -> None:
        self.paused.append(self.pulse.paused)
        try:
            error = next(self._errors)
        except StopIteration:
            raise asyncio.CancelledError from None
        if error is not None:
            raise error

    async def run(self) -> None:
        with pytest.raises(asyncio.CancelledError):
            await every(0, self.turn, self.pulse)


@pytest.mark.parametrize(("error", "name"), [(DatabaseAway("x"), "database"), (DependencyDown("broker"), "broker")])
async def test_an_outage_pauses_by_name_until_a_turn_goes_well(error: Exception, name: str) -> None:
    work = Work([error] * 2 * DEFECTS_MAX + [None])
    await work.run()
    assert work.paused == [None] + [name] * 2 * DEFECTS_MAX + [None]
    assert work.watchdog.stuck() == []


@pytest.mark.parametrize("error", [TypeError, KeyError, ConnectionError, lambda: Retryable("later")])
async def test_any_other_error_pauses_nothing(error: Callable[[], Exception]) -> None:
    work = Work([error(), None])
    await work.run()
    assert work.paused == [None] * 3


async def test_what_a_later_turn_may_mend_is_no_defect() -> None:
    work = Work([Retryable("later")] * 2 * DEFECTS_MAX)
    await work.run()
    assert (len(work.paused), work.watchdog.stuck()) == (2 * DEFECTS_MAX + 1, [])


async def test_a_defect_is_logged_with_its_place(caplog: pytest.LogCaptureFixture) -> None:
    await Work([TypeError("what a person said")]).run()
    [record] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert isinstance(record.msg, dict)
    assert traceback.extract_tb(record.msg["exc_info"].__traceback__)[-1].name == "turn"


async def test_defects_in_a_row_end_the_loop_and_are_seen_by_the_watchdog() -> None:
    work = Work([TypeError()] * (DEFECTS_MAX - 1) + [None] + [TypeError()] * DEFECTS_MAX)
    with pytest.raises(TooManyDefects) as caught:
        await every(0, work.turn, work.pulse)
    assert isinstance(caught.value.__cause__, TypeError)
    assert len(work.paused) == 2 * DEFECTS_MAX
    assert work.watchdog.stuck() == ["loop"]


def test_defects_that_come_before_the_rest_is_over_are_one_round() -> None:
    now = 0.0
    defects = Defects(Pulse("loop", lambda: now), rest=1.0)
    rests = []
    for _ in range(DEFECTS_MAX - 1):
        rests.append(defects.add(TypeError()))
        now += rests[-1] / 2
        assert [defects.add(TypeError()) for _ in range(8)] == [rests[-1] / 2] * 8
        now += rests[-1] / 2
    assert rests == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0, 30.0]
    with pytest.raises(TooManyDefects):
        defects.add(TypeError())


async def test_a_rest_ends_when_somebody_wakes_the_loop() -> None:
    wake, turns = asyncio.Event(), asyncio.Queue[None]()
    pulse = Pulse("loop", lambda: 0.0)

    async def turn() -> None:
        turns.put_nowait(None)

    loop = asyncio.create_task(every(3600, turn, pulse, wake=wake))
    await turns.get()
    wake.set()
    await turns.get()
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)
