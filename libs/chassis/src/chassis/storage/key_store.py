"""Describes a store of persons' keys, and of what is sealed with them."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import UUID

from chassis.message.crypto import Key
from chassis.storage.sealed import Sealed
from chassis.storage.stored_consent import ConsentAnswer, StoredConsent


class KeyStore(Protocol):
    """Stores keys. In every result None stands for an erased person; a person who never had a key is left out."""

    async def read(self, persons: Collection[UUID]) -> dict[UUID, Key | None]:
        """Returns the keys of some persons."""

    async def make(self, persons: Collection[UUID]) -> dict[UUID, Key | None]:
        """Returns the keys of some persons, and makes the missing ones durable. The first writer wins."""

    async def destroy(self, person: UUID) -> None:
        """Destroys a person's key for ever, also that of a person who never had one, and what is kept beside it."""

    async def read_sealed(self, person: UUID, name: str) -> Sealed:
        """Returns what is kept beside a person's key under a name."""

    async def replace_sealed(self, person: UUID, name: str, content: bytes, known: UUID | None, mark: UUID) -> bool:
        """Stores content with a new mark, if what stands there has the `known` one (None: if nothing does).

        False where something else stands there, and for whoever has no key.
        """

    async def delete_sealed(self, person: UUID, name: str) -> None:
        """Deletes what is kept beside a person's key under a name."""

    async def read_consent(self, person: UUID, purpose: str, recipient: str) -> ConsentAnswer:
        """Returns what was decided last about a purpose and a recipient, by the store's clock."""

    async def read_consents(self, persons: Collection[UUID], purpose: str) -> dict[tuple[UUID, str], ConsentAnswer]:
        """Returns what was decided last about a purpose, by person and recipient; without entry: nothing ever."""

    def hold_consent(self, person: UUID, purpose: str, recipient: str) -> AbstractAsyncContextManager[ConsentAnswer]:
        """Holds a consent, and then reads it. Several may hold one. It ends with the context or with the process."""

    async def is_held(self, person: UUID, purpose: str, recipient: str) -> bool:
        """Tells whether anybody holds a consent at this moment, a process that stands still included."""

    async def write_consent(self, consent: StoredConsent) -> bool:
        """Stores a decision in place of one with a lower number; the same one again changes nothing.

        False where a later one stands, and for whoever has no key.
        """

    async def consents(self, after: UUID, people: int) -> list[StoredConsent]:
        """Returns what was decided last about the next so many people, in the order of their ids."""

    async def erased(self) -> set[UUID]:
        """Returns everyone whose key was destroyed, and who was not forgotten since."""

    async def forget_erased(self, persons: Collection[UUID]) -> None:
        """Forgets that the keys of these persons were destroyed; whoever has a key keeps it."""

    async def close(self) -> None:
        """Closes files and connections."""
