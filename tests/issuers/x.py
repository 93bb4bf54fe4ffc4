"""Stands in for X's OAuth 2 and `/2/users/me`, as docs.x.com describes them. It never was the real one.

Grants are in memory. It can refuse, lie, and forget; a spent refresh token ends its whole grant, as at X.
"""

from __future__ import annotations

import base64
import hashlib
import html
import time
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT_ID, CLIENT_SECRET = "UjZ4c3RhbmRpbg", "secret:of a stand-in/+"
SCOPES = "tweet.read tweet.write users.read offline.access"
#: seconds that a code and an access token live
_CODE_S, _ACCESS_S = 30, 7200
#: marks every token, so that a search finds one that has got anywhere
CANARY = "xcanary"


@dataclass
class User:
    """Holds an account of X."""

    id: str
    username: str
    name: str = "A name"


@dataclass
class Grant:
    """Holds what a user has granted. `refresh` is the newest refresh token, or None once it was ended."""

    user: User
    refresh: str | None = None
    access: set[str] = field(default_factory=set)


@dataclass
class Code:
    """Holds a code, and what it was asked for with."""

    user: User
    challenge: str
    redirect_uri: str
    made: float


def _invalid(description: str, status: int = 400, error: str = "invalid_request") -> Response:
    return JSONResponse({"error": error, "error_description": description}, status)


class XStandIn:
    """Holds one application. `url` is set once it is served, `callbacks` are its registered addresses."""

    def __init__(self, *, public: bool = False) -> None:
        self.url = ""
        self.callbacks: set[str] = {"http://localhost:8000/auth/twitter/callback"}
        self.public = public
        #: begins every token
        self.mark = CANARY
        #: who sits at the browser, and what they press on X's page
        self.user = User("2244994945", "TwitterDev")
        self.codes: dict[str, Code] = {}
        self.grants: list[Grant] = []
        self.spent: dict[str, Grant] = {}
        self.revoked: list[str] = []
        #: a status of every answer of the API, and the content of answers of `/2/users/me` and of tokens
        self.status: int | None = None
        self.me: Any = None
        self.lies: dict[str, Any] = {}
        #: path and body of each request to the API
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        self.app = Starlette(
            routes=[
                Route("/i/oauth2/authorize", self._authorize, methods=["GET", "POST"]),
                Route("/2/oauth2/token", self._token, methods=["POST"]),
                Route("/2/oauth2/revoke", self._revoke, methods=["POST"]),
                Route("/2/users/me", self._me),
            ]
        )

    @property
    def settings(self) -> dict[str, str]:
        """Returns the gateway's settings for it, by the name without prefix and in lower case."""
        secret = {} if self.public else {"x_client_secret": CLIENT_SECRET}
        addresses = {"x_authorize_url": f"{self.url}/i/oauth2/authorize", "x_api_url": self.url}
        return {"x_client_id": CLIENT_ID, **addresses, **secret}

    def press(self, address: str, button: str = "authorize") -> str:
        """Presses a button on the page at an address; returns where X sends the browser then."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT_ID
        assert query["redirect_uri"] in self.callbacks
        assert query["code_challenge_method"] == "S256"
        assert query["scope"] == SCOPES
        back: dict[str, str] = {"state": query["state"]}
        if button == "cancel":
            back["error"] = "access_denied"
        else:
            back["code"] = f"{self.mark}-code-{token_urlsafe(24)}"
            self.codes[back["code"]] = Code(self.user, query["code_challenge"], query["redirect_uri"], time.time())
        return f"{query['redirect_uri']}?{urlencode(back)}"

    async def _authorize(self, request: Request) -> Response:
        if request.method == "POST":
            button = parse_qs((await request.body()).decode())["button"][0]
            return RedirectResponse(self.press(str(request.url), button), 302)
        username = html.escape(self.user.username)
        return HTMLResponse(
            f"<!doctype html><title>A stand-in of X</title><h1>A stand-in of X</h1><form method=post>"
            f"<p>Signed in as @{username}</p><button name=button value=authorize>Authorize app</button>"
            f"<button name=button value=cancel>Cancel</button></form>"
        )

    async def _read(self, request: Request) -> dict[str, str] | Response:
        """Returns a form whose client is known."""
        body = (await request.body()).decode()
        self.asked.append((request.url.path, parse_qs(body)))
        if self.status is not None:
            return JSONResponse({"title": "told to", "status": self.status, "type": "about:blank"}, self.status)
        form = {name: values[0] for name, values in parse_qs(body).items()}
        scheme, _, pair = request.headers.get("authorization", "").partition(" ")
        if self.public:
            known = not scheme and form.get("client_id") == CLIENT_ID
        else:
            name, _, secret = base64.b64decode(pair).decode().partition(":") if scheme == "Basic" else ("", "", "")
            known = (unquote_plus(name), unquote_plus(secret)) == (CLIENT_ID, CLIENT_SECRET)
        return form if known else _invalid("Missing valid authorization header", 401, "unauthorized_client")

    async def _token(self, request: Request) -> Response:
        form = await self._read(request)
        if isinstance(form, Response):
            return form
        if form["grant_type"] == "authorization_code":
            code = self.codes.pop(form["code"], None)
            made = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
            if code is None or time.time() - code.made > _CODE_S or code.redirect_uri != form["redirect_uri"]:
                return _invalid("Value passed for the authorization code was invalid.")
            if made.decode() != code.challenge:
                return _invalid("Value passed for the code verifier did not match the code challenge.")
            grant = Grant(code.user)
            self.grants.append(grant)
            return self._give(grant)
        for grant in self.grants:
            if grant.refresh == form["refresh_token"]:
                self.spent[form["refresh_token"]] = grant
                return self._give(grant)
        if (stolen := self.spent.get(form["refresh_token"])) is not None:
            stolen.refresh = None
            stolen.access.clear()
        return _invalid("Value passed for the token was invalid.")

    def _give(self, grant: Grant) -> Response:
        grant.refresh, access = f"{self.mark}-refresh-{token_urlsafe(24)}", f"{self.mark}-access-{token_urlsafe(24)}"
        grant.access.add(access)
        given = {"token_type": "bearer", "expires_in": _ACCESS_S, "access_token": access, "scope": SCOPES}
        return JSONResponse(given | {"refresh_token": grant.refresh} | self.lies)

    async def _revoke(self, request: Request) -> Response:
        form = await self._read(request)
        if isinstance(form, Response):
            return form
        self.revoked.append(form["token"])
        for grant in self.grants:
            if form["token"] == grant.refresh or form["token"] in grant.access:
                grant.refresh = None
                grant.access.clear()
        return JSONResponse({"revoked": True})

    async def _me(self, request: Request) -> Response:
        self.asked.append((request.url.path, {}))
        if self.status is not None or self.me is not None:
            return JSONResponse(self.me or {"title": "told to"}, self.status or 200)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        for grant in self.grants:
            if token in grant.access:
                user = grant.user
                return JSONResponse({"data": {"id": user.id, "name": user.name, "username": user.username}})
        return JSONResponse({"title": "Unauthorized", "type": "about:blank", "status": 401}, 401)
