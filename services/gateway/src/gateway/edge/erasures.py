"""Shows how an erasure stands, to whoever has its receipt, and the keys that certificates are verified with."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from chassis.web.problems import UNAUTHORIZED, unauthorized
from gateway.edge.callers import bearer_token
from gateway.edge.certificates import read_keys
from gateway.edge.context import Ctx, PathId
from gateway.edge.document import NO_QUERY, Own
from gateway.edge.schemas import example

router = APIRouter(tags=["privacy"], dependencies=[NO_QUERY])

_ID = "018f6a1e-0000-7000-8000-000000000009"
_AT = "2026-11-20T10:00:00Z"


class ErasureReference(BaseModel):
    """Names an erasure, and carries the receipt that shows it for 400 days. It is given once, here."""

    id: UUID
    receipt: str


class ErasureTaken(BaseModel):
    """Says that the account is gone, and how to follow what was given to the services and to others."""

    model_config = example({"erasure": {"id": _ID, "receipt": "vxe_5f1c…"}})

    erasure: ErasureReference


class ErasedService(BaseModel):
    """Describes a service: `rows` and `media` are what it has deleted, once it has confirmed."""

    service: str
    state: Literal["pending", "confirmed"]
    rows: int | None
    media: int | None
    at: datetime | None


class Recipient(BaseModel):
    """Describes a recipient outside that ever got something of the person's; `detail` is for people."""

    recipient: str
    state: Literal["done", "not_kept", "asked", "not_possible"]
    detail: str
    at: datetime


class Backups(BaseModel):
    """Says until when backups may have copies: of the database, and of the keys."""

    database_until: datetime
    keys_until: datetime


class ErasureOut(BaseModel):
    """Describes an erasure. `completed` once all services have confirmed; then there is a `certificate`, a JWS."""

    model_config = example(
        {
            "id": _ID,
            "state": "running",
            "requested_at": _AT,
            "completed_at": None,
            "services": [
                {"service": "content", "state": "confirmed", "rows": 7, "media": 0, "at": _AT},
                {"service": "speech", "state": "pending", "rows": None, "media": None, "at": None},
            ],
            "outside": [{"recipient": "webhook", "state": "done", "detail": "1 webhook was deleted.", "at": _AT}],
            "backups": {"database_until": "2026-12-20T10:00:00Z", "keys_until": "2026-11-27T10:00:00Z"},
            "certificate": None,
        }
    )

    id: UUID
    state: Literal["running", "completed"]
    requested_at: datetime
    completed_at: datetime | None
    services: list[ErasedService]
    outside: list[Recipient]
    backups: Backups
    certificate: str | None


class PublicKey(BaseModel):
    """Is a JSON Web Key (RFC 7517, RFC 8037)."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: str
    kid: str
    use: Literal["sig"]
    alg: Literal["EdDSA"]


class KeySet(BaseModel):
    """Is a JSON Web Key Set: the keys that have signed certificates here, the newest first."""

    model_config = example(
        {
            "keys": [
                {
                    "kty": "OKP",
                    "crv": "Ed25519",
                    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
                    "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
                    "use": "sig",
                    "alg": "EdDSA",
                }
            ]
        }
    )

    keys: list[PublicKey]


@router.get("/erasures/{id}")
@Own(access=("public",), problems=(UNAUTHORIZED,))
async def read_erasure(id: PathId, request: Request, response: Response, ctx: Ctx) -> ErasureOut:
    """Reads an erasure, with its receipt as “Authorization: Bearer …” in place of a token.

    Without the right receipt it is 401, also where there is no such erasure, or it is more than 400 days old.
    """
    receipt = bearer_token(request.headers)
    found = None if receipt is None else await ctx.erasures.read(id, receipt)
    if found is None:
        raise unauthorized("Send the receipt of this erasure as “Authorization: Bearer …”.")
    response.headers["Cache-Control"] = "no-store"
    return ErasureOut.model_validate(found)


@router.get("/.well-known/jwks.json")
@Own(access=("public",))
async def read_certificate_keys(ctx: Ctx) -> KeySet:
    """Reads the public keys of certificates, as a JSON Web Key Set."""
    return KeySet.model_validate({"keys": await read_keys(ctx.database)})
