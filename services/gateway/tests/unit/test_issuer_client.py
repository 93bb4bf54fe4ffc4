"""Tests the limits of what the server of an issuer may do to a gateway, and the settings that name it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx2
import pytest

from chassis.errors import SettingsError
from gateway.edge.auth.issuers.configured import configured_issuers
from gateway.edge.auth.issuers.http import MOST_BYTES, Away, IssuerClient
from gateway.edge.auth.issuers.settings import issuer_settings
from gateway.edge.auth.tokens import Tokens

URL = "https://issuer.example/keys"


class Pieces(httpx2.AsyncByteStream):
    """Represents a body that comes in pieces; an empty one is the last that ever comes."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self.pieces = pieces
        self.read = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            self.read += 1
            if not piece:
                await asyncio.Event().wait()
            yield piece


class Server(httpx2.AsyncBaseTransport):
    """Represents the server of an issuer."""

    def __init__(self, status: int = 200, headers: dict[str, str] | None = None, *pieces: bytes) -> None:
        self.status = status
        self.headers = headers or {}
        self.body = Pieces(pieces)
        self.requests: list[httpx2.Request] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        return httpx2.Response(self.status, headers=self.headers, stream=self.body)


async def test_a_body_is_read_up_to_its_limit_and_no_further() -> None:
    fits = Server(200, None, bytes(MOST_BYTES - 1), b"x")
    assert len((await IssuerClient(fits).ask("GET", URL)).body) == MOST_BYTES
    endless = Server(200, None, *[bytes(64 * 1024)] * 1000)
    with pytest.raises(Away):
        await IssuerClient(endless).ask("GET", URL)
    assert endless.body.read == 5


async def test_a_body_that_drips_is_given_up() -> None:
    with pytest.raises(Away):
        await IssuerClient(Server(200, None, b"{", b""), within=0.02).ask("GET", URL)


async def test_a_redirect_is_an_answer_and_a_cookie_is_not_kept() -> None:
    server = Server(302, {"Location": "https://other.example/", "Set-Cookie": "a=b"})
    client = IssuerClient(server)
    assert (await client.ask("GET", URL)).status == 302
    await client.ask("GET", URL)
    assert [str(request.url) for request in server.requests] == [URL, URL]
    assert "cookie" not in server.requests[1].headers
    assert server.requests[0].headers["accept-encoding"] == "identity"


async def test_a_compressed_body_stays_compressed() -> None:
    server = Server(200, {"Content-Encoding": "gzip"}, b"\x1f\x8bbomb")
    assert (await IssuerClient(server).ask("GET", URL)).body == b"\x1f\x8bbomb"


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Any:
    def given(**values: Any) -> Any:
        for name, value in values.items():
            monkeypatch.setenv(f"VOXBUS_{name}", value if isinstance(value, str) else json.dumps(value))
        return issuer_settings()

    return given


def names(settings: Any) -> list[str]:
    return [rule.name for rule in configured_issuers(settings, Tokens("k" * 40).issuer, IssuerClient()).rules]


OTHER: dict[str, Any] = {
    "name": "school",
    "issuer": "https://school.example",
    "jwks_url": "https://school.example/keys",
    "algorithms": ["RS256"],
}
HELD: dict[str, Any] = {"name": "held", "issuer": "held", "secret": "s" * 32, "algorithms": ["HS256"]}


def test_without_settings_there_is_our_own_issuer_alone(settings: Any) -> None:
    assert names(settings()) == ["voxbus"]


def test_issuers_come_from_the_settings(settings: Any) -> None:
    read = settings(
        SUPABASE_URL="https://p.supabase.example/",
        CLERK_ISSUER="https://clerk.example",
        CLERK_AUTHORIZED_PARTIES="https://a.example, https://b.example",
        ISSUERS=[OTHER, HELD],
    )
    issuers = configured_issuers(read, Tokens("k" * 40).issuer, IssuerClient())
    assert [rule.name for rule in issuers.rules] == ["voxbus", "supabase", "clerk", "school", "held"]
    assert issuers.rules[1].issuer == "https://p.supabase.example/auth/v1"
    assert issuers.rules[1].algorithms == {"ES256", "RS256"}
    assert issuers.rules[2].authorized_parties == frozenset({"https://a.example", "https://b.example"})


@pytest.mark.parametrize(
    "values",
    [
        {"SUPABASE_URL": "p.supabase.example"},
        {"SUPABASE_KEY": "anon"},
        {"SUPABASE_JWT_SECRET": "s" * 32},
        {"CLERK_ISSUER": "https://clerk.example"},
        {"CLERK_AUTHORIZED_PARTIES": "https://a.example"},
        {"CLERK_JWKS_URL": "https://clerk.example/keys"},
        {"ISSUERS": "no JSON"},
        {"ISSUERS": {"name": "no list"}},
        {"ISSUERS": [OTHER | {"name": "supabase"}]},
        {"ISSUERS": [OTHER | {"name": "No Name"}]},
        {"ISSUERS": [OTHER | {"issuer": "voxbus"}]},
        {"ISSUERS": [OTHER | {"issuer": "twitter"}]},
        {"ISSUERS": [OTHER | {"name": "twitter"}]},
        {"X_CLIENT_SECRET": "hunter2hunter2"},
        {"X_CLIENT_ID": "id", "X_API_URL": "api.x.com"},
        {"X_CLIENT_ID": "id", "X_AUTHORIZE_URL": "javascript:alert(1)"},
        {"ISSUERS": [OTHER, OTHER | {"name": "again"}]},
        {"ISSUERS": [OTHER | {"jwks_url": "file:///etc/passwd"}]},
        {"ISSUERS": [OTHER | {"algorithms": ["none"]}]},
        {"ISSUERS": [OTHER | {"algorithms": []}]},
        {"ISSUERS": [OTHER | {"algorithms": ["RS256", "HS256"]}]},
        {"ISSUERS": [OTHER | {"unknown": 1}]},
        {"ISSUERS": [HELD | {"secret": "hunter2"}]},
        {"ISSUERS": [HELD | {"algorithms": ["RS256"]}]},
        {"ISSUERS": [HELD | {"jwks_url": "https://held.example"}]},
        {"ISSUERS": [{"name": "held", "issuer": "held", "algorithms": ["HS256"]}]},
    ],
)
def test_settings_that_do_not_fit_end_the_start_without_telling_a_secret(settings: Any, values: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=r"VOXBUS_(SUPABASE|CLERK|ISSUERS|X_)") as refused:
        settings(**values)
    assert "hunter2" not in str(refused.value)
