"""Tests how failed log-ins slow down whoever guesses, and nobody else."""

from __future__ import annotations

import asyncio

import pytest

from chassis.web.problems import ProblemError
from gateway.edge.limits.counters import Counters
from gateway.edge.limits.logins import FORGOTTEN_S, FREE, LONGEST_S, Logins
from gateway.edge.limits.policies import read_policies
from gateway.edge.limits.rates import ADDRESS, Rates
from services.gateway.tests.unit.test_limits import Clock, Redis

ROBIN = "robin@example.org"
HOME, ELSEWHERE = "192.0.2.1", "198.51.100.7"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "redis"])
def logins(clock: Clock, request: pytest.FixtureRequest) -> Logins:
    counters = Counters(Redis(clock) if request.param == "redis" else None, wall_clock=clock, clock=clock)
    return Logins(Rates(counters, key=b"k"))


async def wait(logins: Logins, account: str = ROBIN, address: str = ELSEWHERE) -> int:
    """Begins a log-in that fails; returns 0, or the seconds that one has to wait before."""
    try:
        await logins.begin({ADDRESS: address}, account)
    except ProblemError as problem:
        assert problem.problem.name == "rate-limited"
        return int(problem.headers["Retry-After"])
    return 0


async def test_after_five_failures_each_wait_is_twice_as_long(logins: Logins, clock: Clock) -> None:
    assert [await wait(logins) for _ in range(FREE)] == [0] * FREE
    waits = []
    for _ in range(13):
        waits.append(await wait(logins))
        clock.now += waits[-1] - 0.5
        assert await wait(logins) == 1  # a try too early counts as nothing
        clock.now += 0.5
        assert await wait(logins) == 0
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, LONGEST_S, LONGEST_S, LONGEST_S]


async def test_another_account_is_not_slowed(logins: Logins) -> None:
    for _ in range(10):
        await wait(logins)
    assert await wait(logins, "sam@example.org") == 0


async def test_many_at_once_win_nothing(logins: Logins) -> None:
    waits = await asyncio.gather(*[wait(logins) for _ in range(100)])
    assert waits.count(0) == FREE


async def test_a_success_forgets_the_failures(logins: Logins) -> None:
    for _ in range(FREE + 1):
        await wait(logins)
    await logins.succeeded({ADDRESS: ELSEWHERE}, ROBIN)
    assert [await wait(logins) for _ in range(FREE + 1)] == [0] * FREE + [1]


async def test_guessing_from_many_addresses_is_slowed_for_all_of_them(logins: Logins) -> None:
    waits = [await wait(logins, address=f"203.0.113.{number}") for number in range(200)]
    assert waits.count(0) == FREE


async def test_at_home_one_signs_in_at_once_after_a_thousand_failures_elsewhere(logins: Logins, clock: Clock) -> None:
    await logins.begin({ADDRESS: HOME}, ROBIN)
    await logins.succeeded({ADDRESS: HOME}, ROBIN)
    for number in range(1_000):
        await wait(logins, address=f"203.0.113.{number % 250}")
        clock.now += 10
    assert await wait(logins, address=ELSEWHERE) > 0
    assert await wait(logins, address=HOME) == 0
    await logins.succeeded({ADDRESS: HOME}, ROBIN)


async def test_at_home_one_guesses_slowly_too(logins: Logins) -> None:
    await logins.succeeded({ADDRESS: HOME}, ROBIN)
    assert [await wait(logins, address=HOME) for _ in range(FREE + 1)] == [0] * FREE + [1]
    assert await wait(logins, address=ELSEWHERE) == 0  # and slows nobody elsewhere


async def test_failures_are_forgotten_after_a_day(logins: Logins, clock: Clock) -> None:
    for _ in range(FREE):
        await wait(logins)
    clock.now += FORGOTTEN_S
    assert [await wait(logins) for _ in range(FREE)] == [0] * FREE


async def test_the_limit_can_be_off(clock: Clock) -> None:
    policies = read_policies('{"login": "off"}')
    logins = Logins(Rates(Counters(wall_clock=clock, clock=clock), key=b"k", policies=policies))
    assert {await wait(logins) for _ in range(50)} == {0}
    await logins.succeeded({ADDRESS: HOME}, ROBIN)
