"""Tests where the keys of issuers come from and when, and which keys are used."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from chassis.testing import until
from gateway.edge.auth.issuers.keys import KeysUnknown
from gateway.edge.auth.issuers.verifier import BadKeys, keys_of
from services.gateway.tests.unit.issuer_bench import Bench
from tests.issuers.signer import SigningKey


@pytest.fixture
async def bench() -> Bench:
    return Bench()


async def test_a_storm_of_unknown_keys_is_one_request_in_thirty_seconds(bench: Bench) -> None:
    storm = [SigningKey("RS256", number=2).token(bench.clerk_claims()) for _ in range(200)]
    for _ in range(3):
        assert not any(await asyncio.gather(*map(bench.accepts, storm)))
        bench.clock.now += 9.9
    assert len(bench.clerk.requests) == 1
    bench.clock.now += 1
    assert not any(await asyncio.gather(*map(bench.accepts, storm)))
    assert len(bench.clerk.requests) == 2


async def test_a_rotated_key_works_within_thirty_seconds_even_in_a_storm(bench: Bench) -> None:
    assert await bench.accepts(bench.rs.token(bench.clerk_claims()))
    new = SigningKey("RS256", number=2)
    bench.clerk.keys = [new]
    token, garbage = new.token(bench.clerk_claims()), SigningKey("RS256", number=3).token(bench.clerk_claims())
    worked_after = None
    for second in range(31):
        await bench.accepts(garbage)
        if worked_after is None and await bench.accepts(token):
            worked_after = second
        bench.clock.now += 1
    assert worked_after is not None
    assert worked_after <= 30
    assert not await bench.accepts(bench.rs.token(bench.clerk_claims()))  # the old one is gone


async def test_keys_are_fetched_before_they_are_stale_and_nobody_waits(bench: Bench) -> None:
    await bench.clerk_keys.refresh()
    bench.clock.now += 479
    await bench.clerk_keys.refresh()
    assert len(bench.clerk.requests) == 1
    bench.clock.now += 1
    bench.clerk.answers.clear()  # slow
    refreshing = asyncio.create_task(bench.clerk_keys.refresh())
    await until(lambda: _true(len(bench.clerk.requests) == 2))
    assert await bench.accepts(bench.rs.token(bench.clerk_claims()))
    bench.clock.now += 300  # stale
    assert await bench.accepts(bench.rs.token(bench.clerk_claims()))
    bench.clerk.answers.set()
    await refreshing
    assert len(bench.clerk.requests) == 2


async def test_stale_keys_are_fetched_when_a_token_comes_too(bench: Bench) -> None:
    token = bench.rs.token(bench.clerk_claims())
    assert await bench.accepts(token)
    bench.clock.now += 599
    assert await bench.accepts(token)
    assert len(bench.clerk.requests) == 1
    bench.clock.now += 1
    assert await bench.accepts(token)
    await until(lambda: _true(len(bench.clerk.requests) == 2))


async def _true(value: bool) -> bool:
    return value


@pytest.mark.parametrize(
    "says", [None, b"<html>", b'{"keys": 7}', b"[]", b"[" * 100_000, b'{"keys": [' + b"{}," * 60 + b"{}]}"]
)
async def test_an_issuer_that_is_away_or_lies_keeps_its_keys_for_a_day(bench: Bench, says: bytes | None) -> None:
    token = bench.rs.token(bench.clerk_claims(exp=99999999999))
    assert await bench.accepts(token)
    bench.clerk.down, bench.clerk.says = says is None, says
    for _ in range(24):
        bench.clock.now += 3599
        await bench.clerk_keys.refresh()
        assert await bench.accepts(token)
    bench.clock.now += 100
    with pytest.raises(KeysUnknown):
        await bench.issuers.verify(token)
    bench.clerk.down, bench.clerk.says = False, None
    bench.clock.now += 30
    assert await bench.accepts(token)


async def test_an_issuer_that_hangs_delays_no_token_of_others_and_no_known_key(bench: Bench) -> None:
    known = bench.rs.token(bench.clerk_claims())
    assert await bench.accepts(known)
    bench.clerk.answers.clear()
    bench.clock.now += 31
    waiting = [
        asyncio.create_task(bench.accepts(SigningKey("RS256", number=2).token(bench.clerk_claims()))) for _ in range(50)
    ]
    await until(lambda: _true(len(bench.clerk.requests) == 2))
    assert await bench.accepts(bench.es.token(bench.supabase_claims()))
    assert await bench.accepts(known)
    assert not any(task.done() for task in waiting)
    bench.clerk.answers.set()
    assert not any(await asyncio.gather(*waiting))


async def test_a_token_cannot_be_judged_while_its_keys_were_never_fetched(bench: Bench) -> None:
    bench.clerk.down = True
    for _ in range(2):
        with pytest.raises(KeysUnknown):
            await bench.issuers.verify(bench.rs.token(bench.clerk_claims()))
    assert len(bench.clerk.requests) == 1


async def test_whoever_goes_away_ends_no_request_that_others_wait_for(bench: Bench) -> None:
    bench.clerk.answers.clear()
    token = bench.rs.token(bench.clerk_claims())
    gone, stays = (asyncio.create_task(bench.accepts(token)) for _ in range(2))
    await until(lambda: _true(len(bench.clerk.requests) == 1))
    gone.cancel()
    bench.clerk.answers.set()
    assert await stays


@pytest.mark.parametrize(
    ("change", "usable"),
    [
        ({}, True),
        ({"alg": None}, True),
        ({"use": None}, True),
        ({"kid": None}, False),
        ({"kid": 7}, False),
        ({"use": "enc"}, False),
        ({"key_ops": ["sign"]}, False),
        ({"key_ops": ["verify"]}, True),
        ({"alg": "RS384"}, False),
        ({"alg": "HS256"}, False),
        ({"alg": ["RS256"]}, False),
        ({"kty": "EC"}, False),
        ({"kty": ["RSA"]}, False),
        ({"n": "!"}, False),
        ({"n": None}, False),
        ({"d": "AQAB"}, False),
        ({"kty": "oct", "k": "a2V5"}, False),
    ],
)
def test_a_published_key_is_used_only_for_what_it_is(change: dict[str, Any], *, usable: bool) -> None:
    jwk = {
        name: value for name, value in (SigningKey("RS256", "k", number=1).jwk | change).items() if value is not None
    }
    assert (set(keys_of({"keys": [jwk]}, {"RS256"})) == {"k"}) is usable


def test_a_private_key_that_is_published_is_not_used() -> None:
    assert keys_of({"keys": [SigningKey("ES256").private_jwk]}, {"ES256"}) == {}


def test_a_set_of_too_many_keys_is_none() -> None:
    jwk = SigningKey("ES256", "k").jwk
    assert set(keys_of({"keys": [jwk] * 50}, {"ES256"})) == {"k"}
    with pytest.raises(BadKeys):
        keys_of({"keys": [jwk] * 51}, {"ES256"})


async def test_a_short_key_verifies_nothing(bench: Bench) -> None:
    short = SigningKey("RS256", number=-1024)
    bench.clerk.keys = [short]
    assert not await bench.accepts(short.token(bench.clerk_claims()))
