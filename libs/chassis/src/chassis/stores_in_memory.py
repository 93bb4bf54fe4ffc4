"""Keeps keys and the erasure ledger in memory, for tests and benches: they end with the process."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from uuid import UUID

from chassis.errors import DependencyDown
from chassis.message.crypto import Key, new_key
from chassis.storage.sealed import Sealed
from chassis.storage.stored_consent import NEVER, ConsentAnswer, StoredConsent


class LedgerInMemory:
    """Implements an erasure ledger that ends with the test."""

    def __init__(self) -> None:
        self.erased: dict[UUID, datetime] = {}
        self.away = False

    async def check(self) -> None:
        """Does nothing: memory can be written to."""

    async def exists(self) -> bool:
        """Tells that there is one."""
        return True

    async def append(self, persons: Collection[UUID]) -> None:
        """Writes persons, unless the ledger is away."""
        if self.away:
            raise DependencyDown("the erasure ledger")
        for person in persons:
            self.erased.setdefault(person, datetime.now(UTC))

    async def remove(self, persons: Collection[UUID]) -> None:
        """Removes persons."""
        for person in persons:
            self.erased.pop(person, None)

    async def read(self) -> dict[UUID, datetime]:
        """Returns everyone in it, and when they were erased."""
        return dict(self.erased)


class KeysInMemory:
    """Implements a key store that ends with the test."""

    def __init__(self) -> None:
        self.keys: dict[UUID, Key | None] = {}
        self.sealed: dict[tuple[UUID, str], tuple[bytes, UUID]] = {}
        self.decided: dict[tuple[UUID, str, str], StoredConsent] = {}
        self.held: Counter[tuple[UUID, str, str]] = Counter()
        self.now: Callable[[], float] = time.time

    async def read(self, persons: Collection[UUID]) -> dict[UUID, Key | None]:
        """Returns the keys of some persons."""
        return {person: self.keys[person] for person in persons if person in self.keys}

    async def make(self, persons: Collection[UUID]) -> dict[UUID, Key | None]:
        """Returns the keys of some persons, and makes the missing ones."""
        return {person: self.keys.setdefault(person, new_key()) for person in persons}

    async def destroy(self, person: UUID) -> None:
        """Destroys a person's key, and what is kept beside it."""
        self.keys[person] = None
        self.sealed = {each: kept for each, kept in self.sealed.items() if each[0] != person}
        self.decided = {each: kept for each, kept in self.decided.items() if each[0] != person}

    async def read_sealed(self, person: UUID, name: str) -> Sealed:
        """Returns what is kept beside a person's key under a name."""
        content, mark = self.sealed.get((person, name), (None, None))
        return Sealed(content, mark, self.now())

    async def replace_sealed(self, person: UUID, name: str, content: bytes, known: UUID | None, mark: UUID) -> bool:
        """Stores content in place of what has the `known` mark."""
        _, stands = self.sealed.get((person, name), (None, None))
        if self.keys.get(person) is None or stands != known:
            return False
        self.sealed[person, name] = content, mark
        return True

    async def delete_sealed(self, person: UUID, name: str) -> None:
        """Deletes what is kept beside a person's key under a name."""
        self.sealed.pop((person, name), None)

    async def read_consent(self, person: UUID, purpose: str, recipient: str) -> ConsentAnswer:
        """Returns what was decided last about a purpose and a recipient."""
        found = self.decided.get((person, purpose, recipient))
        if found is None:
            return NEVER
        in_time = found.until is None or found.until.timestamp() > self.now()
        return ConsentAnswer(found.number, found.granted and in_time, found.child)

    async def read_consents(self, persons: Collection[UUID], purpose: str) -> dict[tuple[UUID, str], ConsentAnswer]:
        """Returns what was decided last about a purpose, by person and recipient."""
        about = [each for each in self.decided if each[0] in persons and each[1] == purpose]
        return {(each[0], each[2]): await self.read_consent(*each) for each in about}

    @asynccontextmanager
    async def hold_consent(self, person: UUID, purpose: str, recipient: str) -> AsyncIterator[ConsentAnswer]:
        """Holds a consent, and then reads it."""
        self.held[person, purpose, recipient] += 1
        try:
            yield await self.read_consent(person, purpose, recipient)
        finally:
            self.held[person, purpose, recipient] -= 1

    async def is_held(self, person: UUID, purpose: str, recipient: str) -> bool:
        """Tells whether anybody holds a consent."""
        return self.held[person, purpose, recipient] > 0

    async def write_consent(self, consent: StoredConsent) -> bool:
        """Stores a decision in place of the one before."""
        about = (consent.person, consent.purpose, consent.recipient)
        before = self.decided.get(about)
        same = before is not None and (before.number, before.granted) == (consent.number, consent.granted)
        if self.keys.get(consent.person) is None or (before and before.number >= consent.number and not same):
            return False
        self.decided[about] = consent
        return True

    async def consents(self, after: UUID, people: int) -> list[StoredConsent]:
        """Returns what was decided last about the next so many people, in the order of their ids."""
        wanted = sorted({person for person, *_ in self.decided if person > after})[:people]
        return [self.decided[each] for each in sorted(self.decided) if each[0] in wanted]

    async def erased(self) -> set[UUID]:
        """Returns everyone whose key was destroyed."""
        return {person for person, key in self.keys.items() if key is None}

    async def forget_erased(self, persons: Collection[UUID]) -> None:
        """Forgets those of these persons whose key was destroyed."""
        for person in await self.erased() & set(persons):
            del self.keys[person]

    async def close(self) -> None:
        """Does nothing: no resource is held."""


@cache
def keys_beside(database_url: str) -> KeysInMemory:
    """Returns the key store of a database, which outlives the processes on it: a gateway refuses to start without."""
    return KeysInMemory()
