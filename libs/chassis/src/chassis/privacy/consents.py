"""Answers whether a person's data may be used for a purpose by a recipient: the one gate, asked again at each use."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from chassis.errors import DependencyDown
from chassis.observe.logs import logger
from chassis.privacy.law import ALWAYS, WANT_ZERO_RETENTION, Purpose, Recipient, is_pair
from chassis.settings import Settings
from chassis.storage.keys import Keys

_log = logger(__name__)


class Consents:
    """Asks the consents that lie beside the keys. Nothing is cached: what is revoked is revoked everywhere at once."""

    def __init__(self, keys: Keys, zero_retention: Collection[Recipient] = ()) -> None:
        """Takes the recipients that have agreed with this installation to keep nothing (`zero_retention`)."""
        self._keys = keys
        self._zero_retention = frozenset(zero_retention)

    def is_ready(self, recipient: Recipient) -> bool:
        """Tells whether a child's data may go to a recipient at all."""
        return recipient not in WANT_ZERO_RETENTION or recipient in self._zero_retention

    async def ask(self, person: UUID, purpose: Purpose, recipient: Recipient, *, of_age: bool = False) -> bool:
        """Tells whether a use is allowed now. Raises `DependencyDown` when the store does not answer.

        `of_age`: the person is known to be of age, so that using Voxbus itself is their consent to it.
        """
        if (purpose, recipient) in ALWAYS:
            return True
        if not is_pair((purpose, recipient)):
            return False
        if of_age and recipient == "voxbus":
            return True
        found = await self._keys.read_consent(person, purpose, recipient)
        return found.holds and (not found.child or self.is_ready(recipient))

    async def allows(self, person: UUID, purpose: Purpose, recipient: Recipient, *, of_age: bool = False) -> bool:
        """Tells as `ask` does whether a use is allowed now; not when the store does not answer."""
        try:
            return await self.ask(person, purpose, recipient, of_age=of_age)
        except DependencyDown:
            _log.warning("consent is not known, so it is taken as no", purpose=purpose, recipient=recipient)
            return False


def consents_of(settings: Settings, keys: Keys) -> Consents:
    """Returns the gate of an installation."""
    ready: dict[Recipient, bool] = {
        "openai": settings.openai_zero_retention,
        "anthropic": settings.anthropic_zero_retention,
        "gemini": settings.gemini_zero_retention,
    }
    return Consents(keys, [recipient for recipient, agreed in ready.items() if agreed])
