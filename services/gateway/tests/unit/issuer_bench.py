"""Provides verifiers of tokens of three issuers, and what stands for two vendors."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from gateway.edge.auth.issuers.clerk import clerk_rule
from gateway.edge.auth.issuers.http import Away
from gateway.edge.auth.issuers.issuers import Issuer, Issuers
from gateway.edge.auth.issuers.keys import OwnKeys, PublishedKeys, SecretAndPublishedKeys
from gateway.edge.auth.issuers.rule import InvalidToken
from gateway.edge.auth.issuers.supabase import supabase_rule
from gateway.edge.auth.issuers.verifier import Key
from gateway.edge.auth.tokens import Tokens
from tests.issuers.signer import SigningKey, claims_of

KEY = "k" * 40
SUPABASE, CLERK = "https://project.supabase.example", "https://clerk.example"
APP = "https://app.example"
SECRET = "s" * 40


class Published:
    """Represents the place where one issuer publishes its keys; it counts requests and may be slow, down or lying."""

    def __init__(self, *keys: SigningKey) -> None:
        self.keys = list(keys)
        self.requests: list[str] = []
        self.down = False
        self.says: bytes | None = None
        self.answers = asyncio.Event()
        self.answers.set()

    async def fetch(self, url: str) -> bytes:
        self.requests.append(url)
        await self.answers.wait()
        if self.down:
            raise Away("down")
        return self.says or json.dumps({"keys": [key.jwk for key in self.keys]}).encode()


class Clock:
    """Represents a clock that a test sets."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Bench:
    """Holds verifiers of our own, Supabase's and Clerk's tokens, and what stands for the two vendors."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.es, self.rs = SigningKey("ES256"), SigningKey("RS256", number=1)
        self.supabase, self.clerk = Published(self.es), Published(self.rs)
        supabase, clerk = supabase_rule(SUPABASE, has_secret=True), clerk_rule(CLERK, [APP])
        self.supabase_keys = PublishedKeys(supabase, f"{SUPABASE}/keys", self.supabase.fetch, self.clock)
        self.clerk_keys = PublishedKeys(clerk, f"{CLERK}/keys", self.clerk.fetch, self.clock)
        joined = SecretAndPublishedKeys(OwnKeys([Key("HS256", SECRET)]), self.supabase_keys)
        self.issuers = Issuers([Tokens(KEY).issuer, Issuer(supabase, joined), Issuer(clerk, self.clerk_keys)])

    def supabase_claims(self, **more: Any) -> dict[str, Any]:
        return claims_of(f"{SUPABASE}/auth/v1", **{"aud": "authenticated", "session_id": "s1", **more})

    def clerk_claims(self, **more: Any) -> dict[str, Any]:
        return claims_of(CLERK, **{"azp": APP, "sid": "sess_1", "nbf": 0, **more})

    async def accepts(self, token: str) -> bool:
        try:
            await self.issuers.verify(token)
        except InvalidToken:
            return False
        return True
