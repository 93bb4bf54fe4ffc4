"""Signs and verifies principals, the callers of forwarded requests: the gateway signs, the owner verifies.

The header is `base64url(claims) "." base64url(HMAC-SHA256)`, without padding; the HMAC is over the first part as sent.
The key is derived for one service, so an owner that runs alone cannot sign for another service.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from chassis.errors import SettingsError, VoxbusError
from chassis.installation_key import derived_key
from chassis.settings import PREFIX

HEADER = "voxbus-principal"
#: seconds that a signature is valid
LIFETIME_S = 30
#: seconds by which the clocks of gateway and owner may differ
CLOCK_SKEW_S = 30
_ANONYMOUS = "anonymous"
_KEY_BYTES = 32


class PrincipalRefused(VoxbusError):
    """Says that a request's principal is not one that the gateway signed for this very request."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """Names a caller: `id` is None for an anonymous one.

    `roles` are those at the time of the request. `acting_for` is the child in the path whose guardian the caller is,
    only on operations with the access word `guardian`. `age_band`: unknown | under_consent_age | of_age. `signed_in` is
    when the caller's session began, in epoch seconds; None where nobody said it.
    """

    id: UUID | None = None
    roles: frozenset[str] = frozenset()
    issuer: str | None = None
    session: str | None = None
    age_band: str = "unknown"
    acting_for: UUID | None = None
    signed_in: int | None = None


ANONYMOUS = Principal()


@dataclass(frozen=True, kw_only=True, slots=True)
class SignedRequest:
    """Identifies the request that a principal is signed for.

    `operation` is the operationId of the public document; `id` the operation id, which a repeated request keeps;
    `target` the raw path and query as sent, latin-1; `body` from `body_digest`.
    """

    service: str
    operation: str
    id: UUID
    method: str
    target: str
    body: str


class _Claims(BaseModel):
    model_config = ConfigDict(extra="ignore")

    service: str
    operation: str
    id: UUID
    method: str
    target: str
    body: str
    person: str
    roles: list[str]
    issuer: str | None
    session: str | None
    age_band: str
    acting_for: UUID | None
    signed_in: int | None = None
    exp: int


def principal_key(service: str, *, secret: str | None, given: str | None) -> bytes:
    """Returns the key that signs principals for one service: `given` (VOXBUS_PRINCIPAL_KEY) or derived from the secret.

    Raises `SettingsError` when there is neither, or `given` is not 32 bytes in base64url.
    """
    if given is not None:
        try:
            key = _decoded(given.rstrip("="))
        except ValueError:
            key = b""
        if len(key) != _KEY_BYTES:
            raise SettingsError(f"{PREFIX}PRINCIPAL_KEY is wrong: must be {_KEY_BYTES} bytes in base64url.")
        return key
    if secret is None:
        raise SettingsError(f"{PREFIX}PRINCIPAL_KEY is required where {PREFIX}SECRET_KEY is not set.")
    return derived_key(secret, f"principal {service}")


def body_digest(body: bytes) -> str:
    """Returns the digest of a body for a signature: its SHA-256 in hexadecimal, empty for no body."""
    return hashlib.sha256(body).hexdigest() if body else ""


def sign(key: bytes, principal: Principal, request: SignedRequest, now: float) -> str:
    """Returns the header for one request; `now` in epoch seconds."""
    claims = {
        "service": request.service,
        "operation": request.operation,
        "id": str(request.id),
        "method": request.method,
        "target": request.target,
        "body": request.body,
        "person": _ANONYMOUS if principal.id is None else str(principal.id),
        "roles": sorted(principal.roles),
        "issuer": principal.issuer,
        "session": principal.session,
        "age_band": principal.age_band,
        "acting_for": None if principal.acting_for is None else str(principal.acting_for),
        "signed_in": principal.signed_in,
        "exp": int(now) + LIFETIME_S,
    }
    text = _encoded(json.dumps(claims, sort_keys=True, separators=(",", ":")).encode())
    return f"{text}.{_encoded(_mac(key, text))}"


def verify(key: bytes, header: str, now: float, *, previous: bytes | None = None) -> tuple[Principal, SignedRequest]:
    """Returns the principal and the request it was signed for. Raises `PrincipalRefused`.

    `previous` is the key before the installation's secret was turned, with which a gateway may still sign.
    The caller has to compare that request with the present one, because only the caller knows method, target, body and
    operation.
    """
    text, _, mac = header.partition(".")
    try:
        given, keys = _decoded(mac), [key] if previous is None else [key, previous]
        genuine = any(hmac.compare_digest(given, _mac(each, text)) for each in keys)
        claims = _Claims.model_validate_json(_decoded(text)) if genuine else None
        person = UUID(claims.person) if claims is not None and claims.person != _ANONYMOUS else None
    except (ValidationError, ValueError):
        raise PrincipalRefused("unreadable") from None
    if claims is None:
        raise PrincipalRefused("signature")
    if not now - CLOCK_SKEW_S <= claims.exp <= now + LIFETIME_S + CLOCK_SKEW_S:
        raise PrincipalRefused("expired")
    principal = Principal(
        id=person,
        roles=frozenset(claims.roles),
        issuer=claims.issuer,
        session=claims.session,
        age_band=claims.age_band,
        acting_for=claims.acting_for,
        signed_in=claims.signed_in,
    )
    request = SignedRequest(
        service=claims.service,
        operation=claims.operation,
        id=claims.id,
        method=claims.method,
        target=claims.target,
        body=claims.body,
    )
    return principal, request


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode("latin-1"), hashlib.sha256)


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    """Raises ValueError for anything but base64url without padding."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise ValueError("not base64url") from None
