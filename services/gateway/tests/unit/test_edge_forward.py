"""Tests what the gateway answers when an owner does not; the hop is a list of the outcomes of tries."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace

import pytest

from chassis.testing import until
from chassis.web.principal import ANONYMOUS, verify
from chassis.web.problems import ProblemError
from gateway.edge.forward.forwarder import Forwarded, Forwarder
from gateway.edge.forward.headers import returned
from gateway.edge.forward.hop import HopAnswer, HopRequest, NoAnswer, NotSent, OwnerHealth, RawHeaders
from gateway.edge.forward.routes import Route
from gateway.edge.forward.upstream import DIRECT_MAX, Upstream

KEY = b"k" * 32


@dataclass(frozen=True)
class Said:
    """Makes an owner's answer."""

    status: int = 200
    headers: RawHeaders = ()
    body: bytes = b"{}"


Outcome = Said | Exception
LOST, LATE, NOT_SENT = NoAnswer("reset"), NoAnswer("silent", late=True), NotSent("refused")
NOT_WRITTEN = Said(503, [(b"voxbus-not-written", b"1")], b'{"type": "/problems/unavailable"}')
BUSY = Said(503, [], b'{"type": "/problems/busy"}')
#: more than the gateway reads of a problem
LONG = Said(503, [], b'{"type": "/problems/busy", "detail": "%s"}' % (b"x" * 65_536))
#: of a balancer, which knows nothing of the owner behind it
BALANCER = Said(503, [(b"content-type", b"text/html")], b"<h1>Service Unavailable</h1>")
UNAVAILABLE = Said(503, [(b"Content-Type", b"application/problem+json")], b"")
PROBLEM = (b"content-type", b"application/problem+json")
CONFLICT = Said(422, [PROBLEM], b'{"type": "/problems/idempotency-conflict"}')
REPLAYED = Said(404, [PROBLEM, (b"Idempotency-Replayed", b"true")])
#: of a release that has no routes yet, or of a balancer
STRANGER = Said(404, [(b"content-type", b"text/plain")], b"not found")


def refused(status: int) -> Said:
    return Said(status, [PROBLEM])


@dataclass
class Scripted:
    """Implements a hop on which a script decides the outcome of each try; the last outcome stays."""

    script: Sequence[Outcome]
    sent: list[HopRequest] = field(default_factory=list)
    closed: int = 0
    #: what an answer waits for
    held: asyncio.Event | None = None

    async def send(self, request: HopRequest, *, within: float, ends: float) -> HopAnswer:
        self.sent.append(request)
        if self.held is not None:
            await self.held.wait()
        outcome = self.script[min(len(self.sent), len(self.script)) - 1]
        if isinstance(outcome, Exception):
            raise outcome

        async def pieces() -> AsyncIterator[bytes]:
            yield outcome.body

        async def close() -> None:
            self.closed += 1

        return HopAnswer(outcome.status, outcome.headers, pieces(), close)

    async def open(self, request: HopRequest, *, within: float) -> HopAnswer:
        raise NotSent("no streams here")

    async def state(self) -> OwnerHealth:
        return OwnerHealth("ok")

    async def aclose(self) -> None:
        pass


def forwarded(method: str = "POST", *, job: str | None = None) -> Forwarded:
    route = Route(
        service="toys",
        operation="makeToy",
        method="GET" if method == "HEAD" else method,
        path="/toys",
        access=("public",),
        job=job,
    )
    headers = [(b"Idempotency-Key", b"k"), (b"authorization", b"Bearer x"), (b"voxbus-principal", b"x")]
    return Forwarded(
        route=route, method=method, path=b"/to%79s", query=b"a=%20", headers=headers, body=b"{}", principal=ANONYMOUS
    )


async def outcome(hop: Scripted, request: Forwarded) -> int | str:
    """Returns the status of an answer that was passed on, or the name of the gateway's own problem."""
    try:
        answer = await Forwarder({"toys": Upstream(KEY, hop)}, again_s=0).forward(request)
    except ProblemError as error:
        return error.problem.name
    await answer.close()
    return answer.status


