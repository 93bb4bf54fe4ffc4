"""Stands X, Supabase and Clerk beside an installation, and links a person's accounts there, with words in all they say.

They are stand-ins of this repository: no request goes to any of the three.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from httpx2 import AsyncClient

from tests.faults.canary_words import Words
from tests.issuers.clerk import ORIGIN, SECRET_KEY, ClerkStandIn
from tests.issuers.server import serving
from tests.issuers.supabase import SERVICE_KEY, Account, SupabaseStandIn
from tests.issuers.x import User, XStandIn
from tests.issuers.x_browser import Browser, link


@dataclass
class Issuers:
    """Holds the stand-ins, which are served."""

    x: XStandIn
    supabase: SupabaseStandIn
    clerk: ClerkStandIn

    @property
    def settings(self) -> dict[str, str]:
        """Returns the gateway's settings for them. Supabase keeps no accounts: its tokens are accepted."""
        return {
            **self.x.settings,
            "supabase_url": self.supabase.url,
            "supabase_service_key": SERVICE_KEY,
            "clerk_issuer": self.clerk.url,
            "clerk_authorized_parties": ORIGIN,
            "clerk_api_url": self.clerk.url,
            "clerk_secret_key": SECRET_KEY,
        }

    async def connect(self, http: AsyncClient, words: Words) -> None:
        """Links an account at each to a person who is signed in."""
        self.x.mark = words.new("tokens of X")
        self.x.user = User(str(uuid4().int)[:19], words.new("user name at X"), words.new("name at X"))
        browser = Browser(http)
        address = await link(browser, {}, f"/try?{words.new('where X comes back to')}")
        self.x.callbacks = {*parse_qs(urlsplit(address).query)["redirect_uri"]}
        returned = await browser.back(self.x.press(address))
        assert "x=connected" in returned.headers["location"], returned.headers["location"]
        account = Account(f"{words.new('address at Supabase')}@example.org", words.new("password at Supabase"), True)
        self.supabase.lies = {"user_metadata": {"full_name": words.new("name at Supabase")}}
        subject = f"user_{words.new('id at Clerk')}"
        for token in (
            self.supabase.token(account, str(uuid4())),
            self.clerk.token(subject, sid=f"sess_{words.new('session at Clerk')}", email=words.new("address at Clerk")),
        ):
            linked = await http.post("/me/identities", json={"token": token})
            assert linked.status_code == 201, linked.text
            seen = await http.get("/me", headers={"Authorization": f"Bearer {token}"})
            assert seen.status_code == 200, seen.text

    def were_told(self) -> bool:
        """Tells whether each has heard of the erasure, once."""
        return (len(self.x.revoked), len(self.supabase.deleted), len(self.clerk.deleted)) == (1, 1, 1)


@asynccontextmanager
async def issuers() -> AsyncIterator[Issuers]:
    """Serves the stand-ins."""
    x, supabase, clerk = XStandIn(), SupabaseStandIn(), ClerkStandIn()
    async with serving(x.app) as x.url, serving(supabase.app) as supabase.url, serving(clerk.app) as clerk.url:
        yield Issuers(x, supabase, clerk)
