"""Makes keys, key sets and tokens as an issuer does, also such as no issuer should make."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm


def encoded(content: Mapping[str, Any] | bytes) -> str:
    """Returns a part of a token."""
    content = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def forged(header: Mapping[str, Any], claims: Mapping[str, Any] | bytes, secret: bytes = b"") -> str:
    """Makes a token by hand: with HMAC-SHA256, or without a signature when there is no secret."""
    signed = f"{encoded(header)}.{encoded(claims)}"
    signature = hmac.digest(secret, signed.encode(), hashlib.sha256) if secret else b""
    return f"{signed}.{encoded(signature)}"


@cache
def _rsa_key(number: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048 if number >= 0 else -number)


class SigningKey:
    """Holds one key pair of an issuer."""

    def __init__(self, algorithm: str, kid: str | None = None, *, number: int = 0) -> None:
        """Takes `number`: RSA keys of one number are the same, as making one takes long. A negative one is a size."""
        self.algorithm = algorithm
        self.kid = kid or str(uuid4())
        self.private = _rsa_key(number) if algorithm.startswith("RS") else ec.generate_private_key(ec.SECP256R1())

    @property
    def public_text(self) -> bytes:
        """Returns the public key as PEM, the text that a careless verifier takes for a secret."""
        return self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @property
    def jwk(self) -> dict[str, Any]:
        """Returns the public key as it is published."""
        kind: Any = RSAAlgorithm if self.algorithm.startswith("RS") else ECAlgorithm
        public = kind.to_jwk(self.private.public_key(), as_dict=True)
        public.pop("key_ops", None)
        return {**public, "kid": self.kid, "use": "sig", "alg": self.algorithm}

    @property
    def private_jwk(self) -> dict[str, Any]:
        """Returns the key as nobody should publish it."""
        kind: Any = RSAAlgorithm if self.algorithm.startswith("RS") else ECAlgorithm
        return {**kind.to_jwk(self.private, as_dict=True), "kid": self.kid, "key_ops": ["verify"]}

    def token(self, claims: Mapping[str, Any], **header: Any) -> str:
        """Signs claims."""
        return self.signed({"alg": self.algorithm, "kid": self.kid, **header}, claims)

    def signed(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        """Signs any header with any claims, also such as a library refuses to write."""
        signed = f"{encoded(header)}.{encoded(claims)}"
        signature = jwt.get_algorithm_by_name(self.algorithm).sign(signed.encode(), self.private)
        return f"{signed}.{encoded(signature)}"


def claims_of(issuer: str, subject: str | None = None, **more: Any) -> dict[str, Any]:
    """Returns usual claims of a token that is good for a minute; `more` adds others, or leaves one out by None."""
    now = int(time.time())
    claims = {"iss": issuer, "sub": subject or str(uuid4()), "iat": now, "exp": now + 60, **more}
    return {name: value for name, value in claims.items() if value is not None}
