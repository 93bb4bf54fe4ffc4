"""Stands in for a provider of tokens, no vendor in particular, and runs processes that ask it."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import UUID

from chassis.storage.grant import Tokens
from chassis.storage.keys import open_keys
from chassis.storage.vault import GrantRefused, ProviderAway, Vault

#: seconds that access tokens live, and of the first one, so that it has ended
LIFETIME_S, ENDED_S = 7200, 0


class RotatingProvider:
    """Gives a new refresh token for each use of the newest one, in a file; an older one ends the whole grant."""

    name = "toy"

    def __init__(self, path: Path, *, slow: float = 0.0) -> None:
        """Takes the seconds from spending a token to the answer."""
        self._path = path
        self._slow = slow
        self.away = False
        self.refuses = False

    def grant(self) -> Tokens:
        """Begins a grant, whose access token has ended already."""
        with closing(sqlite3.connect(self._path)) as db, db:
            db.execute("CREATE TABLE IF NOT EXISTS sent (token TEXT, good INTEGER)")
        return Tokens("access-0", "refresh-0", ENDED_S, ("read",))

    @property
    def sent(self) -> list[tuple[str, int]]:
        """Returns each refresh token that was sent, and whether it was the newest."""
        with closing(sqlite3.connect(self._path)) as db:
            return db.execute("SELECT token, good FROM sent ORDER BY rowid").fetchall()

    async def refresh(self, refresh_token: str) -> Tokens:
        """Spends a refresh token."""
        if self.away:
            raise ProviderAway("503")
        with closing(sqlite3.connect(self._path, timeout=20)) as db, db:
            db.execute("BEGIN IMMEDIATE")
            [spent] = db.execute("SELECT count(*) FROM sent WHERE good").fetchone()
            good = refresh_token == f"refresh-{spent}" and not self.refuses
            db.execute("INSERT INTO sent VALUES (?, ?)", (refresh_token, good))
        await asyncio.sleep(self._slow)
        if not good:
            raise GrantRefused
        return Tokens(f"access-{spent + 1}", f"refresh-{spent + 1}", LIFETIME_S)


def ask(keys_url: str, person: UUID, path: Path, callers: int, crash_at: str | None = None) -> list[str]:
    """Asks for the access token in a process of its own, which dies at a point as by kill -9."""

    def failpoint(reached: str) -> None:
        if reached == crash_at:
            os.kill(os.getpid(), signal.SIGKILL)

    async def asked() -> list[str]:
        keys = open_keys(keys_url)
        vault = Vault(keys, lease=1.0 if crash_at else 30.0, failpoint=failpoint)
        provider = RotatingProvider(path, slow=0.2)
        try:
            return await asyncio.gather(*(vault.access_token(person, provider) for _ in range(callers)))
        finally:
            await vault.aclose()
            await keys.close()

    return asyncio.run(asked())
