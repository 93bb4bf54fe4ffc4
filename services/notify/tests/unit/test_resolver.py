"""Names of webhooks are resolved in time, and take nobody else's threads."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from notify.webhooks.resolver import Resolver
from notify.webhooks.ssrf import Refused, Unresolved, checked
from services.notify.tests.names import TARPIT, NameServer


@pytest.fixture
def names() -> Iterator[NameServer]:
    server = NameServer()
    yield server
    server.open.set()


@pytest.fixture
def resolver() -> Iterator[Resolver]:
    made = Resolver()
    yield made
    made.close()


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "::1", "localhost", "0"]
)
async def test_however_an_address_is_written_the_resolver_says_which_it_is(host: str, resolver: Resolver) -> None:
    with pytest.raises((Refused, Unresolved)):
        await checked("https", host, 443, (), resolver.look_up)


async def test_a_name_server_that_never_answers_is_given_up(names: NameServer) -> None:
    resolver = Resolver(within=0.05, resolve=names.resolve)
    with pytest.raises(Unresolved, match="in time"):
        await resolver.look_up(TARPIT, 443)
    assert await resolver.look_up("other.example", 443) == ["8.8.8.8"]
    resolver.close()


async def test_names_that_wait_take_so_many_threads_and_no_thread_of_the_loop(names: NameServer) -> None:
    resolver = Resolver(threads=2, within=0.05, resolve=names.resolve)
    waiting = [resolver.look_up(TARPIT, 443) for _ in range(6)]
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(answer) for answer in answers} == {Unresolved}
    assert len(names.asked) == 2  # the others were given up before they had a thread
    assert {name.partition("_")[0] for name in names.threads} == {"webhook-names"}
    names.open.set()
    assert await resolver.look_up("other.example", 443) == ["8.8.8.8"]
    resolver.close()
