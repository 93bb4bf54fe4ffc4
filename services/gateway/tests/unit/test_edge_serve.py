"""Tests which requests leave the gateway, and what is checked before; the owner's hop answers at once."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from chassis.breaker import Rule
from chassis.observe import metrics
from chassis.web.principal import ANONYMOUS, Principal
from chassis.web.problems import CONSENT_REQUIRED, ProblemError
from chassis.web.testing import Answer, in_process, signed_in
from gateway.edge.body import Pace
from gateway.edge.forward.forwarder import Forwarded, Forwarder
from gateway.edge.forward.hop import HopAnswer, HopRequest, NoAnswer, NotSent, OwnerHealth, RawHeaders
from gateway.edge.forward.join import join
from gateway.edge.forward.routes import GATEWAY, Route, RouteTable
from gateway.edge.forward.serve import Admit, ForwardedRoutes
from gateway.edge.forward.upstream import Upstream
from services.gateway.tests.unit.test_edge_routes import described

AGES = ("under_consent_age", "of_age")
BY_FIELD = {"x-consent": {"purpose": "notify", "field": "kind", "recipients": {"email": "email"}}}
CONSENT = {"x-consent": {"purpose": "assess_voice", "recipient": "voxbus"}}
TABLE = RouteTable(
    join(
        [
            described(GATEWAY, "listJobs", "get", "/jobs"),
            described(GATEWAY, "readAttempt", "get", "/attempts/{id}"),
            described("content", "findAttempts", "get", "/attempts/search"),
            described("content", "editAttempt", "patch", "/attempts/{id}"),
            described("content", "sayAloud", "post", "/aloud", **{"x-access": ["signed-in"], **CONSENT}),
            described("content", "makeWay", "post", "/ways", **{"x-access": ["signed-in"], **BY_FIELD}),
            described("content", "editSecret", "put", "/secret", **{"x-access": ["admin"], "x-fresh": True}),
            described("content", "takeAll", "get", "/all", **{"x-access": ["admin"], "x-noted": "content.exported"}),
            described("content", "editNote", "put", "/people/{person}/note", **{"x-person": "person"}),
        ]
    )
)


class Hop:
    """Answers with 200 and keeps what it was asked; or does not connect."""

    def __init__(self, *, away: bool = False, length: bytes = b"5", breaks: bool = False) -> None:
        """Takes the declared `length` of its body “owner”. `breaks`: the body ends early."""
        self.asked: list[HopRequest] = []
        self.away, self.length, self.breaks = away, length, breaks
        self.closed = 0
        self.headers: list[tuple[bytes, bytes]] = []

    async def send(self, request: HopRequest, *, within: float, ends: float) -> HopAnswer:
        if self.away:
            raise NotSent("refused")
        self.asked.append(request)

        async def pieces() -> AsyncIterator[bytes]:
            yield b"owner"
            if self.breaks:
                raise NoAnswer("reset")

        async def close() -> None:
            self.closed += 1

        return HopAnswer(200, [(b"Content-Length", self.length), *self.headers], pieces(), close)

    async def open(self, request: HopRequest, *, within: float) -> HopAnswer:
        raise NotSent("no streams here")

    async def state(self) -> OwnerHealth:
        return OwnerHealth("ok")

    async def aclose(self) -> None:
        pass


async def no_limits(_: Scope, __: Route, ___: Principal) -> None:
    """Represents the limits; no test here comes to one."""


async def asks_age(caller: Principal, _: tuple[str, str]) -> None:
    """Represents the gate, which nobody has given any consent."""
    if caller.age_band != "of_age":
        raise ProblemError(CONSENT_REQUIRED)


async def acts_for(_: Scope, caller: Principal, person: UUID) -> bool:
    """Represents who is a guardian of whom: person 2 of person 1."""
    return (caller.id, person) == (UUID(int=2), UUID(int=1))


async def nobody(request: Forwarded, _: Admit) -> Response:
    """Represents the part that makes jobs of proposals; no test here proposes one."""
    raise AssertionError(request.route.operation)


GATE: dict[str, Any] = {"check_consent": asks_age, "acts_for": acts_for, "note_reading": no_limits}


async def asked(
    method: str,
    path: str,
    *,
    caller: Principal = ANONYMOUS,
    body: bytes = b"",
    hop: Hop | None = None,
    headers: RawHeaders = (),
    note: Callable[[Scope, Route, Principal], Awaitable[None]] = no_limits,
) -> Answer:
    async def identify(_: Scope) -> Principal:
        return caller

    forwarder = Forwarder({"content": Upstream(b"k" * 32, hop or Hop())})
    app = ForwardedRoutes(
        PlainTextResponse("own"),
        TABLE,
        forwarder,
        identify,
        nobody,
        no_limits,
        no_limits,
        **{**GATE, "note_reading": note},
    )

    async def with_headers(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "headers": [*scope["headers"], *headers]}, receive, send)

    return await in_process(with_headers)(method, path, {}, body)


@pytest.mark.parametrize(
    ("method", "path", "by"),
    [
        ("GET", "/", b"own"),
        ("GET", "/jobs", b"own"),
        ("GET", "/nothing", b"own"),
        ("GET", "/attempts/1", b"own"),
        ("GET", "/attempts/search", b"owner"),
        ("PATCH", "/attempts/search", b"owner"),
        ("PATCH", "/attempts/1", b"owner"),
    ],
)
async def test_each_path_goes_where_it_belongs(method: str, path: str, by: bytes) -> None:
    assert (await asked(method, path)).body == by


@pytest.mark.parametrize(("name", "status"), [(b"authorization", 401), (b"idempotency-key", 422), (b"accept", 200)])
async def test_where_there_may_be_one_header_two_are_refused(name: bytes, status: int) -> None:
    hop = Hop()
    answer = await asked("GET", "/attempts/search", hop=hop, headers=[(name, b"a"), (name, b"b")])
    assert (answer.status, len(hop.asked)) == (status, 1 if status == 200 else 0)


async def test_a_path_that_two_serve_says_the_methods_of_both() -> None:
    refused = await asked("DELETE", "/attempts/1")
    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS, PATCH")
    assert (await asked("OPTIONS", "/attempts/1")).headers["allow"] == "GET, HEAD, OPTIONS, PATCH"


async def test_the_server_as_a_whole_is_asked_for_its_methods() -> None:
    answer = await asked("OPTIONS", "*")
    assert (answer.status, answer.body) == (204, b"")
    assert {"GET", "HEAD", "OPTIONS", "PATCH"} <= {*answer.headers["allow"].split(", ")}


async def test_nothing_is_done_without_the_consent_that_it_wants() -> None:
    child = Principal(id=UUID(int=1), age_band="under_consent_age")
    for caller, problem in ((ANONYMOUS, "unauthorized"), (child, "guardian-consent-required"), (signed_in(), "")):
        hop = Hop()
        answer = await asked("POST", "/aloud", caller=caller, body=b" " * 70_000 if problem else b"{}", hop=hop)
        assert (answer.problem, len(hop.asked)) == (problem, 0 if problem else 1)


async def test_what_is_noted_is_noted_before_its_owner_is_asked() -> None:
    noted: list[tuple[str | None, int]] = []
    hop = Hop()

    async def note(_: Scope, route: Route, caller: Principal) -> None:
        noted.append((route.noted, len(hop.asked)))

    for caller, status in ((ANONYMOUS, 401), (signed_in(), 403), (signed_in("admin"), 200)):
        assert (await asked("GET", "/all", caller=caller, hop=hop, note=note)).status == status
    await asked("GET", "/attempts/search", hop=hop, note=note)
    assert (noted, len(hop.asked)) == ([("content.exported", 0)], 2)


async def test_a_page_of_an_owners_may_show_pictures_and_run_nothing() -> None:
    page = Hop()
    page.headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-security-policy", b"default-src *")]
    policy = (await asked("GET", "/attempts/search", hop=page)).headers.getlist("content-security-policy")
    assert [each.partition("; base")[0] for each in policy] == [
        "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"
    ]
    assert (await asked("GET", "/attempts/search")).headers.getlist("content-security-policy") == []


async def test_who_cannot_be_a_person_is_not_found() -> None:
    assert (await asked("PUT", "/people/x/note", body=b"{}")).status == 404


@pytest.mark.parametrize("length", [b"5", b"70000"])
async def test_every_answer_is_closed(length: bytes) -> None:
    hop = Hop(length=length)
    answer = await asked("GET", "/attempts/search", hop=hop)
    assert (answer.body, answer.headers["content-length"], hop.closed) == (b"owner", length.decode(), 1)


async def test_a_short_answer_that_breaks_off_is_none() -> None:
    for method, path, problem in (
        ("GET", "/attempts/search", "unavailable"),
        ("PATCH", "/attempts/1", "outcome-unknown"),
    ):
        hop = Hop(breaks=True)
        answer = await asked(method, path, hop=hop)
        assert (answer.problem, hop.closed) == (problem, 1)
    with pytest.raises(NoAnswer):  # of a long one the client has the beginning
        await asked("GET", "/attempts/search", hop=Hop(breaks=True, length=b"70000"))


def _value(sample: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(sample, labels) or 0.0


async def test_forwarded_requests_are_measured() -> None:
    def count(outcome: str) -> float:
        return _value("voxbus_forwarded_total", service="content", outcome=outcome)

    answered, unavailable = count("answered"), count("unavailable")
    await asked("GET", "/attempts/search")
    assert (count("answered"), _value("voxbus_breaker_open", service="content")) == (answered + 1, 0)
    hop = Hop(away=True)
    forwarder = Forwarder({"content": Upstream(b"k" * 32, hop)})

    async def identify(_: Scope) -> Principal:
        return ANONYMOUS

    app = ForwardedRoutes(PlainTextResponse("own"), TABLE, forwarder, identify, nobody, no_limits, no_limits, **GATE)
    for _ in range(Rule().failures):
        assert (await in_process(app)("GET", "/attempts/search", {}, b"")).problem == "unavailable"
    assert count("unavailable") == unavailable + Rule().failures
    assert _value("voxbus_breaker_open", service="content") == 1


async def test_a_body_slower_than_its_pace_is_not_forwarded() -> None:
    hop = Hop()
    forwarder = Forwarder({"content": Upstream(b"k" * 32, hop)})

    async def identify(_: Scope) -> Principal:
        return ANONYMOUS

    app = ForwardedRoutes(
        PlainTextResponse("own"),
        TABLE,
        forwarder,
        identify,
        nobody,
        no_limits,
        no_limits,
        asks_age,
        acts_for,
        no_limits,
        pace=Pace(total=0),
    )
    answer = await in_process(app)("PATCH", "/attempts/1", {}, b"{}")
    assert (answer.status, answer.problem, hop.asked) == (408, "request-timeout", [])


@pytest.mark.parametrize(
    ("roles", "ago", "problem"),
    [
        (("admin",), 299, ""),
        (("admin",), 310, "sign-in-again"),
        (("admin",), None, "sign-in-again"),
        ((), 0, "forbidden"),
    ],
)
async def test_some_operations_want_a_recent_sign_in(roles: tuple[str, ...], ago: int | None, problem: str) -> None:
    hop = Hop()
    when = None if ago is None else int(time.time()) - ago
    caller = dataclasses.replace(signed_in(*roles), signed_in=when)
    answer = await asked("PUT", "/secret", caller=caller, body=b"{}", hop=hop)
    assert (answer.problem, len(hop.asked)) == (problem, 0 if problem else 1)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"kind": "email"}', 403),
        (b'{"kind": "pigeon"}', 200),  # whose owner refuses it
        (b'{"kind": ["email"]}', 200),
        (b"[]", 200),
        (b"{", 200),
        (b"", 200),
    ],
)
async def test_a_field_of_the_body_says_whose_consent_is_needed(body: bytes, status: int) -> None:
    child, grown = (Principal(id=UUID(int=2), roles=frozenset({"learner"}), age_band=band) for band in AGES)
    assert (await asked("POST", "/ways", caller=child, body=body)).status == status
    assert (await asked("POST", "/ways", caller=grown, body=body)).status == 200
