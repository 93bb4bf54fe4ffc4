"""Notes on which day each person was last active, and tells the services, which keep their data from then on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.delivery.message_keys import encryption_keys
from chassis.delivery.outbox import insert_outbox, to_outbox_uncaused
from chassis.errors import Erased
from chassis.observe.logs import logger
from chassis.privacy.ages import Ages, Born
from chassis.privacy.law import CEILING, FLOOR
from chassis.storage.database import Database, Transaction
from chassis.storage.keys import Keys
from chassis.storage.person_lock import SHARE_PEOPLE
from chassis.storage.statement import Repeatable
from contracts.common import PersonActive
from gateway.jobs import statements
from gateway.jobs.event_log.plan import SOURCE

_ROWS = 1_000
_PEOPLE = "p.id, p.birth_date, p.country, p.time_zone"

# $1 limit. People who were active on a later day than the one that is noted, or of whom none is: of those the newest
# job and sign-in count, too, since a session's row goes a month after its end. A request by a token is noted in its
# session to a quarter of an hour.
_NEWLY_ACTIVE = Repeatable(f"""
SELECT {_PEOPLE}, (active.at AT TIME ZONE 'UTC')::date AS day
  FROM people AS p
  JOIN (SELECT s.person_id, max(s.last_used_at) AS at
          FROM sessions AS s JOIN person_activity AS a ON a.person_id = s.person_id
         WHERE s.last_used_at >= (a.day + 1)::timestamp AT TIME ZONE 'UTC' GROUP BY s.person_id
         UNION ALL
        SELECT n.id, greatest(n.created_at,
                              (SELECT max(last_used_at) FROM sessions WHERE person_id = n.id),
                              (SELECT created_at FROM jobs WHERE person_id = n.id ORDER BY id DESC LIMIT 1),
                              (SELECT time FROM security_events
                                WHERE person_id = n.id AND event = 'signed_in' ORDER BY id DESC LIMIT 1))
          FROM (SELECT id, created_at FROM people AS p
                 WHERE NOT EXISTS (SELECT FROM person_activity WHERE person_id = p.id) ORDER BY id LIMIT $1) AS n
       ) AS active
    ON active.person_id = p.id
 ORDER BY p.id LIMIT $1
""")
# $1 today $2 an id $3 limit. People who may count as a child where they did not, or no more: sure of nobody between the
# least and the highest age that a country can set.
_DOUBTFUL = Repeatable(f"""
SELECT {_PEOPLE}, a.day, a.child FROM person_activity AS a JOIN people AS p ON p.id = a.person_id
 WHERE p.id > $2
   AND CASE WHEN p.birth_date IS NULL OR p.birth_date > $1::date - interval '{FLOOR} years' THEN NOT a.child
            WHEN p.birth_date <= $1::date - interval '{CEILING + 1} years' THEN a.child
            ELSE true END
 ORDER BY p.id LIMIT $3
""")
# $1 persons $2 days $3 whether they are children, sorted by person. No row: what is noted is newer, or nobody is there.
_NOTE = """
INSERT INTO person_activity AS a (person_id, day, child, noted_at)
SELECT n.person_id, n.day, n.child, now() FROM unnest($1::uuid[], $2::date[], $3::bool[]) AS n(person_id, day, child)
  JOIN people AS p ON p.id = n.person_id ORDER BY n.person_id
ON CONFLICT (person_id) DO UPDATE SET day = greatest(a.day, excluded.day), child = excluded.child, noted_at = now()
 WHERE (a.day, a.child) IS DISTINCT FROM (greatest(a.day, excluded.day), excluded.child)
RETURNING person_id, day, child, noted_at
"""

_log = logger(__name__)


async def moment_of(database: Database) -> datetime:
    """Returns the moment, by the database's clock."""
    [[now]] = await database.fetch("SELECT now() AS now")
    moment: datetime = now
    return moment


class Activity:
    """Notes who was active. Safe on several gateways at once: a day is told by the one that notes it."""

    def __init__(self, database: Database, keys: Keys, ages: Ages, now: Callable[[], Awaitable[datetime]]) -> None:
        self._database = database
        self._keys = keys
        self._ages = ages
        self._now = now

    async def note(self) -> int:
        """Notes and tells who was active since the last time, or counts as a child since; returns how many."""
        now, told = await self._now(), 0
        while rows := await self._database.fetch(_NEWLY_ACTIVE, _ROWS):
            noted = await self._note(rows, now)
            told += noted
            if len(rows) < _ROWS or not noted:
                break
        last = UUID(int=0)
        while rows := await self._database.fetch(_DOUBTFUL, now.astimezone(UTC).date(), last, _ROWS):
            last = rows[-1].id
            told += await self._note([row for row in rows if self._is_child(row, now) != row.child], now)
        return told

    async def _note(self, rows: Sequence[Row[Any]], now: datetime) -> int:
        if not rows:
            return 0
        people = [(row.id, row.day, self._is_child(row, now)) for row in rows]
        try:
            return await self._note_all(people)
        except Erased as erased:  # since they were read: their rows go in a moment
            _log.info("somebody was erased meanwhile", persons=len(erased.persons))
            return await self._note_all([each for each in people if each[0] not in erased.persons])

    async def _note_all(self, people: Sequence[tuple[UUID, date, bool]]) -> int:
        async with self._database.transaction() as tx:
            await tx.fetch(SHARE_PEOPLE, [str(person) for person, _, _ in people])
            noted = await tx.fetch(_NOTE, *map(list, zip(*people, strict=True))) if people else ()
            await self._tell(tx, noted)
        return len(noted)

    async def _tell(self, tx: Transaction, noted: Sequence[Row[Any]]) -> None:
        facts = [PersonActive(person_id=row.person_id, day=row.day, child=row.child, at=row.noted_at) for row in noted]
        keys = await encryption_keys(self._keys, [(fact, fact.person_id) for fact in facts])
        messages = [
            to_outbox_uncaused(fact, source=SOURCE, job_id=None, person_id=fact.person_id, key=keys.get(fact.person_id))
            for fact in facts
        ]
        await insert_outbox(tx, messages)
        await tx.fetch(statements.DUE_NOW, [message.envelope.id for message in messages])

    def _is_child(self, row: Row[Any], now: datetime) -> bool:
        return self._ages.band(Born(row.birth_date, row.country, row.time_zone), now) != "of_age"
