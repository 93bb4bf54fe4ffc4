"""Signs the certificates of erasures, as EdDSA (RFC 8037) with a key derived from the installation's secret key."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from chassis.installation_key import derived_key
from chassis.message.crypto import ed25519_public
from chassis.storage.database import Database
from gateway.edge.auth.issuers.verifier import sign_with
from gateway.jobs import erasure_statements as statements

_PUBLIC = {"kty": "OKP", "crv": "Ed25519"}


class CertificateKey:
    """Holds the key. Its id is its thumbprint (RFC 7638), so the same key has the same id everywhere."""

    def __init__(self, secret: str) -> None:
        seed = derived_key(secret, "certificates")
        self._x = _base64url(ed25519_public(seed))
        canonical = json.dumps({**_PUBLIC, "x": self._x}, sort_keys=True, separators=(",", ":"))
        self.id = _base64url(hashlib.sha256(canonical.encode()).digest())
        self._jwk = {**_PUBLIC, "x": self._x, "d": _base64url(seed), "kid": self.id, "alg": "EdDSA"}

    def sign(self, payload: Mapping[str, Any]) -> str:
        """Returns the payload as a compact JWS."""
        return sign_with(self._jwk, payload)

    async def publish(self, database: Database) -> None:
        """Stores the public key, so that what it has signed can be verified after the secret key was turned."""
        await database.fetch(statements.ADD_KEY, self.id, self._x)


async def read_keys(database: Database) -> list[dict[str, str]]:
    """Returns the public keys that were ever in use here, as JSON Web Keys, the newest first."""
    return [
        {**_PUBLIC, "x": row.x, "kid": row.kid, "use": "sig", "alg": "EdDSA"}
        for row in await database.fetch(statements.READ_KEYS)
    ]


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
