"""Tests which tokens of any issuer the one verifier accepts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.gateway.tests.unit.issuer_bench import APP, CLERK, KEY, SECRET, SUPABASE, Bench
from tests.issuers.signer import SigningKey, encoded, forged


@pytest.fixture
async def bench() -> Bench:
    return Bench()


async def test_tokens_of_each_issuer_are_verified_by_its_own_keys(bench: Bench) -> None:
    supabase = await bench.issuers.verify(bench.es.token(bench.supabase_claims(sub="a", email="A@b.example")))
    assert (supabase.rule.name, supabase.subject, supabase.session) == ("supabase", "a", "session:s1")
    assert (supabase.email, supabase.email_verified) == ("a@b.example", False)
    clerk = await bench.issuers.verify(bench.rs.token(bench.clerk_claims(sub="b")))
    assert (clerk.rule.name, clerk.subject, clerk.session) == ("clerk", "b", "session:sess_1")
    legacy = await bench.issuers.verify(forged({"alg": "HS256"}, bench.supabase_claims(sub="c"), SECRET.encode()))
    assert legacy.subject == "c"
    assert bench.supabase.requests == [f"{SUPABASE}/keys"]
    assert bench.clerk.requests == [f"{CLERK}/keys"]


@pytest.mark.parametrize(
    ("claims", "good"),
    [
        ({}, True),
        ({"iss": f"{SUPABASE}/auth/v1/"}, False),
        ({"iss": "https://attacker.example"}, False),
        ({"iss": None}, False),
        ({"iss": [f"{SUPABASE}/auth/v1"]}, False),
        ({"aud": ["authenticated", "other"]}, True),
        ({"aud": "anon"}, False),
        ({"aud": None}, False),
        ({"aud": {"authenticated": True}}, False),
        ({"exp": 1}, False),
        ({"exp": None}, False),
        ({"exp": "99999999999"}, False),
        ({"exp": True}, False),
        ({"exp": float("inf")}, False),
        ({"exp": [99999999999]}, False),
        ({"exp": 10**400}, True),
        ({"nbf": 99999999999}, False),
        ({"iat": 99999999999}, False),
        ({"nbf": "soon"}, False),
        ({"sub": None}, False),
        ({"sub": ""}, False),
        ({"sub": "x" * 200}, True),
        ({"sub": "x" * 201}, False),
        ({"sub": 7}, False),
        ({"sub": "a\0b"}, False),
        ({"sub": "\ud800"}, False),
        ({"session_id": None}, True),
        ({"session_id": {"a": 1}}, True),
    ],
)
async def test_a_claim_that_does_not_fit_is_refused(bench: Bench, claims: dict[str, Any], *, good: bool) -> None:
    given = {name: value for name, value in (bench.supabase_claims() | claims).items() if value is not None}
    assert await bench.accepts(bench.es.token(given)) is good


@pytest.mark.parametrize(
    ("claims", "age"),
    [
        ({"fva": [0, -1]}, 60),
        ({"fva": [7, -1]}, 480),
        ({"fva": [7, 3]}, 240),  # as Clerk's own check has it, the second factor counts where there is one
        ({"fva": [0, 3]}, 240),
        ({"fva": [-1, 3]}, 240),
        ({"fva": [-1, -1]}, None),
        ({"fva": [-2, -1]}, None),
        ({"fva": [0, -2]}, None),
        ({"fva": [0]}, None),
        ({"fva": [0, -1, 0]}, None),
        ({"fva": [True, -1]}, None),
        ({"fva": ["0", -1]}, None),
        ({"fva": [0.5, -1]}, None),
        ({"fva": {"0": 0}}, None),
        ({"fva": [10**400, -1]}, None),
        ({"fva": [0, -1], "iat": None}, None),
        ({"fva": [0, -1], "act": {"sub": "user_2"}}, None),  # somebody acts for the person
        ({"auth_time": 9}, None),
        ({}, None),
    ],
)
async def test_a_sign_in_at_clerk_is_as_old_as_its_factors(
    bench: Bench, claims: dict[str, Any], age: int | None
) -> None:
    given = {name: value for name, value in (bench.clerk_claims() | claims).items() if value is not None}
    verified = await bench.issuers.verify(bench.rs.token(given))
    signed_in, issued = verified.signed_in_at, verified.issued_at
    assert age == (None if signed_in is None or issued is None else (issued - signed_in).total_seconds())


@pytest.mark.parametrize(
    ("claims", "good"),
    [
        ({}, True),
        ({"azp": None}, False),
        ({"azp": "https://other.example"}, False),
        ({"azp": [APP]}, False),
        ({"aud": "another-service"}, False),
        ({"sts": "active"}, True),
        ({"sts": "pending"}, False),
    ],
)
async def test_a_token_of_clerk_is_of_a_session_for_one_of_our_origins(
    bench: Bench, claims: dict[str, Any], *, good: bool
) -> None:
    given = {name: value for name, value in (bench.clerk_claims() | claims).items() if value is not None}
    assert await bench.accepts(bench.rs.token(given)) is good


Attack = Callable[[Bench], str]
ATTACKS: dict[str, Attack] = {
    "none": lambda b: forged({"alg": "none", "kid": b.rs.kid}, b.clerk_claims()),
    "None": lambda b: forged({"alg": "None", "kid": b.rs.kid}, b.clerk_claims()),
    "none, and an unknown key": lambda b: forged({"alg": "none", "kid": "unknown"}, b.clerk_claims()),
    "an algorithm of others, and an unknown key": lambda b: SigningKey("ES256").token(b.clerk_claims()),
    "no alg": lambda b: forged({"kid": b.rs.kid}, b.clerk_claims()),
    "alg a list": lambda b: forged({"alg": ["RS256"], "kid": b.rs.kid}, b.clerk_claims()),
    "public key as secret": lambda b: forged({"alg": "HS256", "kid": b.rs.kid}, b.clerk_claims(), b.rs.public_text),
    "public key as secret where a secret exists": lambda b: forged(
        {"alg": "HS256", "kid": b.es.kid}, b.supabase_claims(), b.es.public_text
    ),
    "our own secret's algorithm": lambda b: forged({"alg": "HS512"}, b.supabase_claims(), SECRET.encode()),
    "another issuer's secret": lambda b: forged({"alg": "HS256"}, b.supabase_claims(), KEY.encode()),
    "another issuer's key": lambda b: b.es.token(b.clerk_claims(), kid=b.rs.kid),
    "another issuer's key, and its algorithm": lambda b: forged_with(b.rs, b.supabase_claims(), b.es.kid),
    "another key of the same kind": lambda b: SigningKey("RS256", b.rs.kid, number=2).token(b.clerk_claims()),
    "a path as kid": lambda b: forged({"alg": "RS256", "kid": "../../../../dev/null"}, b.clerk_claims(), b"x"),
    "a URL as kid": lambda b: forged({"alg": "RS256", "kid": "https://a.example/k"}, b.clerk_claims(), b"x"),
    "SQL as kid": lambda b: forged({"alg": "RS256", "kid": "x' OR '1'='1"}, b.clerk_claims(), b"x"),
    "a kid that is no text": lambda b: forged({"alg": "RS256", "kid": {"a": 1}}, b.clerk_claims(), b"x"),
    "a long kid": lambda b: forged({"alg": "RS256", "kid": "k" * 201}, b.clerk_claims(), b"x"),
    "no kid": lambda b: forged({"alg": "RS256"}, b.clerk_claims(), b"x"),
    "jku": lambda b: forged_with(SigningKey("RS256", number=2), b.clerk_claims(), b.rs.kid, jku="https://a.example/k"),
    "x5u": lambda b: forged_with(SigningKey("RS256", number=2), b.clerk_claims(), b.rs.kid, x5u="https://a.example/k"),
    "jwk": lambda b: forged_with(
        SigningKey("RS256", number=2), b.clerk_claims(), b.rs.kid, jwk=SigningKey("RS256", number=2).jwk
    ),
    "crit": lambda b: forged_with(b.rs, b.clerk_claims(), b.rs.kid, crit=["exp"], exp=1),
    "crit of nothing": lambda b: forged_with(b.rs, b.clerk_claims(), b.rs.kid, crit=[]),
    "crit known to the library": lambda b: forged_with(b.rs, b.clerk_claims(), b.rs.kid, crit=["b64"], b64=True),
    "a megabyte": lambda b: b.rs.token(b.clerk_claims(more="x" * 1_000_000)),
    "a megabyte of dots": lambda _: "." * 1_000_000,
    "deep JSON": lambda b: f"{forged({'alg': 'RS256'}, b'[' * 8000)}",
    "deep JSON as header": lambda _: ".".join([encoded(b"[" * 8000), "e30", "AA"]),
    "no object": lambda _: forged({"alg": "RS256"}, b'"text"'),
    "no JSON": lambda _: forged({"alg": "RS256"}, b"\xff\xfe"),
    "not ASCII": lambda _: "é.é.é",
    "five parts": lambda _: "a.b.c.d.e",
    "nothing": lambda _: "",
    "changed": lambda b: b.rs.token(b.clerk_claims())[:-8] + "AAAAAAAA",
}


def forged_with(key: SigningKey, claims: dict[str, Any], kid: str, **header: Any) -> str:
    """Signs with a header that the library would refuse to write."""
    return key.signed({"alg": key.algorithm, "kid": kid, **header}, claims)


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
async def test_a_forged_token_is_refused_without_a_request_to_anywhere(bench: Bench, attack: Attack) -> None:
    assert await bench.accepts(bench.es.token(bench.supabase_claims()))
    assert await bench.accepts(bench.rs.token(bench.clerk_claims()))
    before = [*bench.supabase.requests, *bench.clerk.requests]
    bench.clock.now += 100  # the rest after the last request is over
    assert not await bench.accepts(attack(bench))
    assert [*bench.supabase.requests, *bench.clerk.requests] == before


async def test_a_key_id_that_two_issuers_have_gives_each_its_own_key(bench: Bench) -> None:
    shared = SigningKey("RS256", bench.es.kid, number=2)
    bench.clerk.keys.append(shared)
    assert await bench.accepts(bench.es.token(bench.supabase_claims()))
    assert await bench.accepts(shared.token(bench.clerk_claims()))
    assert not await bench.accepts(shared.token(bench.supabase_claims()))
    assert not await bench.accepts(forged_with(bench.es, bench.clerk_claims(), bench.es.kid))


async def test_a_token_without_a_session_is_named_by_what_was_signed(bench: Bench) -> None:
    claims = bench.supabase_claims(session_id=None)
    given = {name: value for name, value in claims.items() if value is not None}
    token, other = bench.es.token(given), bench.es.token({**given, "jti": "2"})
    signed, _, signature = token.rpartition(".")
    again = f"{signed}.{bench.es.token(given).rpartition('.')[2]}"  # another valid signature of the same
    names = [(await bench.issuers.verify(each)).session for each in (token, again, f"{signed}.{signature}==", other)]
    assert names[0].startswith("token:")
    assert names[0] == names[1] == names[2] != names[3]


async def test_a_token_that_never_expires_is_taken_to_end_within_a_year_or_so(bench: Bench) -> None:
    verified = await bench.issuers.verify(bench.es.token(bench.supabase_claims(exp=10**400)))
    assert timedelta(days=365) < verified.expires_at - datetime.now(UTC) < timedelta(days=367)


@pytest.mark.parametrize(
    ("claims", "email", "verified"),
    [
        ({}, None, False),
        ({"email": "a@b.example"}, "a@b.example", False),
        ({"email": "a@b.example", "email_verified": True}, "a@b.example", True),
        ({"email": "a@b.example", "email_verified": "true"}, "a@b.example", False),
        ({"email": "a@b.example", "user_metadata": {"email_verified": True}}, "a@b.example", False),
        ({"email_verified": True}, None, False),
        ({"email": "a" * 255, "email_verified": True}, None, False),
        ({"email": "a\0@b.example", "email_verified": True}, None, False),
        ({"email": ["a@b.example"], "email_verified": True}, None, False),
    ],
)
async def test_an_address_is_verified_only_if_the_issuer_itself_says_so(
    bench: Bench, claims: dict[str, Any], email: str | None, *, verified: bool
) -> None:
    read = await bench.issuers.verify(bench.es.token(bench.supabase_claims(**claims)))
    assert (read.email, read.email_verified) == (email, verified)
