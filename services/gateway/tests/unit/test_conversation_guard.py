"""Tests what is checked of a conversation before it leaves the gateway: the key's place and way, limits, places."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from ipaddress import ip_network
from types import SimpleNamespace
from typing import Any, cast

import pytest

from chassis.web.principal import ANONYMOUS, Principal
from chassis.web.problems import ProblemError
from chassis.web.testing import signed_in
from gateway.edge.context import GatewayContext
from gateway.edge.conversation import ConversationGuard
from gateway.edge.forward.forwarder import Forwarded
from gateway.edge.forward.routes import Route

KEY = "sk-canary-0123456789"
WITH_KEY = json.dumps({"message": "a", "apiKey": KEY}).encode()
WITHOUT = json.dumps({"message": "a", "apiKey": None}).encode()
PROXY = "10.0.0.1"


class Rates:
    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []

    async def take(self, _: Any, name: str, *of: str) -> None:
        self.taken.append((name, of[0]))


@pytest.fixture
def rates() -> Rates:
    return Rates()


@pytest.fixture
def guard(rates: Rates) -> ConversationGuard:
    return ConversationGuard(
        cast(GatewayContext, SimpleNamespace(rates=rates)), [ip_network(f"{PROXY}/32")], at_once=(1, 2)
    )


def asked(
    body: bytes = WITHOUT,
    query: bytes = b"",
    headers: dict[str, str] | None = None,
    principal: Principal = ANONYMOUS,
    limits: Any = ("conversation", "conversation_key"),
) -> Forwarded:
    route = Route(
        service="feedback",
        operation="talk",
        method="POST",
        path="/api/conversation",
        access=("public",),
        direct=65,
        limits=limits,
    )
    raw = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    return Forwarded(route=route, method="POST", path=b"/", query=query, headers=raw, body=body, principal=principal)


def scope(
    address: str = "127.0.0.1", client: str = "127.0.0.1", scheme: str = "http", **headers: str
) -> dict[str, Any]:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"voxbus.address": address, "client": (client, 1), "scheme": scheme, "headers": raw, "type": "http"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"query": b"apiKey=x"},
        {"query": b"api_key=x"},
        {"query": b"x=sk-abcdefgh"},
        {"query": b"sk-abcdefgh"},
        {"query": b"x=%73k-abcdefgh"},
        {"headers": {"X-Api-Key": "x"}},
    ],
)
async def test_a_key_in_the_wrong_place_is_refused(wrong: dict[str, Any], guard: ConversationGuard) -> None:
    with pytest.raises(ProblemError) as caught:
        await guard.check(scope(), asked(**wrong))
    assert (caught.value.problem.status, caught.value.problem.name) == (400, "key-in-wrong-place")


async def test_any_other_query_is_unknown(guard: ConversationGuard) -> None:
    with pytest.raises(ProblemError) as caught:
        await guard.check(scope(), asked(query=b"name=value"))
    assert caught.value.errors == ((None, "unknown field"),)


@pytest.mark.parametrize(
    ("given", "allowed"),
    [
        (scope(), True),
        (scope(address="::/64"), True),
        (scope(address="198.51.100.7", client="198.51.100.7"), False),
        (scope(address="198.51.100.7", client="198.51.100.7", scheme="https"), True),
        (scope(address="198.51.100.7", client=PROXY, x_forwarded_proto="https"), True),
        (scope(address="198.51.100.7", client=PROXY, x_forwarded_proto="http"), False),
        (scope(address="198.51.100.7", client=PROXY), False),
        (scope(address="198.51.100.7", client="198.51.100.7", x_forwarded_proto="https"), False),
        (scope(address="unknown"), False),
    ],
)
@pytest.mark.parametrize("body", [WITH_KEY, b'{"apiKey": "sk-ca', b'{"apiKey": ""}'])
async def test_a_key_comes_over_https(given: dict[str, Any], allowed: bool, body: bytes, rates: Rates) -> None:
    guard = ConversationGuard(
        cast(GatewayContext, SimpleNamespace(rates=rates)), [ip_network(f"{PROXY}/32")], at_once=(1, 2)
    )
    await guard.check({**given}, asked())  # without a key it does not matter
    if allowed:
        await guard.check(given, asked(body))
        assert rates.taken[-1] == ("conversation_key", given["voxbus.address"])
    else:
        with pytest.raises(ProblemError) as caught:
            await guard.check(given, asked(body))
        assert caught.value.problem.name == "https-required"


async def test_whoever_is_signed_in_is_limited_as_a_person(guard: ConversationGuard, rates: Rates) -> None:
    me = signed_in()
    await guard.check(scope(), asked(principal=me))
    await guard.check(scope(address="198.51.100.7"), asked())
    assert rates.taken == [("conversation", f"person {me.id}"), ("conversation", "address 198.51.100.7")]


async def test_places_are_given_back(guard: ConversationGuard) -> None:
    held: list[AbstractContextManager[None]] = [await guard.check(scope(), asked())]
    take: Callable[..., Any] = guard.check
    with pytest.raises(ProblemError) as caught:
        await take(scope(), asked())
    assert caught.value.problem.name == "rate-limited"
    for _ in range(2):  # those with a key have places of their own
        held.append(await take(scope(), asked(WITH_KEY)))
    with pytest.raises(ProblemError):
        await take(scope(), asked(WITH_KEY))
    for place in held:
        with place:
            pass
    await take(scope(), asked())
    await take(scope(), asked(WITH_KEY))


async def test_other_operations_are_let_through(guard: ConversationGuard, rates: Rates) -> None:
    with await guard.check(scope(), asked(WITH_KEY, query=b"a=b", limits=())):
        assert rates.taken == []
