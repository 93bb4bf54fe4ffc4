"""Keeps long files in the media store, sealed with a person's key, in pieces: so that any part of them can be read.

Nobody can read it once the key is destroyed. A place is written once: whoever tries again takes another one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from chassis.message.crypto import Key, decrypt, encrypt
from chassis.storage.media import Media

#: bytes of a piece before it is sealed: what is held in memory at a time
PIECE = 2 * 1024 * 1024
_SEALED = "application/octet-stream"


class SealedWriter:
    """Writes to a place; what was written can be read once `close` has returned."""

    def __init__(self, media: Media, key: Key, place: str) -> None:
        self._media = media
        self._key = key
        self._place = place
        self._held = bytearray()
        self._pieces = 0
        #: the bytes that were written so far
        self.size = 0

    async def write(self, content: bytes) -> None:
        """Appends bytes."""
        self.size += len(content)
        self._held += content
        while len(self._held) >= PIECE:
            await self._put(bytes(self._held[:PIECE]))
            del self._held[:PIECE]

    async def close(self) -> None:
        """Writes what is left."""
        if self._held:
            await self._put(bytes(self._held))
            self._held.clear()

    async def _put(self, piece: bytes) -> None:
        sealed = encrypt(self._key, piece, _bound_to(self._place, self._pieces))
        await self._media.write(piece_key(self._place, self._pieces), sealed, _SEALED)
        self._pieces += 1


async def read_sealed(media: Media, key: Key, place: str, start: int, end: int) -> AsyncIterator[bytes]:
    """Yields the bytes from `start` up to, but without, `end`; both lie within what was written.

    Raises `Gone` when a piece was deleted, and `Tampered` for one that was not written with this key at this place.
    """
    for number in range(start // PIECE, -(-end // PIECE)):
        sealed = await media.read_key(piece_key(place, number))
        piece = decrypt(key, sealed, _bound_to(place, number))
        first = number * PIECE
        yield piece[max(0, start - first) : end - first]


def piece_keys(place: str, size: int) -> list[str]:
    """Returns the keys of all pieces of what is so long."""
    return [piece_key(place, number) for number in range(-(-size // PIECE))]


def piece_key(place: str, number: int) -> str:
    """Returns the key of a piece, counted from 0."""
    return f"{place}/{number:06}"


async def write_whole(media: Media, key: Key, name: str, content: bytes) -> None:
    """Seals one object of moderate size under a name of its own."""
    await media.write(name, encrypt(key, content, name.encode()), _SEALED)


async def read_whole(media: Media, key: Key, name: str) -> bytes:
    """Returns what `write_whole` was given. Raises as `read_sealed` does."""
    return decrypt(key, await media.read_key(name), name.encode())


def _bound_to(place: str, number: int) -> bytes:
    return f"{place}\0{number}".encode()
