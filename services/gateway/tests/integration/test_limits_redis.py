"""Tests the limits of two gateways over the wire to one server of Redis's protocol, and without it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Thread

import pytest
from fakeredis import TcpFakeServer

from chassis.observe import metrics
from chassis.web.problems import ProblemError
from gateway.edge.limits.counters import REST_S, Counters
from gateway.edge.limits.logins import FREE, Logins
from gateway.edge.limits.policies import Name, read_policies
from gateway.edge.limits.rates import ADDRESS, Rates
from gateway.edge.limits.redis import SharedStore
from services.gateway.tests.unit.test_limits import Clock

#: seconds: a loaded machine may take longer than a request should wait for
PATIENCE_S = 30.0
AT_HOME = {ADDRESS: "192.0.2.1"}


@pytest.fixture
async def server() -> AsyncIterator[TcpFakeServer]:
    """Provides a server that runs the scripts of the library."""
    made = TcpFakeServer(("127.0.0.1", 0))
    thread = Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


@asynccontextmanager
async def gateway(address: str, clock: Clock) -> AsyncIterator[Rates]:
    store = SharedStore(address, PATIENCE_S)
    policies = read_policies('{"mail": "4/600", "sign-up": "10/3600"}')
    try:
        yield Rates(Counters(store.storage, clock=clock, patience=PATIENCE_S), key=b"k", policies=policies)
    finally:
        await store.aclose()


async def taken(rates: Rates, name: Name) -> bool:
    try:
        await rates.take({}, name, "a")
    except ProblemError:
        return False
    return True


async def all_taken(rates: Rates, name: Name, times: int) -> int:
    return [await taken(rates, name) for _ in range(times)].count(True)


async def test_two_gateways_count_together_and_log_ins_wait_at_both(server: TcpFakeServer) -> None:
    address, clock = f"redis://127.0.0.1:{server.server_address[1]}", Clock()
    async with gateway(address, clock) as one, gateway(address, clock) as other:
        assert [await taken(each, "mail") for _ in range(3) for each in (one, other)] == [True] * 4 + [False] * 2
        # one connection each: the stand-in loses some of many that open at once on a loaded machine
        at_once = await asyncio.gather(*[all_taken(each, "sign-up", 10) for each in (one, other)])
        assert sum(at_once) == 10
        logins = [Logins(one), Logins(other)]
        for number in range(FREE):
            await logins[number % 2].begin(AT_HOME, "robin")
        for each in logins:
            with pytest.raises(ProblemError):
                await each.begin(AT_HOME, "robin")
        await logins[0].succeeded(AT_HOME, "robin")
        await logins[1].begin(AT_HOME, "robin")
        assert metrics.LIMITS_SHARED._value.get() == 1


async def test_nobody_is_refused_because_nothing_listens(server: TcpFakeServer) -> None:
    clock = Clock()
    async with gateway("redis://127.0.0.1:1", clock) as alone:
        assert [await taken(alone, "mail") for _ in range(5)] == [True] * 4 + [False]
        assert metrics.LIMITS_SHARED._value.get() == 0
        clock.now += REST_S
        assert not await taken(alone, "mail")
