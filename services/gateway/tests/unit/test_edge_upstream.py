"""Tests the limits between the gateway and one owner: requests in flight, and the breaker."""

from __future__ import annotations

import pytest

from chassis.breaker import FAILURES_MAX, REST_S, Breaker
from chassis.web.problems import ProblemError
from gateway.edge.forward.forwarder import Answer, Forwarder
from gateway.edge.forward.upstream import IN_FLIGHT_MAX, Upstream
from services.gateway.tests.unit.test_edge_forward import KEY, LATE, LOST, NOT_SENT, Said, Scripted, forwarded, refused


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
        forwarder = Forwarder({"toys": Upstream(KEY, hop, Breaker(lambda: now[0]))}, again_s=0)
        for _ in range(FAILURES_MAX):
            await _ignored(forwarder)
        tries = len(hop.sent)
        await _ignored(forwarder)
        assert len(hop.sent) == tries
        now[0] += REST_S + 0.1
        await _ignored(forwarder)
        await _ignored(forwarder)
        assert len(hop.sent) == tries + 1  # one alone
        now[0] += REST_S + 0.1
        hop.script = [Said()]
        for _ in range(3):
            await _ignored(forwarder)
        assert len(hop.sent) == tries + 4
    for passed in (LOST, Said(500), refused(404)):
        hop = Scripted([passed])
        forwarder = Forwarder({"toys": Upstream(KEY, hop, Breaker(lambda: now[0]))}, again_s=0)
        for _ in range(FAILURES_MAX + 1):
            before = len(hop.sent)
            await _ignored(forwarder)
            assert len(hop.sent) > before


def test_an_open_breaker_lets_one_request_try_at_a_time() -> None:
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    for _ in range(FAILURES_MAX):
        breaker.failed()
    now[0] += REST_S
    assert [breaker.admits(), breaker.admits()] == [True, False]
    breaker.answered()
    assert [breaker.admits(), breaker.admits()] == [True, True]


async def _ignored(forwarder: Forwarder) -> Answer | None:
    try:
        answer = await forwarder.forward(forwarded())
    except ProblemError:
        return None
    await answer.close()
    return answer
