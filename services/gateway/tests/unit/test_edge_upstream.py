"""Tests the limits between the gateway and one owner: requests in flight, and the breaker."""

from __future__ import annotations

import asyncio
import math

import pytest

from chassis.breaker import Breaker, Rule
from chassis.web.problems import ProblemError
from gateway.edge.forward.forwarder import Answer, Forwarder
from gateway.edge.forward.hop import NotSent
from gateway.edge.forward.upstream import IN_FLIGHT_MAX, Upstream
from services.gateway.tests.unit.test_edge_forward import KEY, LATE, LOST, NOT_SENT, Said, Scripted, forwarded, refused

RULE = Rule()


async def test_the_65th_request_in_flight_is_told_that_its_owner_is_busy() -> None:
    hop = Scripted([Said()])
    forwarder = Forwarder({"toys": Upstream(KEY, hop)})
    answers = [await forwarder.forward(forwarded()) for _ in range(IN_FLIGHT_MAX)]
    with pytest.raises(ProblemError, match="busy"):
        await forwarder.forward(forwarded())
    assert len(hop.sent) == IN_FLIGHT_MAX
    await answers[0].close()
    await answers[0].close()  # gives back one place, not two
    await forwarder.forward(forwarded())
    with pytest.raises(ProblemError, match="busy"):
        await forwarder.forward(forwarded())


async def test_a_breaker_counts_failed_connects_and_deadlines_alone() -> None:
    now = [0.0]
    for counted in (NOT_SENT, LATE):
        hop = Scripted([counted])
        forwarder = Forwarder({"toys": Upstream(KEY, hop, Breaker(RULE, lambda: now[0]))}, again_s=0)
        for _ in range(RULE.failures):
            await _ignored(forwarder)
        tries = len(hop.sent)
        await _ignored(forwarder)
        assert len(hop.sent) == tries
        now[0] += RULE.rest + 0.1
        await _ignored(forwarder)
        await _ignored(forwarder)
        assert len(hop.sent) == tries + 1  # one alone
        now[0] += RULE.rest + 0.1
        hop.script = [Said()]
        for _ in range(3):
            await _ignored(forwarder)
        assert len(hop.sent) == tries + 4
    for passed in (LOST, Said(500), refused(404)):
        hop = Scripted([passed])
        forwarder = Forwarder({"toys": Upstream(KEY, hop, Breaker(RULE, lambda: now[0]))}, again_s=0)
        for _ in range(RULE.failures + 1):
            before = len(hop.sent)
            await _ignored(forwarder)
            assert len(hop.sent) > before


async def test_a_request_that_is_given_up_while_it_tries_an_owner_lets_another_try() -> None:
    now = [0.0]
    hop = Scripted([NOT_SENT])
    upstream = Upstream(KEY, hop, Breaker(RULE, lambda: now[0]))
    forwarder = Forwarder({"toys": upstream}, again_s=0)
    for _ in range(RULE.failures):
        await _ignored(forwarder)
    now[0] += RULE.rest
    hop.script, hop.held = [Said()], asyncio.Event()
    given_up = asyncio.create_task(upstream.send(hop.sent[0], within=60, ends=math.inf))
    await asyncio.sleep(0)
    with pytest.raises(NotSent):  # one at a time
        await upstream.send(hop.sent[0], within=60, ends=math.inf)
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    hop.held = None
    await upstream.send(hop.sent[0], within=60, ends=math.inf)
    assert not upstream.is_open


async def _ignored(forwarder: Forwarder) -> Answer | None:
    try:
        answer = await forwarder.forward(forwarded())
    except ProblemError:
        return None
    await answer.close()
    return answer
