"""Encrypts personal fields of messages: AES-256-GCM (NIST SP 800-38D), a key per person. Makes keys for signatures."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from uuid import uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chassis.errors import VoxbusError

_KEY_BITS = 256
#: random for each message: a person may send 2**32 messages before two nonces are likely to be equal (SP 800-38D, 8.3)
_NONCE_BYTES = 12


class Tampered(VoxbusError):
    """Reports that a ciphertext was not made with this key for this message."""


@dataclass(frozen=True, slots=True)
class Key:
    """Holds the key of one person. `id` travels with the ciphertext; `secret` never leaves process and key store."""

    id: str
    secret: bytes = field(repr=False)


def new_key() -> Key:
    """Makes a key from the system's source of randomness."""
    return Key(str(uuid4()), AESGCM.generate_key(_KEY_BITS))


def ed25519_public(seed: bytes) -> bytes:
    """Returns the public key of an Ed25519 private key (RFC 8032), both of 32 bytes."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def new_p256() -> EllipticCurvePrivateKey:
    """Makes a private key of the curve P-256, on which Web Push agrees (RFC 8291)."""
    return generate_private_key(SECP256R1())


def is_p256_point(point: bytes) -> bool:
    """Tells whether bytes are a public key of that curve, uncompressed."""
    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    except ValueError:
        return False
    return len(point) == 65


def encrypt(key: Key, clear: bytes, bound_to: bytes) -> bytes:
    """Returns nonce and ciphertext. `bound_to` is not encrypted, but must be the same for decryption."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key.secret).encrypt(nonce, clear, bound_to)


def decrypt(key: Key, ciphertext: bytes, bound_to: bytes) -> bytes:
    """Returns the plain text that `encrypt` was given. Raises `Tampered` when key, text or `bound_to` differ."""
    try:
        return AESGCM(key.secret).decrypt(ciphertext[:_NONCE_BYTES], ciphertext[_NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError):
        raise Tampered("wrong key, or changed on the way") from None
