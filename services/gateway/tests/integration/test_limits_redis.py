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
from gateway.edge.limits.rates import Rates
from gateway.edge.limits.redis import SharedStore
from services.gateway.tests.unit.test_limits import Clock

#: seconds: a loaded machine may take longer than a request should wait for
PATIENCE_S = 30.0


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


async def test_two_gateways_count_together_and_log_ins_wait_at_both(server: TcpFakeServer) -> None:
    address, clock = f"redis://127.0.0.1:{server.server_address[1]}", Clock()
    async with gateway(address, clock) as one, gateway(address, clock) as other:
        assert [await taken(each, "mail") for _ in range(3) for each in (one, other)] == [True] * 4 + [False] * 2
        at_once = await asyncio.gather(*[taken(each, "sign-up") for _ in range(10) for each in (one, other)])
        assert at_once.count(True) == 10
        logins = [Logins(one), Logins(other)]
        for number in range(FREE):
            await logins[number % 2].begin("robin", "192.0.2.1")
        for each in logins:
            with pytest.raises(ProblemError):
                await each.begin("robin", "192.0.2.1")
        await logins[0].succeeded("robin", "192.0.2.1")
        await logins[1].begin("robin", "192.0.2.1")
        assert metrics.LIMITS_SHARED._value.get() == 1


async def test_nobody_is_refused_because_nothing_listens(server: TcpFakeServer) -> None:
    clock = Clock()
    async with gateway("redis://127.0.0.1:1", clock) as alone:
        assert [await taken(alone, "mail") for _ in range(5)] == [True] * 4 + [False]
        assert metrics.LIMITS_SHARED._value.get() == 0
        clock.now += REST_S
        assert not await taken(alone, "mail")
