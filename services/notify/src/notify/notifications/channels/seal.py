"""Seals where a channel leads with its person's key, and derives what proves that somebody may speak for it.

Neither codes nor tokens are stored: both are derived from the installation's secret key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from chassis.errors import Erased
from chassis.installation_key import derived_key
from chassis.message.crypto import decrypt, encrypt
from chassis.storage.keys import Keys

_CODE_DIGITS = 8
_TAG_BYTES = 16


class Sealing:
    """Seals, names and proves. `previous` is the secret key before it was turned: its tokens still hold."""

    def __init__(self, keys: Keys, secret: str, previous: str | None = None) -> None:
        self._keys = keys
        self._secrets = [secret] if previous is None else [secret, previous]

    async def seal(self, person: UUID, channel: UUID, target: Mapping[str, str]) -> bytes:
        """Returns a target as it is stored. Raises `Erased` for a person without a key."""
        return (await self.seals(person, target))(channel)

    async def seals(self, person: UUID, target: Mapping[str, str]) -> Callable[[UUID], bytes]:
        """Returns what seals a target for a channel, where no key store may be asked any more. Raises `Erased`."""
        found = (await self._keys.make([person])).get(person)
        if found is None:
            raise Erased("a channel", [person])
        content = json.dumps(dict(target)).encode()
        return lambda channel: encrypt(found, content, channel.bytes)

    async def open(self, person: UUID, channel: UUID, sealed: bytes) -> Mapping[str, str]:
        """Returns what `seal` was given. Raises `Erased`."""
        found = (await self._keys.find([person])).get(person)
        if found is None:
            raise Erased("a channel", [person])
        target: dict[str, str] = json.loads(decrypt(found, sealed, channel.bytes))
        return target

    def fingerprints(self, person: UUID, kind: str, key: str) -> Sequence[bytes]:
        """Returns by what a person's channel is found again: as it is stored, and as it was before the key's turn."""
        return [self._mark(each, f"channel target {person} {kind} {key}") for each in self._secrets]

    def devices(self, kind: str, key: str) -> Sequence[bytes]:
        """Returns by what a device or address is known to all: as it is stored, and as before the key's turn."""
        return [self._mark(each, f"channel device {kind} {key}") for each in self._secrets]

    def code(self, channel: UUID, round_: int) -> str:
        """Returns the code that is mailed to an address, another one each round."""
        mark = self._mark(self._secrets[0], f"channel code {channel} {round_}")
        return f"{int.from_bytes(mark[:8]) % 10**_CODE_DIGITS:0{_CODE_DIGITS}}"

    def token(self, channel: UUID) -> str:
        """Returns what lets whoever reads a channel's mails end them."""
        tag = self._mark(self._secrets[0], f"channel end {channel}")[:_TAG_BYTES]
        return base64.urlsafe_b64encode(channel.bytes + tag).decode().rstrip("=")

    def channel_of(self, token: str) -> UUID | None:
        """Returns the channel that a token is for; None for a text that is none of ours."""
        try:
            read = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            channel = UUID(bytes=read[:-_TAG_BYTES])
        except ValueError:
            return None
        marks = [self._mark(each, f"channel end {channel}")[:_TAG_BYTES] for each in self._secrets]
        return channel if any(hmac.compare_digest(read[-_TAG_BYTES:], mark) for mark in marks) else None

    def _mark(self, secret: str, what: str) -> bytes:
        return hmac.digest(derived_key(secret, "channels"), what.encode(), hashlib.sha256)
