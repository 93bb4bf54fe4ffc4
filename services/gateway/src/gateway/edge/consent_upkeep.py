"""Does by the hour what follows for consents from the passing of time alone."""

from __future__ import annotations

from chassis.loops import every
from chassis.observe.health import Pulse
from chassis.storage.database import Database
from chassis.storage.keys import Keys
from gateway.consents.notices import Notices
from gateway.edge.reconcile import reconcile
from gateway.edge.signed_forms import expire

_HOURLY_S = 3600.0
_AGAIN_S = 30.0


class ConsentUpkeep:
    """Deletes signed forms that nobody has decided about, and takes back what only one of the records knows."""

    def __init__(self, database: Database, keys: Keys, notices: Notices) -> None:
        self._database = database
        self._keys = keys
        self._notices = notices

    async def run(self, pulse: Pulse) -> None:
        """Does it every hour until cancelled."""
        await every(_HOURLY_S, self.keep, pulse, again=_AGAIN_S)

    async def keep(self) -> None:
        """Does it once. Raises `Retryable` when it is to be done again soon."""
        await expire(self._database, self._keys)
        await reconcile(self._database, self._keys, self._notices)
