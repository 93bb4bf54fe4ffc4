"""Forgets who was erased, in ledger, database and key store together, once no backup can bring them back.

The log's events of them stay, so each of its rows is marked first: they are shown without data, and never replayed.
The ledger goes last and says who is due: where a crash leaves it alone, the next round goes on from it, and a start in
between only erases nobody once more.
"""

from __future__ import annotations

from datetime import datetime

from chassis.delivery.retention import Deleted
from chassis.delivery.retention_statements import BATCH
from chassis.storage.database import Database
from chassis.storage.erasure_ledger import ErasureLedger
from chassis.storage.keys import Keys
from gateway.jobs import erasure_statements as statements


class Tombstones:
    """Forgets the erased. Whose erasure has not ended is remembered, whenever it began."""

    def __init__(self, database: Database, keys: Keys, ledger: ErasureLedger) -> None:
        self._database = database
        self._keys = keys
        self._ledger = ledger

    async def oldest(self) -> datetime | None:
        """Returns when the first was erased who is still remembered."""
        return min((await self._ledger.read()).values(), default=None)

    async def delete(self, until: datetime) -> Deleted:
        """Forgets whoever was erased by then."""
        known = await self._ledger.read()
        due = sorted(person for person, at in known.items() if at <= until)
        still_open = {row.person_id for row in await self._database.fetch(statements.OPEN_AMONG, due)}
        gone = [person for person in due if person not in still_open]
        for start in range(0, len(gone), BATCH):
            some = gone[start : start + BATCH]
            while len(await self._database.fetch(statements.MARK_ERASED, some, BATCH)) == BATCH:
                pass
            await self._keys.forget_erased(some)
            await self._database.fetch(statements.FORGET_ERASED, some)
            await self._ledger.remove(some)
        return Deleted(len(gone), min((known[person] for person in gone), default=None))
