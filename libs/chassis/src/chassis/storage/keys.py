"""Keeps the keys of persons in a separate store with its own backup: erasing a person means destroying one key.

The store remembers erased persons. An erased person never gets another key, and a restored backup is erased again.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext, suppress
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from chassis.errors import DependencyDown, SettingsError
from chassis.message.crypto import Key
from chassis.observe import metrics
from chassis.settings import PREFIX, Settings
from chassis.storage.errors import is_outage
from chassis.storage.key_store import KeyStore
from chassis.storage.keyfile import KeyFile
from chassis.storage.keyserver import KeyServer
from chassis.storage.measured import measured
from chassis.storage.sealed import Sealed
from chassis.storage.stored_consent import NEVER, ConsentAnswer, StoredConsent

#: seconds that a process keeps a key in memory, unless the person is erased before
CACHED_S = 60.0
#: seconds between two looks whether a consent is still held
_LOOKS_EVERY_S = 0.02
_CACHED_MAX = 20_000
_PROBE_S = 5.0


class Keys:
    """Caches the keys of the store for a while. Raises `DependencyDown` when the store does not answer."""

    def __init__(self, store: KeyStore) -> None:
        self._store = store
        self._cached: dict[UUID, tuple[Key | None, float]] = {}

    @property
    def store(self) -> KeyStore:
        """Returns the store behind the cache."""
        return self._store

    async def find(self, persons: Collection[UUID]) -> dict[UUID, Key]:
        """Returns the keys of those persons who have one, to decrypt their messages."""
        return await self._get(persons, make=False)

    async def make(self, persons: Collection[UUID]) -> dict[UUID, Key]:
        """Returns the keys of some persons, made on first use, to encrypt their messages. An erased person has none."""
        return await self._get(persons, make=True)

    def forget(self, persons: Collection[UUID]) -> None:
        """Removes the keys of erased persons from the cache."""
        for person in persons:
            self._cached.pop(person, None)

    async def destroy(self, person: UUID) -> None:
        """Destroys a person's key, for ever."""
        self.forget([person])
        with _asked("destroy"):
            await self._store.destroy(person)
        self.forget([person])

    async def read_sealed(self, person: UUID, name: str) -> Sealed:
        """Returns what is kept beside a person's key under a name; never cached."""
        with _asked("other"):
            return await self._store.read_sealed(person, name)

    async def replace_sealed(self, person: UUID, name: str, content: bytes, known: UUID | None) -> UUID | None:
        """Stores content in place of what has the `known` mark, and returns its mark; None as in `KeyStore`."""
        mark = uuid4()
        with _asked("other"):
            return mark if await self._store.replace_sealed(person, name, content, known, mark) else None

    async def delete_sealed(self, person: UUID, name: str) -> None:
        """Deletes what is kept beside a person's key under a name."""
        with _asked("other"):
            await self._store.delete_sealed(person, name)

    async def read_consent(self, person: UUID, purpose: str, recipient: str) -> ConsentAnswer:
        """Returns what was decided last about a purpose and a recipient; never cached."""
        with _asked("consents"):
            return await self._store.read_consent(person, purpose, recipient)

    async def read_consents(self, persons: Collection[UUID], purpose: str) -> dict[tuple[UUID, str], ConsentAnswer]:
        """Returns what was decided last about a purpose, by person and recipient; never cached."""
        with _asked("consents"):
            return await self._store.read_consents(persons, purpose)

    @asynccontextmanager
    async def hold_consent(self, person: UUID, purpose: str, recipient: str) -> AsyncIterator[ConsentAnswer]:
        """Reads a consent and holds it: until the context ends, `is_unheld` is not True of it."""
        held = self._store.hold_consent(person, purpose, recipient)
        with _asked("consents"):
            answer = await held.__aenter__()
        try:
            yield answer
        finally:
            with suppress(Exception):  # a hold that is lost is over as well
                await held.__aexit__(None, None, None)

    async def is_unheld(self, person: UUID, purpose: str, recipient: str, *, within: float) -> bool:
        """Waits until nobody holds a consent; False if somebody still does after `within` seconds."""
        end = time.monotonic() + within
        with _asked("consents"):
            while await self._store.is_held(person, purpose, recipient):
                if time.monotonic() > end:
                    return False
                await asyncio.sleep(_LOOKS_EVERY_S)
        return True

    async def write_consent(self, consent: StoredConsent) -> bool:
        """Stores a decision; False as in `KeyStore`."""
        with _asked("decide"):
            return await self._store.write_consent(consent)

    async def consents(self, after: UUID, people: int) -> list[StoredConsent]:
        """Returns what was decided last about the next so many people, in the order of their ids."""
        with _asked("consents"):
            return await self._store.consents(after, people)

    async def erased(self) -> set[UUID]:
        """Returns everyone whose key was destroyed."""
        with _asked("other"):
            return await self._store.erased()

    async def forget_erased(self, persons: Collection[UUID]) -> None:
        """Forgets who was erased, once no backup can bring them back; whoever has a key keeps it."""
        with _asked("other"):
            await self._store.forget_erased(persons)

    async def close(self) -> None:
        """Closes the store."""
        await self._store.close()

    async def _get(self, persons: Collection[UUID], *, make: bool) -> dict[UUID, Key]:
        now = time.monotonic()
        cached = {p: self._cached[p][0] for p in persons if p in self._cached and self._cached[p][1] > now}
        missing = sorted(set(persons) - cached.keys())
        if missing:
            with _asked("read"):
                found = await self._store.read(missing)
            absent = [person for person in missing if person not in found]
            if make and absent:
                with _asked("create"):
                    found |= await self._store.make(absent)
            if len(self._cached) > _CACHED_MAX:
                self._cached.clear()
            for person in missing:
                self._cached.pop(person, None)
            self._cached |= {person: (key, now + CACHED_S) for person, key in found.items()}
            cached |= found
        return {person: key for person, key in cached.items() if key is not None}


