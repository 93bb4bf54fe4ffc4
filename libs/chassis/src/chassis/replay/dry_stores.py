"""Implements stores of keys and of media that read what there is, and keep what is written in memory until the end."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from hashlib import sha256
from uuid import UUID

from chassis.message.crypto import Key, new_key
from chassis.storage.key_store import KeyStore
from chassis.storage.keys import Keys
from chassis.storage.media import Media
from chassis.storage.sealed import Sealed
from chassis.storage.stored_consent import ConsentAnswer, StoredConsent
from contracts.base import Ref


class DryKeyStore:
    """Implements `KeyStore`: a person without a key gets one for this process, and nothing else is written."""

    def __init__(self, behind: KeyStore) -> None:
        self._behind = behind
        self._made: dict[UUID, Key | None] = {}

    async def read(self, persons: Collection[UUID]) -> dict[UUID, Key | None]:
        """Returns the keys of some persons."""
        return {p: key for p, key in self._made.items() if p in persons} | await self._behind.read(persons)

    async def make(self, persons: Collection[UUID]) -> dict[UUID, Key | None]:
        """Returns the keys of some persons, and makes the missing ones for this process."""
        found = await self.read(persons)
        for person in persons:
            if person not in found:
                found[person] = self._made[person] = new_key()
        return found

    async def destroy(self, person: UUID) -> None:
        """Forgets the key in this process."""
        self._made[person] = None

    async def read_sealed(self, person: UUID, name: str) -> Sealed:
        """Returns what is kept beside a person's key under a name."""
        return await self._behind.read_sealed(person, name)

    async def replace_sealed(self, person: UUID, name: str, content: bytes, known: UUID | None, mark: UUID) -> bool:
        """Says that it was stored."""
        return True

    async def delete_sealed(self, person: UUID, name: str) -> None:
        """Does nothing."""

    async def read_consent(self, person: UUID, purpose: str, recipient: str) -> ConsentAnswer:
        """Returns what was decided last."""
        return await self._behind.read_consent(person, purpose, recipient)

    async def read_consents(self, persons: Collection[UUID], purpose: str) -> dict[tuple[UUID, str], ConsentAnswer]:
        """Returns what was decided last about a purpose."""
        return await self._behind.read_consents(persons, purpose)

    def hold_consent(self, person: UUID, purpose: str, recipient: str) -> AbstractAsyncContextManager[ConsentAnswer]:
        """Holds a consent, and then reads it."""
        return self._behind.hold_consent(person, purpose, recipient)

    async def is_held(self, person: UUID, purpose: str, recipient: str) -> bool:
        """Tells whether anybody holds a consent."""
        return await self._behind.is_held(person, purpose, recipient)

    async def write_consent(self, consent: StoredConsent) -> bool:
        """Says that it was stored."""
        return True

    async def consents(self, after: UUID, people: int) -> list[StoredConsent]:
        """Returns what was decided last about the next so many people."""
        return await self._behind.consents(after, people)

    async def erased(self) -> set[UUID]:
        """Returns everyone whose key was destroyed."""
        return await self._behind.erased()

    async def forget_erased(self, persons: Collection[UUID]) -> None:
        """Does nothing."""

    async def close(self) -> None:
        """Closes the store."""
        await self._behind.close()


def dry_keys(keys: Keys) -> Keys:
    """Returns keys of the same store, to which nothing is written."""
    return Keys(DryKeyStore(keys.store))


class DryMedia(Media):
    """Reads objects, and keeps those that are written in memory."""

    def __init__(self, behind: Media) -> None:
        self._behind = behind
        self._written: dict[str, bytes] = {}

    @property
    def folder(self) -> None:
        """Returns None: a folder would be measured and swept."""
        return None

    async def write(self, key: str, data: bytes, media_type: str) -> Ref:
        """Keeps an object in memory."""
        self._written[key] = data
        return Ref(key=key, media_type=media_type, size=len(data), sha256=sha256(data).hexdigest())

    async def read_key(self, key: str) -> bytes:
        """Returns the bytes of an object."""
        return self._written[key] if key in self._written else await self._behind.read_key(key)

    async def delete(self, keys: list[str]) -> None:
        """Does nothing."""
