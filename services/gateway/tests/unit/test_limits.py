"""Tests the limits on requests by a clock that stands until it is moved: no test waits."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.errors import SettingsError
from chassis.observe import metrics
from chassis.settings import load
from chassis.web.problems import ProblemError
from gateway.edge.limits.counters import REST_S, Counters
from gateway.edge.limits.memory import BoundedMemory
from gateway.edge.limits.open_jobs import FRESH_S, OpenJobs
from gateway.edge.limits.policies import DEFAULTS, Name, Policy, read_policies
from gateway.edge.limits.rates import ADDRESS, Rates, headers_of
from gateway.edge.limits.redis import SharedStore
from gateway.settings import GatewaySettings

KEY = b"k" * 32


class Clock:
    """Tells the time that the test sets."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Redis(BoundedMemory):
    """Represents the Redis that gateways share; while it is `away`, it refuses or hangs."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.away: Exception | None = None
        self.hangs = False
        self.asked = 0

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.away is not None:
            raise self.away
        return await super().acquire_entry(key, limit, expiry, amount)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def rates(clock: Clock, shared: Redis | None = None, policies: str | None = None, **more: Any) -> Rates:
    counters = Counters(shared, wall_clock=clock, clock=clock, **more)
    return Rates(counters, key=KEY, policies=read_policies(policies))


async def taken(rates: Rates, name: Name, *of: str) -> int:
    """Returns 0 for a request that is taken, else the seconds of Retry-After."""
    try:
        await rates.take({}, name, *of)
    except ProblemError as problem:
        assert (problem.problem.status, problem.problem.name) == (429, "rate-limited")
        return int(problem.headers["Retry-After"])
    return 0


def test_the_defaults_are_those_that_are_promised() -> None:
    assert {name: (policy.quota, policy.window) for name, policy in DEFAULTS.items()} == {
        "address": (1200, 60),
        "person": (600, 60),
        "sign-up": (10, 3600),
        "login": (30, 600),
        "mail": (3, 3600),
        "refresh": (60, 600),
        "upload": (60, 600),
        "guardian": (3, 86_400),
        "export": (3, 86_400),
        "jobs-open": (500, None),
        "conversation": (20, 60),
        "conversation_key": (120, 60),
    }


def test_a_setting_changes_what_it_names() -> None:
    assert read_policies(None) == DEFAULTS
    assert read_policies("off") == {}
    changed = read_policies('{"login": "7/8", "mail": "off", "jobs-open": "10000"}')
    assert changed["login"] == Policy("login", 7, 8)
    assert changed["jobs-open"] == Policy("jobs-open", 10_000, None)
    assert "mail" not in changed
    assert changed["address"] == DEFAULTS["address"]


@pytest.mark.parametrize(
    ("setting", "names"),
    [
        ("on", "off, or JSON"),
        ("[]", "off, or JSON"),
        ('{"logins": "1/1"}', "'login' is"),
        ('{"login": "30"}', "login must be off or requests/seconds"),
        ('{"login": "0/60"}', "login must"),
        ('{"login": 30}', "login must"),
        ('{"login": "100000/600"}', "login must"),  # more than a memory remembers
        ('{"jobs-open": "30/600"}', "jobs-open must be off or a number"),
    ],
)
def test_a_wrong_setting_ends_the_start(setting: str, names: str) -> None:
    with pytest.raises(SettingsError, match="VOXBUS_RATE_LIMITS is wrong") as caught:
        read_policies(setting)
    assert names in str(caught.value)


async def test_a_window_moves(clock: Clock) -> None:
    limits = rates(clock, policies='{"mail": "3/60"}')
    for _ in range(3):
        assert await taken(limits, "mail", "a") == 0
        clock.now += 10
    assert await taken(limits, "mail", "a") == 30  # when the first of them is a minute old
    assert await taken(limits, "mail", "b") == 0
    clock.now += 29.5
    assert await taken(limits, "mail", "a") == 1
    clock.now += 0.5
    assert await taken(limits, "mail", "a") == 0
    assert await taken(limits, "mail", "a") == 10


async def test_of_many_at_once_as_many_are_taken_as_may(clock: Clock) -> None:
    limits = rates(clock)
    waits = await asyncio.gather(*[taken(limits, "sign-up", "a") for _ in range(100)])
    assert waits.count(0) == 10


async def test_what_is_off_limits_nobody(clock: Clock) -> None:
    limits = rates(clock, policies="off")
    assert {await taken(limits, "mail", "a") for _ in range(100)} == {0}


async def test_headers_tell_what_is_left_of_each_limit(clock: Clock) -> None:
    limits = rates(clock)
    scope: dict[str, Any] = {ADDRESS: "a"}
    await limits.take(scope, "address", "a")
    clock.now += 0.5
    await limits.take_route(scope, ("upload", "sign-up"), "p")
    assert headers_of(scope) == [
        (b"ratelimit-policy", b'"address";q=1200;w=60, "upload";q=60;w=600, "sign-up";q=10;w=3600'),
        (b"ratelimit", b'"address";r=1199;t=60, "upload";r=59;t=600, "sign-up";r=9;t=3600'),
    ]
    assert headers_of({}) == []


async def test_of_one_limit_by_two_names_the_headers_tell_the_least(clock: Clock) -> None:
    limits = rates(clock)
    await limits.take({}, "mail", "person")
    for names in (("recipient", "person"), ("person", "other")):
        scope: dict[str, Any] = {}
        for name in names:
            await limits.take(scope, "mail", name)
    assert headers_of(scope) == [(b"ratelimit-policy", b'"mail";q=3;w=3600'), (b"ratelimit", b'"mail";r=0;t=3600')]


async def test_a_refusal_is_counted_and_told_in_the_headers(clock: Clock) -> None:
    limits = rates(clock, policies='{"mail": "1/60"}')
    before = metrics.RATE_LIMITED.labels("mail")._value.get()
    await limits.take({}, "mail", "a")
    scope: dict[str, Any] = {}
    with pytest.raises(ProblemError):
        await limits.take(scope, "mail", "a")
    assert headers_of(scope)[1] == (b"ratelimit", b'"mail";r=0;t=60')
    assert metrics.RATE_LIMITED.labels("mail")._value.get() == before + 1


def test_nobody_can_be_read_from_a_key(clock: Clock) -> None:
    limits = rates(clock)
    assert limits.hidden("robin@example.org") == rates(clock).hidden("robin@example.org")  # in every gateway
    assert len(limits.hidden("x" * 100_000)) == len(limits.hidden("\ud800")) == 32
    assert limits.hidden("a", "b") != limits.hidden("a\0b", "")
    other = Rates(key=b"other", policies=DEFAULTS)
    assert other.hidden("robin@example.org") != limits.hidden("robin@example.org")


async def test_memory_is_bounded_and_forgets_the_least_used(clock: Clock) -> None:
    limits = rates(clock, policies='{"address": "50/60", "login": "1/60"}', most=1_000)
    attacks = []
    for number in range(5_000):
        await taken(limits, "address", f"10.0.{number}")
        attacks.append(await taken(limits, "address", "attacker"))
    await taken(limits, "login", "a")
    memory = limits.counters._own["address"].storage
    assert isinstance(memory, BoundedMemory)
    assert memory._remembered == sum(map(len, memory._hits.values())) <= 1_000
    assert attacks.count(0) == 50  # whoever goes on is not forgotten
    assert await taken(limits, "login", "a") > 0  # other names have memories of their own


async def test_memory_forgets_what_is_old(clock: Clock) -> None:
    memory = BoundedMemory(clock)
    assert await memory.acquire_entry("a", 2, 10)
    assert await memory.incr("a", 10) == 1
    assert (await memory.get("a"), await memory.get_expiry("a")) == (1, clock.now + 10)
    clock.now += 10
    assert await memory.get_moving_window("a", 2, 10) == (clock.now, 0)
    assert await memory.get("a") == 0
    assert memory._remembered == 0
    await memory.acquire_entry("a", 2, 10)
    await memory.clear("a")
    assert memory._remembered == 0
    assert await memory.reset() == 0


async def test_gateways_share_what_redis_counts(clock: Clock) -> None:
    redis = Redis(clock)
    one, other = rates(clock, redis), rates(clock, redis)
    waits = [await taken(each, "sign-up", "a") for _ in range(6) for each in (one, other)]
    assert waits.count(0) == 10


@pytest.mark.parametrize("error", [ConnectionError(), TimeoutError(), ValueError("a reply that is none")])
async def test_without_redis_each_gateway_counts_for_itself(clock: Clock, error: Exception) -> None:
    redis = Redis(clock)
    limits = rates(clock, redis, policies='{"mail": "2/600"}')
    assert metrics.LIMITS_SHARED._value.get() == 1
    redis.away = error
    assert [await taken(limits, "mail", "a") for _ in range(3)] == [0, 0, 600]
    assert metrics.LIMITS_SHARED._value.get() == 0
    assert redis.asked == 1  # it is left alone for a while
    clock.now += REST_S
    assert await taken(limits, "mail", "b") == 0
    assert redis.asked == 2
    redis.away = None
    clock.now += REST_S
    assert await taken(limits, "mail", "a") == 0  # Redis has counted nothing
    assert metrics.LIMITS_SHARED._value.get() == 1
    assert redis.asked == 3
    assert await taken(limits, "mail", "a") == 0
    assert redis.asked == 4


async def test_one_request_finds_out_whether_redis_is_back(clock: Clock) -> None:
    redis = Redis(clock)
    limits = rates(clock, redis, patience=0)
    redis.hangs = True
    await taken(limits, "person", "a")
    clock.now += REST_S
    asked = redis.asked
    await asyncio.gather(*[taken(limits, "person", "a") for _ in range(20)])
    assert redis.asked == asked + 1


class Jobs:
    """Counts the open jobs of one person, and how often that is asked."""

    def __init__(self) -> None:
        self.open = 0
        self.asked = 0

    async def count(self, person: UUID, most: int) -> int:
        self.asked += 1
        return min(self.open, most)


def open_jobs(most: str) -> Rates:
    return Rates(key=KEY, policies=read_policies(f'{{"jobs-open": "{most}"}}'))


async def admitted(limit: OpenJobs, person: UUID) -> bool:
    try:
        await limit.take({}, person)
    except ProblemError as problem:
        assert (problem.problem.name, problem.headers["Retry-After"]) == ("rate-limited", "30")
        return False
    return True


async def test_jobs_are_limited_at_a_time(clock: Clock) -> None:
    jobs, person = Jobs(), uuid4()
    limit = OpenJobs(open_jobs("3"), jobs.count, clock)
    for _ in range(3):
        assert await admitted(limit, person)
        jobs.open += 1
    assert jobs.asked == 1
    assert not await admitted(limit, person)
    jobs.open -= 1
    assert await admitted(limit, person)  # as soon as one has ended
    assert await admitted(OpenJobs(open_jobs("off"), jobs.count, clock), person)


async def test_a_count_of_jobs_is_used_for_a_second(clock: Clock) -> None:
    jobs, person = Jobs(), uuid4()
    limit = OpenJobs(open_jobs("3"), jobs.count, clock)
    await admitted(limit, person)
    jobs.open = 3  # another gateway accepted them
    clock.now += FRESH_S
    assert not await admitted(limit, person)


async def test_the_headers_tell_how_many_jobs_more(clock: Clock) -> None:
    jobs = Jobs()
    scope: dict[str, Any] = {}
    await OpenJobs(open_jobs("500"), jobs.count, clock).take(scope, uuid4())
    assert headers_of(scope) == [(b"ratelimit-policy", b'"jobs-open";q=500'), (b"ratelimit", b'"jobs-open";r=499')]


async def test_the_client_of_redis_takes_no_time_where_none_is(clock: Clock, tmp_path: Path) -> None:
    store = SharedStore(f"unix://{tmp_path}/nowhere")
    counters = Counters(store.storage, wall_clock=clock, clock=clock)
    limits = Rates(counters, key=KEY, policies=read_policies('{"mail": "1/60"}'))
    assert [await taken(limits, "mail", "a") for _ in range(2)] == [0, 60]
    assert metrics.LIMITS_SHARED._value.get() == 0
    await store.aclose()


@pytest.mark.parametrize("url", ["localhost:6379", "http://localhost", "redis://", "unix://localhost"])
def test_an_address_that_is_no_redis_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("VOXBUS_REDIS_URL", url)
    with pytest.raises(SettingsError, match="VOXBUS_REDIS_URL is wrong: must be redis://"):
        load(GatewaySettings)
