"""Stands in for Clerk: its Frontend API's key set, and that of its Backend API. It never was the real one."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.issuers.signer import SigningKey, claims_of

SECRET_KEY = "sk_test_of_a_stand_in"
ORIGIN = "https://app.example"


class ClerkStandIn:
    """Holds one instance. `url` is set once it is served."""

    def __init__(self) -> None:
        self.url = ""
        self.keys = [SigningKey("RS256", f"ins_{uuid4().hex}", number=1)]
        #: users that were deleted by the Backend API
        self.deleted: list[str] = []
        self.app = Starlette(
            routes=[
                Route("/.well-known/jwks.json", self._jwks),
                Route("/v1/jwks", self._jwks_of_backend),
                Route("/v1/users/{id}", self._delete, methods=["DELETE"]),
            ]
        )

    def rotate(self) -> None:
        """Signs with a new key from now on, and publishes it alone."""
        self.keys = [SigningKey("RS256", f"ins_{uuid4().hex}", number=2)]

    def claims(self, subject: str | None = None, **more: Any) -> dict[str, Any]:
        """Returns the claims of a session token, which lives for a minute."""
        now = int(time.time())
        usual = {
            "azp": ORIGIN,
            "fva": [0, -1],
            "jti": uuid4().hex,
            "nbf": now - 10,
            "sid": f"sess_{uuid4().hex}",
            "sts": "active",
            "v": 2,
        }
        return claims_of(self.url, subject or f"user_{uuid4().hex}", **{**usual, **more})

    def token(self, subject: str | None = None, **more: Any) -> str:
        """Issues a session token."""
        return self.keys[0].token(self.claims(subject, **more), typ="JWT", cat="cl_B7d4PD111AAA")

    async def _jwks(self, _: Request) -> Response:
        return JSONResponse({"keys": [key.jwk for key in self.keys]})

    async def _delete(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {SECRET_KEY}":
            return JSONResponse({"errors": [{"code": "authentication_invalid"}]}, 401)
        self.deleted.append(request.path_params["id"])
        return JSONResponse({"object": "user", "id": request.path_params["id"], "deleted": True})

    async def _jwks_of_backend(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {SECRET_KEY}":
            return JSONResponse({"errors": [{"code": "authentication_invalid"}]}, 401)
        return await self._jwks(request)
