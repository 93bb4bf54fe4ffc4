"""Tests that the windows of a time are all of it, and grow while reading them is quick."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from gateway.operate.log_windows import windows

BEGAN = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.mark.parametrize("backwards", [True, False])
@pytest.mark.parametrize("span", [timedelta(seconds=1), timedelta(hours=5), timedelta(days=400)])
def test_windows_are_the_whole_time_one_behind_the_other(span: timedelta, backwards: bool) -> None:
    found = [*windows(BEGAN, BEGAN + span, backwards=backwards)]
    ordered = found[::-1] if backwards else found
    assert (ordered[0][0], ordered[-1][1]) == (BEGAN, BEGAN + span)
    assert all(before[1] == after[0] for before, after in itertools.pairwise(ordered))
    assert len(found) < 9


def test_a_time_that_ends_before_it_begins_has_none() -> None:
    assert [*windows(BEGAN, BEGAN)] == []


def test_slow_windows_are_followed_by_narrower_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 10_000, 10))
    monkeypatch.setattr("gateway.operate.log_windows.time.monotonic", lambda: float(next(clock)))
    widths = [until - since for since, until in windows(BEGAN, BEGAN + timedelta(hours=2))]
    assert widths[:3] == [timedelta(hours=1), timedelta(minutes=15), timedelta(minutes=3, seconds=45)]
    assert set(widths[3:-1]) == {timedelta(minutes=1)}
