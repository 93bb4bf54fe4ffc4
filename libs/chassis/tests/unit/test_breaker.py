"""Tests when a breaker keeps calls away, and who may try."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.breaker import Admitted, Breaker, Rule

WITHIN = Rule(failures=5, within=30.0, rest=30.0)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def fail(breaker: Breaker, times: int = 1) -> None:
    for _ in range(times):
        call = breaker.admit()
        assert call is not None
        breaker.failed(call)


def test_five_failures_within_thirty_seconds_open_a_breaker_for_thirty() -> None:
    clock = Clock()
    breaker = Breaker(WITHIN, clock)
    fail(breaker, 4)
    assert breaker.state == "closed"
    clock.now += 30.5
    fail(breaker)
    states: list[str] = [breaker.state]  # the others are too long ago
    fail(breaker, 4)
    assert (breaker.admit(), breaker.rests_for) == (None, 30)
    states.append(breaker.state)
    clock.now += 30
    assert [*states, breaker.state] == ["closed", "open", "half_open"]


def test_calls_that_went_well_between_failures_make_none_forgotten() -> None:
    breaker = Breaker(WITHIN, Clock())
    for _ in range(5):
        call = breaker.admit()
        assert call is not None
        breaker.answered(call)
        fail(breaker)
    assert breaker.state == "open"


BOTH = pytest.mark.parametrize("rule", [Rule(1, 30.0, 30.0), Rule(1, None, 30.0)])


@BOTH
def test_one_call_at_a_time_tries_a_breaker_that_is_half_open(rule: Rule) -> None:
    clock = Clock()
    breaker = Breaker(rule, clock)
    fail(breaker)
    clock.now += 30
    first = breaker.admit()
    assert first is not None and breaker.admit() is None
    breaker.failed(first)
    assert breaker.admit() is None
    clock.now += 30
    second = breaker.admit()
    assert second is not None and breaker.admit() is None
    breaker.left(second)  # it was cancelled, and another may try
    third = breaker.admit()
    assert third is not None and breaker.admit() is None
    breaker.answered(third)
    assert all(breaker.admit() for _ in range(3))


@BOTH
@pytest.mark.parametrize("how", ["failed", "left", "answered"])
def test_a_call_of_before_changes_nothing_while_another_tries(how: str, rule: Rule) -> None:
    clock = Clock()
    breaker = Breaker(rule, clock)
    straggler = breaker.admit()
    assert straggler is not None
    fail(breaker)
    clock.now += 30
    probe = breaker.admit()
    assert probe is not None
    getattr(breaker, how)(straggler)
    states: list[str] = [breaker.state]
    assert breaker.admit() is None
    breaker.answered(probe)
    assert [*states, breaker.state] == ["half_open", "closed"]


@given(st.lists(st.sampled_from(["admit", "failed", "answered", "left", "wait"]), max_size=60), st.booleans())
def test_a_breaker_that_rests_admits_nothing_and_one_call_tries(steps: list[str], in_a_row: bool) -> None:
    clock = Clock()
    breaker = Breaker(Rule(2, None if in_a_row else 30.0, 30.0), clock)
    under_way, probes = list[Admitted](), list[Admitted]()
    for step in steps:
        before = breaker.state
        if step == "wait":
            clock.now += 15
        elif step == "admit":
            call = breaker.admit()
            assert call is not None or before != "closed"
            assert call is None or before != "open"
            if call is not None:
                under_way.append(call)
                probes += [call] if before == "half_open" else []
        elif under_way:
            call = under_way.pop(0)
            getattr(breaker, step)(call)
            probes = [each for each in probes if each is not call]
        assert len(probes) <= 1 or breaker.state == "closed"


def test_failures_in_a_row_count_however_long_ago_and_an_answer_begins_the_count_anew() -> None:
    clock = Clock()
    breaker = Breaker(Rule(failures=3), clock)
    for _ in range(2):
        fail(breaker, 2)
        well = breaker.admit()
        assert well is not None
        breaker.answered(well)
    fail(breaker, 2)
    clock.now += 3600
    assert breaker.state == "closed"
    fail(breaker)
    assert (breaker.admit(), breaker.rests_for) == (None, 2)


def test_one_that_has_failed_is_kept_in_mind_for_a_rest() -> None:
    clock = Clock()
    breaker = Breaker(Rule(failures=2), clock)
    idle = [breaker.is_idle]
    fail(breaker)
    idle.append(breaker.is_idle)
    clock.now += 2
    assert [*idle, breaker.is_idle] == [True, False, True]
