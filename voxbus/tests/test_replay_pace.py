"""Tests how a replay holds itself back, by a clock that a test moves."""

from __future__ import annotations

import pytest

from voxbus.replay_pace import Pace


class Time:
    """Holds the time of a test, in which resting takes as long as it says."""

    def __init__(self) -> None:
        self.now = 100.0
        self.rests: list[float] = []

    async def rest(self, seconds: float) -> None:
        self.rests.append(seconds)
        self.now += seconds


async def test_without_a_rate_it_rests_for_a_share_of_what_its_messages_take() -> None:
    time = Time()
    pace = Pace(None, lambda: time.now, time.rest)
    for took in (0.5, 2.0):
        time.now += took
        await pace.wait(7)
    assert time.rests == pytest.approx([0.3, 1.2])


async def test_a_rate_is_kept_over_the_whole_of_a_replay() -> None:
    time = Time()
    pace = Pace(10, lambda: time.now, time.rest)
    for took in (0.25, 0.5, 2.0, 0.25):  # the third takes longer than its messages may
        time.now += took
        await pace.wait(10)
    assert time.rests == [0.75, 0.5, 0.0, 0.0]
    assert time.now == 104.25
    await pace.wait(10)
    assert time.now == 105.0
