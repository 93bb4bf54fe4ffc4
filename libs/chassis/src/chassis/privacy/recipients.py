"""Remembers to whom outside something of a person may have gone, so that an erasure names each of them."""

from __future__ import annotations

from uuid import UUID

from chassis.errors import DependencyDown
from chassis.privacy.law import Recipient
from chassis.storage.database import Database
from chassis.storage.errors import is_outage
from chassis.storage.statement import Repeatable

#: notes that a process remembers; beyond them it begins anew, and writes some again to no effect
_ROOM = 50_000
# $1 person $2 recipient $3 with a key of their own; it writes nothing while the call's person is being erased
_NOTE = Repeatable("""
INSERT INTO recipients (person_id, recipient, own_key)
SELECT $1::uuid, $2::text, $3::boolean WHERE NOT EXISTS (SELECT FROM erased_people WHERE person_id = $1)
ON CONFLICT DO NOTHING
""")


class Recipients:
    """Notes each recipient of a person once, in the service's table `recipients`; nothing of what they get.

    Rows go with the person alone, so a process writes each once, and asks nothing before the other calls.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: set[tuple[UUID, Recipient, bool]] = set()

    def has(self, person: UUID, recipient: Recipient, *, own_key: bool) -> bool:
        """Tells whether this process knows that it is noted."""
        return (person, recipient, own_key) in self._noted

    async def note(self, person: UUID, recipient: Recipient, *, own_key: bool) -> None:
        """Notes a recipient; once this returns it stays noted, unless its person is being erased.

        `own_key`: the call is made with a key of the person's own. Raises `DependencyDown` when the database does not
        answer: then nothing may go out.
        """
        if self.has(person, recipient, own_key=own_key):
            return
        try:
            await self._database.fetch(_NOTE, person, recipient, own_key)
        except Exception as error:
            if not is_outage(error):
                raise
            raise DependencyDown("the database") from None
        if len(self._noted) >= _ROOM:
            self._noted.clear()
        self._noted.add((person, recipient, own_key))