WRITES: dict[str, tuple[list[Outcome], int | str]] = {
    "answered": ([Said(201)], 201),
    "refused": ([refused(409)], 409),
    "failed": ([Said(500)], 500),
    "not connected": ([NOT_SENT, Said()], "unavailable"),
    "not written": ([NOT_WRITTEN, Said()], 503),
    "busy with the same key": ([BUSY, Said()], 503),
    "a balancer's 503, then answered": ([BALANCER, Said(201)], 201),
    "a balancer's 503, then not written": ([BALANCER, NOT_WRITTEN], "outcome-unknown"),
    "a balancer's 503 twice": ([BALANCER, BALANCER, Said()], "outcome-unknown"),
    "a balancer's 502, then answered": ([Said(502), Said(201)], 201),
    "a 503 that does not end, then answered": ([LONG, Said(201)], 201),
    "a 503 that breaks off, then answered": ([Said(503, [], b""), Said(201)], 201),
    "principal refused": ([refused(421), Said()], "unavailable"),
    "no route": ([refused(501), Said()], "unavailable"),
    "not the owner's 404": ([STRANGER, Said()], "unavailable"),
    "not the owner's 405": ([Said(405), Said()], "unavailable"),
    "a balancer's 408, then answered": ([Said(408), Said(201)], 201),
    "a balancer's 408 twice": ([Said(408), Said(408), Said()], "outcome-unknown"),
    "a balancer's 429, then an older release": ([Said(429), STRANGER, Said()], "outcome-unknown"),
    "a balancer's 501, then answered": ([Said(501), Said(201)], 201),
    "lost, then not the owner's 404": ([LOST, STRANGER, Said()], "outcome-unknown"),
    "lost, then answered": ([LOST, Said(201)], 201),
    "silent, then answered": ([LATE, Said(201)], 201),
    "lost twice": ([LOST, LOST, Said()], "outcome-unknown"),
    "lost, then not connected, then answered": ([LOST, NOT_SENT, NOT_SENT, Said(201)], 201),
    "lost, then not connected, then lost": ([LOST, NOT_SENT, LOST, Said()], "outcome-unknown"),
    "lost, then never connected": ([LOST, NOT_SENT], "outcome-unknown"),
    "lost, then not written": ([LOST, NOT_WRITTEN, Said()], "outcome-unknown"),
    "lost, then busy": ([LOST, BUSY, Said()], "outcome-unknown"),
    "lost, then refused": ([LOST, refused(409), Said()], "outcome-unknown"),
    "lost, then invalid": ([LOST, refused(422), Said()], "outcome-unknown"),
    "lost, then not found": ([LOST, refused(404), Said()], "outcome-unknown"),
    "lost, then failed": ([LOST, Said(500), Said()], "outcome-unknown"),
    "lost, then principal refused": ([LOST, refused(421), Said()], "outcome-unknown"),
    "lost, then other content": ([LOST, CONFLICT], 422),
    "lost, then erased": ([LOST, refused(401)], 401),
    "lost, then replayed though gone": ([LOST, REPLAYED], 404),
    "in doubt, then answered": ([Said(504), Said(201)], 201),
    "in doubt, then refused": ([Said(504), refused(409)], "outcome-unknown"),
    "in doubt twice": ([Said(504), Said(504), Said()], "outcome-unknown"),
}


@pytest.mark.parametrize(("script", "expected"), WRITES.values(), ids=WRITES)
async def test_a_write_says_only_what_is_known(script: list[Outcome], expected: int | str) -> None:
    hop = Scripted(script)
    assert await outcome(hop, forwarded()) == expected
    assert sum(outcome is not NOT_SENT for outcome in script[: len(hop.sent)]) <= 2
    assert hop.closed == sum(isinstance(each, Said) for each in script[: len(hop.sent)])


READS: dict[str, tuple[list[Outcome], int | str, int]] = {
    "answered": ([Said()], 200, 1),
    "not connected, then answered": ([NOT_SENT, Said()], 200, 2),
    "lost, then answered": ([LOST, refused(404)], 404, 2),
    "lost, then unavailable": ([LOST, UNAVAILABLE], 503, 2),
    "lost twice": ([LOST, LOST, Said()], "unavailable", 2),
    "a balancer's 503, then answered": ([BALANCER, Said()], 200, 2),
    "a balancer's 503 twice": ([BALANCER, BALANCER, Said()], "unavailable", 2),
    "no route": ([Said(501), Said()], "unavailable", 1),
    "principal refused": ([Said(421), Said()], "unavailable", 1),
    "not found": ([refused(404), Said()], 404, 1),
    "not the owner's 404": ([STRANGER, Said()], "unavailable", 1),
}


@pytest.mark.parametrize("request_", [forwarded("GET"), forwarded("HEAD"), forwarded(job="polish")])
@pytest.mark.parametrize(("script", "expected", "tries"), READS.values(), ids=READS)
async def test_what_writes_nothing_is_repeated_once(
    request_: Forwarded, script: list[Outcome], expected: int | str, tries: int
) -> None:
    hop = Scripted(script)
    assert (await outcome(hop, request_), len(hop.sent)) == (expected, tries)


async def test_a_write_is_sent_again_under_the_same_operation_id() -> None:
    hop = Scripted([LOST, Said()])
    await outcome(hop, forwarded())
    signed = [verify(KEY, dict(sent.headers)[b"voxbus-principal"].decode(), time.time())[1] for sent in hop.sent]
    assert signed[0] == signed[1]
    assert (signed[0].target, signed[0].method, signed[0].id.version) == ("/to%79s?a=%20", "POST", 7)
    other = Scripted([Said()])
    await outcome(other, forwarded())
    assert verify(KEY, dict(other.sent[0].headers)[b"voxbus-principal"].decode(), time.time())[1].id != signed[0].id


