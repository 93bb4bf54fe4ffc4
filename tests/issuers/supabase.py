"""Stands in for Supabase Auth (GoTrue), as its documents and its own client describe it. It never was the real one.

Accounts are in memory. It can be rotated, can lie about its tokens, and can be told to confirm addresses first.
"""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from tests.issuers.signer import SigningKey, claims_of

ANON_KEY, SERVICE_KEY = "sb_publishable_of_a_stand_in", "sb_secret_of_a_stand_in"
_SHORTEST = 6


@dataclass
class Account:
    """Holds one user."""

    email: str
    password: str
    confirmed: bool
    id: str = field(default_factory=lambda: str(uuid4()))
    created_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())

    def shown(self, *, known: bool = True) -> dict[str, Any]:
        """Describes the user. One that is not `known` was made up for whoever asks about an address that is taken."""
        identity = {
            "identity_id": str(uuid4()),
            "id": self.id,
            "user_id": self.id,
            "identity_data": {"email": self.email, "email_verified": False, "sub": self.id},
            "provider": "email",
            "created_at": self.created_at,
            "updated_at": self.created_at,
            "email": self.email,
        }
        return {
            "id": self.id if known else str(uuid4()),
            "aud": "authenticated",
            "role": "authenticated",
            "email": self.email,
            "email_confirmed_at": self.created_at if self.confirmed else None,
            "confirmation_sent_at": None if self.confirmed else self.created_at,
            "app_metadata": {"provider": "email", "providers": ["email"]},
            "user_metadata": {"email": self.email, "email_verified": self.confirmed, "sub": self.id},
            "identities": [identity] if known else [],
            "created_at": self.created_at,
            "updated_at": self.created_at,
            "is_anonymous": False,
        }


class Refusal(Exception):
    """Answers an error as `{code, error_code, msg}`, or as newer clients ask for it."""

    def __init__(self, status: int, code: str, **more: Any) -> None:
        self.status, self.code, self.more = status, code, more

    def answer(self, request: Request) -> Response:
        headers = {"Retry-After": "7"} if self.status == 429 else {}
        if request.headers.get("x-supabase-api-version"):
            body = {"code": self.code, "message": self.code, **self.more}
            return JSONResponse(body, self.status, {"X-Supabase-Api-Version": "2024-01-01", **headers})
        return JSONResponse(
            {"code": self.status, "error_code": self.code, "msg": self.code, **self.more}, self.status, headers
        )


