"""Signs links to drafts, by which anybody may read one for an hour. Nothing of them is stored."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
import time
from collections.abc import Callable
from uuid import UUID

#: where a draft is read
PREVIEWS = "/previews"
#: seconds that a link is good for
LIVES_S = 3600
#: the characters of a token
SPELLING = r"^[A-Za-z0-9_-]{75}$"
#: entry, revision, end in seconds since 1970
_CONTENT = struct.Struct(">16sIQ")
_PURPOSE = b"preview of a draft"


class PreviewLinks:
    """Makes links to revisions of entries, and reads them."""

    def __init__(self, key: bytes, clock: Callable[[], float] = time.time) -> None:
        """Takes a key of the service, of which a key for this purpose alone is derived."""
        self._key = hmac.digest(key, _PURPOSE, hashlib.sha256)
        self._clock = clock

    def link(self, entry_id: UUID, revision: int) -> str:
        """Returns the path at which a revision can be read for an hour."""
        content = _CONTENT.pack(entry_id.bytes, revision, int(self._clock()) + LIVES_S)
        token = base64.urlsafe_b64encode(content + self._signed(content)).rstrip(b"=").decode()
        return f"{PREVIEWS}/{token}"

    def read(self, token: str) -> tuple[UUID, int] | None:
        """Returns entry and revision of a token; None for one that is not ours, or whose time is over."""
        try:
            decoded = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (binascii.Error, ValueError):
            return None
        content, signature = decoded[: _CONTENT.size], decoded[_CONTENT.size :]
        if len(content) < _CONTENT.size or not hmac.compare_digest(signature, self._signed(content)):
            return None
        entry, revision, end = _CONTENT.unpack(content)
        return None if end <= self._clock() else (UUID(bytes=entry), revision)

    def _signed(self, content: bytes) -> bytes:
        return hmac.digest(self._key, content, hashlib.sha256)[:28]
