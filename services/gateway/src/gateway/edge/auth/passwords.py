"""Hashes passwords with argon2id, off the event loop."""

from __future__ import annotations

import asyncio
import hashlib
import unicodedata
from collections.abc import Callable, Mapping
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from gateway.edge.auth.turns import Turns
from gateway.settings import HashCost

#: passwords that wait for the hasher at most
MOST_WAITING = 50
#: as pwdlib recommends (64 MiB), and as little as OWASP's Password Storage Cheat Sheet accepts (19 MiB)
HASHERS: Mapping[HashCost, Argon2Hasher] = {
    "recommended": Argon2Hasher(),
    "least": Argon2Hasher(memory_cost=19 * 1024, time_cost=2, parallelism=1),
}
#: a hash at each cost, which nobody stored: made here and not at each start, which it would delay
NOBODY: Mapping[HashCost, str] = {
    "recommended": "$argon2id$v=19$m=65536,t=3,p=4$O19x5mZcG52ltHF0UeOqAw$WEhsyGTcC3n8+gnsk0lxH5ZpkI8UxpR5w+7nYoMhznQ",
    "least": "$argon2id$v=19$m=19456,t=2,p=1$NvXpz1MxmRo6n32JNarC6g$QtLsuHLckm3sZFvQa+n4Vl5rdaJHCVSoFzm6W2NwcNg",
}

T = TypeVar("T")


def normal(password: str) -> str:
    """Returns a password in one form for all keyboards and systems that write it (NFKC)."""
    return unicodedata.normalize("NFKC", password)


class Passwords:
    """Hashes and checks. At most `at_once` hashes run together: each takes 64 MiB and about 0.17 s of a core, or at
    least 19 MiB and 0.02 s.

    With `most_waiting` passwords waiting for their turn, any other is refused: 503. Those of people who are known,
    because they are signed in or sign in where they have before, go first and have places of their own.
    """

    def __init__(
        self,
        hasher: Argon2Hasher | HashCost = "recommended",
        *,
        at_once: int = 2,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._hasher = HASHERS[hasher] if isinstance(hasher, str) else hasher
        self._hash = PasswordHash((self._hasher,))
        self._turns = Turns(at_once, most_waiting)
        # the password of an unknown e-mail address is checked against this hash, so that it takes as long as a known
        # one
        self._nobody = NOBODY[hasher] if isinstance(hasher, str) else hasher.hash("nobody has this password")

    @property
    def waiting(self) -> int:
        """Returns how many passwords wait for their turn."""
        return self._turns.waiting

    async def hash(self, password: str, *, known: bool = False) -> str:
        """Returns the salted hash to store. Raises 503."""
        return await self._in_turn(lambda: self._hash.hash(normal(password)), known)

    async def check(self, password: str, stored: str | None, *, known: bool = False) -> tuple[bool, str | None]:
        """Tells whether a password matches a stored hash, with the hash to store from now on where that is outdated.

        Without a hash it takes as long and answers False. Raises 503.
        """
        fits, renewed = await self._in_turn(lambda: self._check(password, stored or self._nobody), known)
        return (fits, renewed) if stored is not None else (False, None)

    async def stretch(self, digest: bytes, salt: bytes) -> bytes:
        """Returns of a digest, always the same, what costs as much as the hash of a password. Raises 503."""
        found = await self._in_turn(lambda: self._hasher.hash(digest, salt=salt), known=True)
        return hashlib.sha256(found.encode()).digest()

    def _check(self, password: str, stored: str) -> tuple[bool, str | None]:
        fits, renewed = self._hash.verify_and_update(normal(password), stored)
        if fits or normal(password) == password:
            return fits, renewed
        # passwords were once hashed as they were sent
        return (True, self._hash.hash(normal(password))) if self._hash.verify(password, stored) else (False, None)

    async def _in_turn(self, work: Callable[[], T], known: bool) -> T:
        async with self._turns.turn(known=known):
            return await asyncio.to_thread(work)