class SupabaseStandIn:
    """Holds the accounts of one project. `url` is set once it is served."""

    def __init__(self, algorithm: str = "ES256") -> None:
        self.url = ""
        self.keys = [SigningKey(algorithm)]
        self.confirms = False
        #: what the next answer is, whatever is asked
        self.refusal: Refusal | None = None
        #: what the claims of its tokens are changed to
        self.lies: dict[str, Any] = {}
        self.lifetime_s = 3600
        self.accounts: dict[str, Account] = {}
        #: by refresh token, its account and session; None when it was used
        self.refresh: dict[str, tuple[Account, str] | None] = {}
        self.ended: set[str] = set()
        self.recoveries: dict[str, Account] = {}
        #: users that were deleted with the service key
        self.deleted: list[str] = []
        self.app = Starlette(routes=[Mount("/auth/v1", routes=self._routes())])

    @property
    def issuer(self) -> str:
        """Returns the `iss` of its tokens."""
        return f"{self.url}/auth/v1"

    def rotate(self) -> None:
        """Signs with a new key from now on, and publishes it alone."""
        self.keys = [SigningKey(self.keys[0].algorithm)]

    def token(self, account: Account, session: str) -> str:
        """Issues an access token."""
        claims = claims_of(
            self.issuer,
            account.id,
            aud="authenticated",
            exp=int(time.time()) + self.lifetime_s,
            email=account.email,
            phone="",
            app_metadata={"provider": "email", "providers": ["email"]},
            user_metadata={"email": account.email, "email_verified": True, "sub": account.id},
            role="authenticated",
            aal="aal1",
            amr=[{"method": "password", "timestamp": int(time.time())}],
            session_id=session,
            is_anonymous=False,
        )
        return self.keys[0].token({**claims, **self.lies}, typ="JWT")

    def _routes(self) -> list[Route]:
        posts = {
            "/signup": self._sign_up,
            "/token": self._token,
            "/logout": self._log_out,
            "/recover": self._recover,
            "/verify": self._verify,
        }
        routes = [Route(path, self._guarded(function), methods=["POST"]) for path, function in posts.items()]
        return [
            *routes,
            Route("/user", self._guarded(self._user), methods=["GET", "PUT"]),
            Route("/.well-known/jwks.json", self._jwks),
            Route("/admin/users/{id}", self._delete, methods=["DELETE"]),
        ]

    def _guarded(self, function: Any) -> Any:
        async def answer(request: Request) -> Response:
            try:
                if request.headers.get("apikey") != ANON_KEY:
                    return JSONResponse({"message": "No API key found in request"}, 401)
                if self.refusal is not None:
                    raise self.refusal
                body = await request.json() if await request.body() else {}
                made: Response = function(request, body)
            except Refusal as refusal:
                return refusal.answer(request)
            return made

        return answer

    async def _delete(self, request: Request) -> Response:
        if request.headers.get("apikey") != SERVICE_KEY:
            return JSONResponse({"message": "Invalid API key"}, 401)
        self.deleted.append(request.path_params["id"])
        return JSONResponse({})

    async def _jwks(self, _: Request) -> Response:
        return JSONResponse({"keys": [key.jwk for key in self.keys]}, headers={"Cache-Control": "public, max-age=600"})

    def _session(self, account: Account, session: str) -> Response:
        refresh = uuid4().hex[:12]
        self.refresh[refresh] = (account, session)
        return JSONResponse(
            {
                "access_token": self.token(account, session),
                "token_type": "bearer",
                "expires_in": self.lifetime_s,
                "expires_at": int(time.time()) + self.lifetime_s,
                "refresh_token": refresh,
                "user": account.shown(),
                "weak_password": None,
            }
        )

    def _sign_up(self, _: Request, body: dict[str, Any]) -> Response:
        email, password = body["email"], body["password"]
        if len(password) < _SHORTEST:
            raise Refusal(422, "weak_password", weak_password={"reasons": ["length"]})
        found = self.accounts.get(email)
        if found is not None and found.confirmed:
            if self.confirms:
                return JSONResponse(found.shown(known=False))
            raise Refusal(422, "user_already_exists")
        account = self.accounts[email] = found or Account(email, password, confirmed=not self.confirms)
        return self._session(account, str(uuid4())) if account.confirmed else JSONResponse(account.shown())

    def _token(self, request: Request, body: dict[str, Any]) -> Response:
        if request.query_params.get("grant_type") == "refresh_token":
            given = body["refresh_token"]
            if given not in self.refresh:
                raise Refusal(400, "refresh_token_not_found")
            found = self.refresh[given]
            if found is None:
                raise Refusal(400, "refresh_token_already_used")
            account, session = found
            if session in self.ended:
                raise Refusal(400, "session_not_found")
            self.refresh[given] = None
            return self._session(account, session)
        known = self.accounts.get(body["email"])
        if known is None or known.password != body["password"]:
            raise Refusal(400, "invalid_credentials")
        if not known.confirmed:
            raise Refusal(400, "email_not_confirmed")
        return self._session(known, str(uuid4()))

    def _bearer(self, request: Request) -> tuple[Account, str]:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        for found in self.refresh.values():
            if found is not None and found[1] not in self.ended and _names(token, found[1]):
                return found
        raise Refusal(403, "session_not_found")

    def _log_out(self, request: Request, _: dict[str, Any]) -> Response:
        account, session = self._bearer(request)
        if request.query_params.get("scope", "global") == "local":
            self.ended.add(session)
        else:
            self.ended |= {found[1] for found in self.refresh.values() if found is not None and found[0] is account}
        return Response(status_code=204)

    def _user(self, request: Request, body: dict[str, Any]) -> Response:
        account, _ = self._bearer(request)
        if request.method == "PUT":
            if len(body["password"]) < _SHORTEST:
                raise Refusal(422, "weak_password", weak_password={"reasons": ["length"]})
            if body["password"] == account.password:
                raise Refusal(422, "same_password")
            account.password = body["password"]
        return JSONResponse(account.shown())

    def _recover(self, _: Request, body: dict[str, Any]) -> Response:
        if (account := self.accounts.get(body["email"])) is not None:
            self.recoveries[uuid4().hex] = account
        return JSONResponse({})

    def _verify(self, _: Request, body: dict[str, Any]) -> Response:
        account = self.recoveries.pop(body.get("token_hash", ""), None)
        if account is None or body.get("type") != "recovery":
            raise Refusal(403, "otp_expired")
        account.confirmed = True
        return self._session(account, str(uuid4()))


def _names(token: str, session: str) -> bool:
    """Tells whether a token, which nobody but a test sends, names a session."""
    try:
        payload = token.split(".")[1]
        return session.encode() in base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    except (IndexError, ValueError):
        return False
