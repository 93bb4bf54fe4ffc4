"""Hashes passwords with argon2id, in the parameters that pwdlib recommends (64 MiB), off the event loop."""

from __future__ import annotations

import asyncio

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher


class Passwords:
    """Hashes and checks. At most `at_once` hashes run together: each takes 64 MiB and about 0.15 s of a core."""

    def __init__(self, hasher: Argon2Hasher | None = None, *, at_once: int = 2) -> None:
        self._hash = PasswordHash((hasher or Argon2Hasher(),))
        self._turn = asyncio.Semaphore(at_once)
        # the password of an unknown e-mail address is checked against this hash, so that it takes as long as a known
        # one
        self._nobody = self._hash.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """Returns the salted hash to store."""
        async with self._turn:
            return await asyncio.to_thread(self._hash.hash, password)

    async def matches(self, password: str, stored: str | None) -> bool:
        """Tells whether a password matches a stored hash; without a hash it takes as long and answers False."""
        async with self._turn:
            fits = await asyncio.to_thread(self._hash.verify, password, stored or self._nobody)
        return fits and stored is not None
