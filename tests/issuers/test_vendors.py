"""Compares our verdict on tokens with that of the vendors' own clients: what they refuse we refuse.

The servers are stand-ins; no vendor's server was ever asked.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import AsyncClient

from gateway.edge.auth.issuers.configured import configured_issuers
from gateway.edge.auth.issuers.http import IssuerClient
from gateway.edge.auth.issuers.issuers import Issuers
from gateway.edge.auth.issuers.settings import IssuerSettings
from gateway.edge.auth.tokens import Tokens
from gateway.settings import GatewaySettings
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.test_door import KEY, opened
from tests.issuers.clerk import ORIGIN, SECRET_KEY, ClerkStandIn
from tests.issuers.conftest import Judge
from tests.issuers.server import Behaviour
from tests.issuers.signer import SigningKey, forged
from tests.issuers.supabase import ANON_KEY, SupabaseStandIn

Supabase = tuple[SupabaseStandIn, Behaviour]
Clerk = tuple[ClerkStandIn, Behaviour]


@pytest.fixture
async def issuers(supabase: Supabase, clerk: Clerk) -> AsyncIterator[Issuers]:
    settings = IssuerSettings(
        supabase_url=supabase[0].url, clerk_issuer=clerk[0].url, clerk_authorized_parties=(ORIGIN,)
    )
    client = IssuerClient()
    made = configured_issuers(settings, Tokens(KEY).issuer, client)
    yield made
    await made.aclose()
    await client.aclose()


@pytest.fixture
async def door(bench: Bench, tmp_path: Path, issuers: Issuers) -> AsyncIterator[AsyncClient]:
    async with opened(bench, tmp_path, GatewaySettings(secret_key=KEY), issuers=issuers) as client:
        yield client


async def status(door: AsyncClient, token: str) -> int:
    return (await door.get("/me/sessions", headers={"Authorization": f"Bearer {token}"})).status_code


async def verdicts(door: AsyncClient, tokens: dict[str, str]) -> dict[str, bool]:
    seen = {name: await status(door, token) for name, token in tokens.items()}
    assert set(seen.values()) <= {200, 401}
    return {name: code == 200 for name, code in seen.items()}


async def test_supabases_client_and_the_gateway_accept_the_same_person(
    door: AsyncClient, supabase: Supabase, judge: Judge
) -> None:
    stand_in, _ = supabase
    account = {"email": f"{uuid4()}@b.example", "password": "correct horse"}
    made = await judge("sign_up", url=stand_in.issuer, key=ANON_KEY, **account)
    assert made["same_user"]
    assert made["claims"]["sub"] == made["user"]
    assert await status(door, made["token"]) == 200
    await judge("sign_out", url=stand_in.issuer, key=ANON_KEY, **{n: made[n] for n in ("token", "refresh_token")})
    assert made["claims"]["session_id"] in stand_in.ended


async def test_supabases_client_reads_the_refusals_of_the_stand_in(supabase: Supabase, judge: Judge) -> None:
    stand_in, _ = supabase
    known = {"email": "a@b.example", "password": "correct horse"}
    made = await judge("sign_up", url=stand_in.issuer, key=ANON_KEY, **known)
    assert made["user"]
    read = await judge(
        "refusals",
        url=stand_in.issuer,
        key=ANON_KEY,
        attempts={
            "wrong": ("sign_in_with_password", {**known, "password": "wrong"}),
            "taken": ("sign_up", known),
            "weak": ("sign_up", {"email": "c@b.example", "password": "short"}),
            "spent": ("refresh_session", "nothing"),
        },
    )
    assert read == {
        "wrong": "invalid_credentials",
        "taken": "user_already_exists",
        "weak": "weak_password",
        "spent": "refresh_token_not_found",
    }


def supabase_tokens(stand_in: SupabaseStandIn) -> dict[str, str]:
    """Returns tokens by what is done to them; none has its `sub` of a person who was seen."""
    key, stranger = stand_in.keys[0], SigningKey("ES256")
    good: dict[str, Any] = {
        "iss": stand_in.issuer,
        "sub": str(uuid4()),
        "aud": "authenticated",
        "exp": int(time.time()) + 600,
        "iat": int(time.time()),
        "role": "authenticated",
        "session_id": str(uuid4()),
        "aal": "aal1",
    }
    without_sub = {name: value for name, value in good.items() if name not in ("sub", "session_id")}
    return {
        "good": key.token(good),
        "foreign iss": key.token(good | {"iss": "https://attacker.example/auth/v1"}),
        "foreign aud": key.token(good | {"aud": "another"}),
        "not yet": key.token(good | {"nbf": int(time.time()) + 600}),
        "anon": key.token(without_sub | {"role": "anon"}),
        "expired": key.token(good | {"exp": int(time.time()) - 600}),
        "no exp": key.token({name: value for name, value in good.items() if name != "exp"}),
        "another key": stranger.token(good, kid=key.kid),
        "unknown key": stranger.token(good),
        "none": forged({"alg": "none", "kid": key.kid}, good),
        "public key as secret": forged({"alg": "HS256", "kid": key.kid}, good, key.public_text),
        "changed": key.token(good)[:-6] + "AAAAAA",
        "nonsense": "a.b.c",
    }


async def test_what_supabases_client_refuses_is_refused_and_what_it_wrongly_accepts_too(
    door: AsyncClient, supabase: Supabase, judge: Judge
) -> None:
    stand_in, _ = supabase
    tokens = supabase_tokens(stand_in)
    theirs = await judge("judge_supabase", url=stand_in.issuer, key=ANON_KEY, tokens=tokens)
    ours = await verdicts(door, tokens)
    assert {name for name, good in ours.items() if good} == {"good"}
    assert {name for name, good in theirs.items() if good} == {"good", "foreign iss", "foreign aud", "not yet", "anon"}


async def test_clerks_client_and_the_gateway_authenticate_the_same_request(
    door: AsyncClient, clerk: Clerk, judge: Judge
) -> None:
    stand_in, _ = clerk
    token = stand_in.token("user_1")
    key = stand_in.keys[0].public_text.decode()
    state = await judge("clerk_request", token=token, public_key=key, parties=[ORIGIN])
    assert (state["signed_in"], state["payload"]["sub"]) == (True, "user_1")
    assert await status(door, token) == 200


async def test_what_clerks_client_refuses_is_refused_and_what_it_wrongly_accepts_too(
    door: AsyncClient, clerk: Clerk, judge: Judge
) -> None:
    stand_in, _ = clerk
    key, now = stand_in.keys[0], int(time.time())
    tokens = {
        "good": stand_in.token(),
        "foreign iss": stand_in.token(iss="https://attacker.example"),
        "no exp": stand_in.token(exp=None),
        "pending": stand_in.token(sts="pending"),
        "no sub": key.token({name: value for name, value in stand_in.claims().items() if name != "sub"}),
        "no azp": stand_in.token(azp=None),
        "foreign azp": stand_in.token(azp="https://other.example"),
        "foreign aud": stand_in.token(aud="another"),
        "expired": stand_in.token(exp=now - 600),
        "not yet": stand_in.token(nbf=now + 600),
        "issued later": stand_in.token(iat=now + 600),
        "sub no text": stand_in.token(sub=7),
        "jti no text": stand_in.token(jti=7),
        "another key": SigningKey("RS256", key.kid, number=3).token(stand_in.claims()),
        "unknown key": SigningKey("RS256", number=3).token(stand_in.claims()),
        "none": forged({"alg": "none", "kid": key.kid}, stand_in.claims()),
        "public key as secret": forged({"alg": "HS256", "kid": key.kid}, stand_in.claims(), key.public_text),
        "nonsense": "a.b.c",
    }
    theirs = await judge("judge_clerk", url=stand_in.url, key=SECRET_KEY, parties=[ORIGIN], tokens=tokens)
    ours = await verdicts(door, tokens)
    assert {name for name, good in ours.items() if good} == {"good"}
    assert {name for name, good in theirs.items() if good} == {"good", "foreign iss", "no exp", "pending", "no sub"}


async def test_a_vendor_that_is_down_slows_down_nobody_else(
    door: AsyncClient, supabase: Supabase, clerk: Clerk
) -> None:
    _, theirs = supabase
    theirs.down = True
    assert await status(door, supabase_tokens(supabase[0])["good"]) == 503
    asked = len(theirs.asked)
    assert await status(door, clerk[0].token()) == 200
    assert await status(door, supabase_tokens(supabase[0])["good"]) == 503
    assert len(theirs.asked) == asked  # it has its rest


async def test_keys_outlive_their_vendor(door: AsyncClient, supabase: Supabase) -> None:
    stand_in, behaviour = supabase
    assert await status(door, supabase_tokens(stand_in)["good"]) == 200
    behaviour.down = True
    assert await status(door, supabase_tokens(stand_in)["good"]) == 200
    stand_in.rotate()
    assert await status(door, supabase_tokens(stand_in)["good"]) == 401  # until it may be asked again
