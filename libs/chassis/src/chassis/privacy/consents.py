"""Answers whether a person's data may be used for a purpose by a recipient: the one gate, asked again at each use."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from uuid import UUID

from chassis.privacy.law import ADULTS_ONLY, ALWAYS, RECIPIENTS, WANT_ZERO_RETENTION, Purpose, Recipient, is_pair
from chassis.settings import Settings
from chassis.storage.keys import Keys
from chassis.storage.stored_consent import NEVER, ConsentAnswer


class Consents:
    """Asks the consents that lie beside the keys. Nothing is cached: what is revoked is revoked everywhere at once."""

    def __init__(self, keys: Keys, zero_retention: Collection[Recipient] = ()) -> None:
        """Takes the recipients that have agreed with this installation to keep nothing (`zero_retention`)."""
        self._keys = keys
        self._zero_retention = frozenset(zero_retention)

    def is_ready(self, recipient: Recipient) -> bool:
        """Tells whether a child's data may go to a recipient at all."""
        return recipient not in WANT_ZERO_RETENTION or recipient in self._zero_retention

    async def allows(self, person: UUID, purpose: Purpose, recipient: Recipient, *, of_age: bool = False) -> bool:
        """Tells whether a use is allowed now. Raises `DependencyDown` when the store does not answer: that is no yes.

        `of_age`: the person is known to be of age, so that using Voxbus itself is their consent to it.
        """
        if (purpose, recipient) in ALWAYS:
            return True
        if not is_pair((purpose, recipient)):
            return False
        if of_age and recipient == "voxbus":
            return True
        return self._covers(await self._keys.read_consent(person, purpose, recipient), recipient)

    async def allowed(self, people: Collection[UUID], purpose: Purpose) -> Mapping[UUID, frozenset[Recipient]]:
        """Returns to whom what is theirs may go for a purpose, of each of some people: `allows`, asked once for all."""
        found = await self._keys.read_consents(people, purpose)
        return {
            person: frozenset(
                recipient
                for recipient in RECIPIENTS[purpose]
                if (purpose, recipient) in ALWAYS or self._covers(found.get((person, recipient), NEVER), recipient)
            )
            for person in people
        }

    @asynccontextmanager
    async def holding(self, person: UUID, purpose: Purpose, recipient: Recipient) -> AsyncIterator[bool]:
        """Tells as `allows` does; whoever takes the consent back meanwhile waits until the context ends."""
        if not is_pair((purpose, recipient)):
            yield False
            return
        async with self._keys.hold_consent(person, purpose, recipient) as found:
            yield (purpose, recipient) in ALWAYS or self._covers(found, recipient)

    def _covers(self, found: ConsentAnswer, recipient: Recipient) -> bool:
        return found.holds and (not found.child or (recipient not in ADULTS_ONLY and self.is_ready(recipient)))


def consents_of(settings: Settings, keys: Keys) -> Consents:
    """Returns the gate of an installation."""
    ready: dict[Recipient, bool] = {
        "openai": settings.openai_zero_retention,
        "anthropic": settings.anthropic_zero_retention,
        "gemini": settings.gemini_zero_retention,
    }
    return Consents(keys, [recipient for recipient, agreed in ready.items() if agreed])
