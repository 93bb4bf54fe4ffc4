"""Does by the hour what follows for consents from the passing of time alone."""

from __future__ import annotations

from chassis.loops import every
from chassis.observe.health import Pulse
from chassis.storage.database import Database
from chassis.storage.keys import Keys
from gateway.consents.notices import Notices
from gateway.edge.coming_of_age import ComingOfAge
from gateway.edge.reconcile import reconcile
from gateway.edge.signed_forms import expire

_HOURLY_S = 3600.0
_AGAIN_S = 30.0


class ConsentUpkeep:
    """Follows children who come of age, deletes forms that nobody has decided about, and compares both records."""

    def __init__(self, database: Database, keys: Keys, notices: Notices, coming_of_age: ComingOfAge) -> None:
        self._database = database
        self._keys = keys
        self._notices = notices
        self._coming_of_age = coming_of_age

    async def run(self, pulse: Pulse) -> None:
        """Does it every hour until cancelled."""
        await every(_HOURLY_S, self.keep, pulse, again=_AGAIN_S)

    async def keep(self) -> None:
        """Does it once. Raises `Retryable` when it is to be done again soon."""
        await self._coming_of_age.follow()
        await expire(self._database, self._keys)
        await reconcile(self._database, self._keys, self._notices)