@contextmanager
def _asked(operation: str) -> Iterator[None]:
    """Measures a call of the store. Raises `DependencyDown` where it does not answer."""
    try:
        with measured(metrics.KEY_SECONDS, operation):
            yield
    except Exception as error:
        raise as_dependency_error(error) from error


class _Nothing:
    async def read(self, persons: Collection[UUID]) -> dict[UUID, Key | None]:
        return {}

    make = read

    async def destroy(self, person: UUID) -> None:
        raise RuntimeError("who reads envelopes only has no key to destroy")

    async def read_sealed(self, person: UUID, name: str) -> Sealed:
        raise RuntimeError("who reads envelopes only has no vault")

    async def replace_sealed(self, person: UUID, name: str, content: bytes, known: UUID | None, mark: UUID) -> bool:
        raise RuntimeError("who reads envelopes only has no vault")

    async def delete_sealed(self, person: UUID, name: str) -> None:
        raise RuntimeError("who reads envelopes only has no vault")

    async def read_consent(self, person: UUID, purpose: str, recipient: str) -> ConsentAnswer:
        return NEVER

    async def read_consents(self, persons: Collection[UUID], purpose: str) -> dict[tuple[UUID, str], ConsentAnswer]:
        return {}

    def hold_consent(self, person: UUID, purpose: str, recipient: str) -> AbstractAsyncContextManager[ConsentAnswer]:
        return nullcontext(NEVER)

    async def is_held(self, person: UUID, purpose: str, recipient: str) -> bool:
        return False

    async def write_consent(self, consent: StoredConsent) -> bool:
        raise RuntimeError("who reads envelopes only decides nothing")

    async def consents(self, after: UUID, people: int) -> list[StoredConsent]:
        return []

    async def erased(self) -> set[UUID]:
        return set()

    async def forget_erased(self, persons: Collection[UUID]) -> None:
        raise RuntimeError("who reads envelopes only knows nobody who was erased")

    async def close(self) -> None:
        pass


#: for a process that reads only envelopes
NO_KEYS = Keys(_Nothing())


def keys_url(settings: Settings) -> str:
    """Returns the URL of the key store; by default a file in the data directory if the database is embedded.

    Raises `SettingsError` when there is none and the database is not embedded: all processes must share one.
    """
    if settings.keys_url is not None:
        return settings.keys_url
    if settings.database_url is not None:
        raise SettingsError(
            f"{PREFIX}KEYS_URL is required when {PREFIX}DATABASE_URL is set (file:/// or postgresql://)."
        )
    return own_keys_url(settings)


def own_keys_url(settings: Settings) -> str:
    """Returns the URL of the key file in the data directory."""
    return f"file://{settings.data_dir.absolute() / 'keys.sqlite'}"


def open_keys(url: str, *, erases: bool = False) -> Keys:
    """Opens the key store at `file:///path` or `postgresql://…` (a database of its own).

    `erases`: this process may destroy keys and list erased persons, which on a server needs a role of its own.
    """
    if url.startswith("file:"):
        return Keys(KeyFile(Path(urlsplit(url).path)))
    return Keys(KeyServer(url, erases=erases))


def as_dependency_error(error: Exception) -> Exception:
    away = is_outage(error) or isinstance(error, (OSError, TimeoutError, sqlite3.OperationalError))
    return DependencyDown("the key store", _PROBE_S) if away else error
