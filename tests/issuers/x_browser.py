"""Is a browser that signs in with X at a gateway, and reads what comes of it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from httpx2 import AsyncClient, Response

from gateway.edge.auth.issuers.configured import configured_x
from gateway.edge.auth.issuers.http import IssuerClient
from gateway.edge.auth.issuers.settings import IssuerSettings
from gateway.edge.auth.issuers.twitter import X
from tests.issuers.server import Behaviour
from tests.issuers.x import XStandIn

StandIn = tuple[XStandIn, Behaviour]
CALLBACK = "http://localhost:8000/auth/twitter/callback"
ELSEWHERE = "https://app.example"


def x_of(stand_in: XStandIn, client: IssuerClient) -> X:
    settings: dict[str, Any] = stand_in.settings
    made = configured_x(IssuerSettings(**settings), client, callback=CALLBACK, key=b"k" * 32)
    assert made is not None
    return made


class Browser:
    """Is a browser with a cookie of its own."""

    def __init__(self, door: AsyncClient, headers: dict[str, str] | None = None) -> None:
        self.door = door
        self.headers = headers or {}
        self.cookie: str | None = None

    async def send(self, method: str, path: str, **given: Any) -> Response:
        cookie = {} if self.cookie is None else {"Cookie": f"voxbus-oauth={self.cookie}"}
        self.door.cookies.clear()
        answer = await self.door.request(method, path, headers={**given.pop("headers", {}), **cookie}, **given)
        if found := re.match(r"voxbus-oauth=([^;]+)", answer.headers.get("set-cookie", "")):
            self.cookie = found[1]
        return answer

    async def begin(self, return_to: str | None = None) -> str:
        """Begins a sign-in, or a link with a token; returns the address at X."""
        params = {} if return_to is None else {"return_to": return_to}
        answer = await self.send("GET", "/auth/twitter/login", params=params, headers=self.headers)
        assert answer.status_code == 302, answer.text
        return str(answer.headers["location"])

    async def back(self, address: str) -> Response:
        """Comes back from X."""
        parts = urlsplit(address)
        return await self.send("GET", f"{parts.path}?{parts.query}")

    async def sign_in(self, stand_in: XStandIn, return_to: str | None = None) -> Response:
        """Signs in to the end."""
        returned = await self.back(stand_in.press(await self.begin(return_to)))
        return await self.exchange(code_of(returned))

    async def exchange(self, code: str) -> Response:
        return await self.send("POST", "/auth/exchange", json={"code": code})


def where(returned: Response) -> str:
    assert returned.status_code == 302, returned.text
    return str(returned.headers["location"]).partition("#")[0]


def code_of(returned: Response) -> str:
    return parse_qs(urlsplit(returned.headers["location"]).fragment)["code"][0]


def problem(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"]


def bearing(session: Response) -> dict[str, str]:
    assert session.status_code == 200, session.text
    return {"Authorization": f"Bearer {session.json()['access_token']}"}


def person_in(session: Response) -> UUID:
    return UUID(session.json()["user"]["id"])


async def link(browser: Browser, headers: dict[str, str], return_to: str = "/try") -> str:
    body = {"return_to": return_to}
    answer = await browser.send("POST", "/me/identities/twitter", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json().keys() == {"authorize_url", "expires_in"}
    assert answer.json()["expires_in"] == 600
    return str(answer.json()["authorize_url"])


async def identities(door: AsyncClient, headers: dict[str, str]) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = (await door.get("/me/identities", headers=headers)).json()["items"]
    return listed


async def events(door: AsyncClient, headers: dict[str, str]) -> list[str]:
    return [each["event"] for each in (await door.get("/me/security-events", headers=headers)).json()["items"]]
