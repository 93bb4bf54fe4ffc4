"""Derives refresh tokens: a session's id, the number of the token (its generation) and an HMAC over both.

Nothing of a token is stored, so that a lost answer can be given again, and a stolen database yields no token.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass
from uuid import UUID

from chassis.installation_key import derived_key

_PURPOSE = "refresh tokens"
#: the id's 16 bytes, and the generation
_CONTENT = struct.Struct(">16sI")
_MAC_BYTES = 32
_CHARACTERS = -(-(_CONTENT.size + _MAC_BYTES) * 4 // 3)
#: the greatest generation that the column holds
_NEWEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """Names a refresh token: its session, and its generation from 1."""

    session: UUID
    generation: int


class RefreshTokens:
    """Writes and reads refresh tokens with keys derived from the installation's secret."""

    def __init__(self, secret: str, *previous: str) -> None:
        """Takes the secret that signs, and older ones whose tokens are still accepted."""
        self._keys = [derived_key(each, _PURPOSE) for each in (secret, *previous)]

    def write(self, token: RefreshToken) -> str:
        """Returns the token in base64url, always the same text for the same token."""
        content = _CONTENT.pack(token.session.bytes, token.generation)
        return base64.urlsafe_b64encode(content + _mac(self._keys[0], content)).rstrip(b"=").decode()

    def read(self, text: str) -> RefreshToken | None:
        """Returns the token; None for any text that is not one of this installation."""
        if len(text) != _CHARACTERS:
            return None
        try:
            decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        content, mac = decoded[: _CONTENT.size], decoded[_CONTENT.size :]
        if not any(hmac.compare_digest(mac, _mac(key, content)) for key in self._keys):
            return None
        session, generation = _CONTENT.unpack(content)
        return RefreshToken(UUID(bytes=session), generation) if 1 <= generation < _NEWEST else None


def _mac(key: bytes, content: bytes) -> bytes:
    return hmac.digest(key, content, hashlib.sha256)
