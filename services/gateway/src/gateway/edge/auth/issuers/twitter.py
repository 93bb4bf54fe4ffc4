"""Speaks with X about sign-ins: the address to send a person to, tokens for a code, whose they are, refresh, revoke.

After docs.x.com (“OAuth 2.0 Authorization Code Flow with PKCE”, “GET /2/users/me”). No token of X is one of ours: X is
asked who has signed in, and the session is our own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard
from urllib.parse import quote_plus, urlencode

from chassis.errors import VoxbusError
from chassis.observe.logs import logger
from chassis.storage.grant import Tokens
from chassis.storage.vault import GrantRefused, ProviderAway
from gateway.edge.auth.issuers.http import Answer, Away, IssuerClient

#: its name here, and in rows in place of an `iss`, which it has not
NAME = "twitter"
SCOPES = ("tweet.read", "tweet.write", "users.read", "offline.access")
_OK = 200
_TOKEN, _REVOKE, _ME = "/2/oauth2/token", "/2/oauth2/revoke", "/2/users/me"
#: what X answers to a refresh token that is spent, revoked or none (RFC 6749 has the first)
_REFUSED_TOKEN = re.compile(r"value passed for the token was invalid", re.IGNORECASE)
_ID, _HANDLE = re.compile(r"\d{1,20}"), re.compile(r"\w{1,50}", re.ASCII)
_LONGEST_TOKEN = 4096
#: seconds that X's access tokens live, if it does not say
_USUAL_S = 7200.0

_log = logger(__name__)


class SignInFailed(VoxbusError):
    """Says that X has not given tokens for a code, or has not said whose they are."""


@dataclass(frozen=True, slots=True)
class XUser:
    """Names an account of X. `username` is its handle without the @."""

    id: str
    username: str


class X:
    """Asks X in the name of one application. It is a `Provider` of the vault."""

    name = NAME

    def __init__(
        self,
        client: IssuerClient,
        *,
        client_id: str,
        client_secret: str | None,
        authorize_url: str,
        api_url: str,
        callback: str,
        key: bytes,
    ) -> None:
        """Takes the application's id and secret (None: a public client).

        `callback` is where X sends people back to; `key` derives the verifiers of PKCE.
        """
        self._client = client
        self._id = client_id
        self._secret = client_secret
        self._authorize_url = authorize_url
        self._api = api_url.rstrip("/")
        self._callback = callback
        self._key = key

    def authorize_url(self, state: str) -> str:
        """Returns where a person is sent to sign in."""
        challenge = _base64url(hashlib.sha256(self._verifier(state).encode()).digest())
        query = {
            "response_type": "code",
            "client_id": self._id,
            "redirect_uri": self._callback,
            "scope": " ".join(SCOPES),
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self._authorize_url}{'&' if '?' in self._authorize_url else '?'}{urlencode(query)}"

    async def exchange(self, code: str, state: str) -> Tokens:
        """Returns the tokens for the code that came with a state. Raises `SignInFailed`."""
        given = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._callback}
        try:
            answer = await self._post(_TOKEN, given | {"code_verifier": self._verifier(state)})
            if answer.status != _OK:
                raise SignInFailed(f"status {answer.status}")
            return _tokens(_said(answer))
        except Away as error:
            raise SignInFailed(str(error)) from None

    async def who(self, access_token: str) -> XUser:
        """Returns whose a token is. Raises `SignInFailed`."""
        try:
            answer = await self._client.ask("GET", self._api + _ME, headers={"Authorization": f"Bearer {access_token}"})
        except Away as error:
            raise SignInFailed(str(error)) from None
        data = _said(answer).get("data") if answer.status == _OK else None
        id, username = (data.get("id"), data.get("username")) if isinstance(data, dict) else (None, None)
        if not isinstance(id, str) or not _ID.fullmatch(id):
            raise SignInFailed(f"status {answer.status}")
        return XUser(id, username if isinstance(username, str) and _HANDLE.fullmatch(username) else "")

    async def refresh(self, refresh_token: str) -> Tokens:
        """Spends a refresh token. Raises `GrantRefused`, and `ProviderAway` for what says nothing about the token."""
        try:
            answer = await self._post(_TOKEN, {"grant_type": "refresh_token", "refresh_token": refresh_token})
            said = _said(answer)
            if answer.status == _OK:
                return _tokens(said)
        except Away as error:
            raise ProviderAway(str(error)) from None
        if answer.status in (400, 401) and _is_refusal(said):
            raise GrantRefused
        if answer.status in (400, 401, 403):
            _log.error("x refuses requests of this gateway", status=answer.status)
        raise ProviderAway(f"status {answer.status}")

    async def revoke(self, token: str) -> bool:
        """Ends a token at X; tells whether X has answered so."""
        try:
            answer = await self._post(_REVOKE, {"token": token})
        except Away:
            return False
        return answer.status == _OK

    async def _post(self, path: str, form: Mapping[str, str]) -> Answer:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if self._secret is None:
            form = {**form, "client_id": self._id}
        else:
            pair = f"{quote_plus(self._id)}:{quote_plus(self._secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        return await self._client.ask("POST", self._api + path, headers=headers, body=urlencode(form).encode())

    def _verifier(self, state: str) -> str:
        """Derives the verifier, so that it is stored nowhere: who knows the state alone cannot make it."""
        return _base64url(hmac.digest(self._key, state.encode(), hashlib.sha256))


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _said(answer: Answer) -> dict[str, Any]:
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _is_refusal(said: Mapping[str, Any]) -> bool:
    error, description = said.get("error"), said.get("error_description")
    told = isinstance(description, str) and _REFUSED_TOKEN.search(description) is not None
    return error == "invalid_grant" or (error == "invalid_request" and told)


def _tokens(said: Mapping[str, Any]) -> Tokens:
    access, refresh, seconds, scope = (
        said.get(name) for name in ("access_token", "refresh_token", "expires_in", "scope")
    )
    if not _is_token(access) or not (refresh is None or _is_token(refresh)):
        raise Away("an answer of another form")
    lifetime = float(seconds) if isinstance(seconds, int) and 0 < seconds < 10**9 else _USUAL_S
    return Tokens(access, refresh, lifetime, tuple(scope.split()) if isinstance(scope, str) else ())


def _is_token(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_TOKEN and value.isascii() and value.isprintable()