async def test_only_listed_headers_cross() -> None:
    back = [
        (b"ETag", b'"1"'),
        (b"Content-Type", b"application/problem+json"),
        (b"Set-Cookie", b"a=b"),
        (b"Server", b"x"),
        (b"Connection", b"close"),
        (b"voxbus-not-written", b"1"),
        (b"Content-Security-Policy", b"x"),
    ]
    hop = Scripted([Said(401, back)])
    answer = await Forwarder({"toys": Upstream(KEY, hop)}).forward(forwarded())
    assert answer.headers == [
        (b"etag", b'"1"'),
        (b"content-type", b"application/problem+json"),
        (b"www-authenticate", b"Bearer"),
    ]
    names = [name for name, _ in hop.sent[0].headers if name != b"traceparent"]
    assert names == [b"idempotency-key", b"content-length", b"voxbus-principal", b"voxbus-deadline"]
    assert dict(hop.sent[0].headers)[b"voxbus-deadline"] == b"8000"


def test_some_headers_never_cross_back_also_where_an_operation_declares_them() -> None:
    never = ["set-cookie", "connection", "transfer-encoding", "voxbus-not-written", "content-security-policy"]
    route = replace(forwarded().route, answers=frozenset({*never, "x-toys"}))
    headers = [(name.encode(), b"1") for name in ["X-Toys", *never, "undeclared"]]
    assert returned(route, 200, headers) == [(b"x-toys", b"1")]


async def test_a_client_that_goes_away_cancels_nothing_of_a_write() -> None:
    hop = Scripted([LOST, Said()], held=asyncio.Event())
    upstream = Upstream(KEY, hop)
    asked = asyncio.create_task(Forwarder({"toys": upstream}).forward(forwarded()))
    await until(lambda: _true(len(hop.sent) == 1))
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert hop.held is not None
    hop.held.set()
    await until(lambda: _true(hop.closed == 1))
    assert len(hop.sent) == 2


async def test_what_nobody_owns_is_unavailable() -> None:
    with pytest.raises(ProblemError, match="unavailable"):
        await Forwarder({}).forward(forwarded())


async def _true(holds: bool) -> bool:
    return holds


def direct() -> Forwarded:
    asked = forwarded()
    return replace(asked, route=replace(asked.route, direct=65, answers=frozenset({"voxbus-source"})))


DIRECT: dict[str, tuple[list[Outcome], int | str]] = {
    "answered": ([Said()], 200),
    "refused": ([refused(402)], 402),
    "not connected": ([NOT_SENT, Said()], "unavailable"),
    "lost": ([LOST, Said()], "unavailable"),
    "late": ([LATE, Said()], "unavailable"),
    "a balancer's 503": ([BALANCER, Said()], "unavailable"),
    "a stranger's 404": ([STRANGER, Said()], "unavailable"),
    "the owner's own 502": ([refused(502), Said()], 502),
}


@pytest.mark.parametrize(("script", "expected"), DIRECT.values(), ids=DIRECT)
async def test_a_direct_request_is_sent_once(script: list[Outcome], expected: int | str) -> None:
    hop = Scripted(script)
    try:
        async with Forwarder({"toys": Upstream(KEY, hop)}).direct(direct()) as answer:
            found: int | str = answer.status
    except ProblemError as error:
        found = error.problem.name
    assert (found, len(hop.sent)) == (expected, 1)
    assert dict(hop.sent[0].headers)[b"voxbus-deadline"] == b"65000"
    assert b"authorization" not in dict(hop.sent[0].headers)


async def test_a_direct_answer_has_the_headers_that_it_declares() -> None:
    own = [(b"voxbus-source", b"rules"), (b"voxbus-not-written", b"1"), (b"x-own", b"1"), (b"set-cookie", b"a")]
    async with Forwarder({"toys": Upstream(KEY, Scripted([Said(200, own)]))}).direct(direct()) as answer:
        assert list(answer.headers) == [(b"voxbus-source", b"rules")]


async def test_direct_answers_take_no_place_of_others() -> None:
    upstream = Upstream(KEY, Scripted([Said()]))
    forwarder = Forwarder({"toys": upstream})
    for _ in range(DIRECT_MAX):
        upstream.enter_direct()
    with pytest.raises(ProblemError) as caught:
        async with forwarder.direct(direct()):
            pass
    assert caught.value.problem.name == "busy"
    await (await forwarder.forward(forwarded())).close()
    upstream.leave_direct()
    async with forwarder.direct(direct()):
        pass
