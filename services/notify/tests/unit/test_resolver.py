"""Names of webhooks are resolved in time, and take nobody else's threads."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import pytest

from chassis.testing import until
from notify.webhooks.resolver import Resolver
from notify.webhooks.ssrf import NotAsked, Refused, Unresolved, checked
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
    resolver = Resolver(within=0.5, resolve=names.resolve)
    with pytest.raises(Unresolved, match="in time"):
        await resolver.look_up(TARPIT, 443)
    assert await resolver.look_up("other.example", 443) == ["8.8.8.8"]
    resolver.close()


async def test_names_of_one_person_leave_threads_to_others(names: NameServer) -> None:
    resolver = Resolver(threads=3, each=2, within=60, wait=0.05, resolve=names.resolve)
    one, other = resolver.of(uuid4()), resolver.of(uuid4())
    waiting = [asyncio.ensure_future(one(TARPIT, 443)) for _ in range(5)]

    async def refused() -> bool:
        return sum(each.done() for each in waiting) == 3

    await until(refused)
    assert await other("other.example", 443) == ["8.8.8.8"]
    with pytest.raises(NotAsked):
        await one("other.example", 443)
    names.open.set()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert await one("other.example", 443) == ["8.8.8.8"]
    assert names.asked.count(TARPIT) == 2
    resolver.close()


async def test_names_that_wait_take_so_many_threads_and_no_thread_of_the_loop(names: NameServer) -> None:
    resolver = Resolver(threads=2, within=60, wait=0.05, resolve=names.resolve)
    waiting = [asyncio.ensure_future(resolver.look_up(TARPIT, port)) for port in (443, 444)]
    late = [resolver.look_up("late.example", port) for port in range(4)]
    answers = await asyncio.gather(*late, return_exceptions=True)
    assert {type(answer) for answer in answers} == {NotAsked}  # nothing is said against their names
    assert {name.partition("_")[0] for name in names.threads} == {"webhook-names"}
    names.open.set()
    await asyncio.gather(*waiting, return_exceptions=True)

    async def resolves() -> bool:
        try:
            return await resolver.look_up("other.example", 443) == ["8.8.8.8"]
        except NotAsked:
            return False

    await until(resolves)
    assert {*names.asked} == {TARPIT, "other.example"}  # who has given up is not asked for
    resolver.close()


async def test_a_host_that_many_ask_for_at_once_takes_one_thread(names: NameServer) -> None:
    resolver = Resolver(threads=1, within=60, wait=0.05, resolve=names.resolve)
    waiting = [asyncio.ensure_future(resolver.look_up(TARPIT, 443)) for _ in range(5)]

    async def asked() -> bool:
        return names.asked.count(TARPIT) > 0

    await until(asked)
    waiting[0].cancel()  # who gives up takes nothing from the others
    names.open.set()
    found = await asyncio.gather(*waiting[1:], return_exceptions=True)
    assert names.asked.count(TARPIT) == 1
    assert len({str(each) for each in found}) == 1
    await asyncio.gather(resolver.look_up("other.example", 443), resolver.look_up("other.example", 443))
    assert await resolver.look_up("other.example", 443) == ["8.8.8.8"]
    assert names.asked.count("other.example") == 2, "nothing is kept for later"
    resolver.close()
