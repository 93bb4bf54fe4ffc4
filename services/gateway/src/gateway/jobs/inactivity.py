"""Erases people whose account nobody has used for as long as accounts are kept, a month after a mail has said so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Row

from chassis.delivery.retention_ages import last_day
from chassis.errors import Erased
from chassis.observe.logs import logger
from chassis.privacy.retention import RetentionClass
from chassis.storage.database import Database, Transaction
from chassis.storage.statement import Repeatable

#: time between the mail and the erasure
NOTICE = timedelta(days=30)
_ROWS = 100

# $1 day before which people of age were last active $2 the same of children $3 limit
_TO_WARN = Repeatable("""
SELECT a.person_id FROM person_activity AS a JOIN people AS p ON p.id = a.person_id
 WHERE CASE WHEN a.child THEN a.day < $2::date ELSE a.day < $1::date END
   AND NOT EXISTS (SELECT FROM inactive_people AS i WHERE i.person_id = a.person_id) AND 'admin' <> ALL(p.roles)
 ORDER BY a.person_id LIMIT $3
""")
# $1 person_id $2 now. No row: another gateway was faster, or the person is gone.
_WARN = """
INSERT INTO inactive_people (person_id, warned_at) SELECT id, $2::timestamptz FROM people WHERE id = $1
ON CONFLICT DO NOTHING RETURNING person_id
"""
# $1 person_id: the address of the account; else, for a child, those of its guardians
_ADDRESSES = """
SELECT id AS person_id, email, language FROM people WHERE id = $1 AND email IS NOT NULL
 UNION ALL
SELECT g.id, g.email, g.language FROM guardians AS l JOIN people AS g ON g.id = l.guardian_id
 WHERE l.person_id = $1 AND g.email IS NOT NULL AND NOT EXISTS (SELECT FROM people WHERE id = $1 AND email IS NOT NULL)
 ORDER BY person_id
"""
# $1 and $2 days as in _TO_WARN, later ones: who was active since they were told
_FORGET_WARNINGS = """
DELETE FROM inactive_people AS i USING person_activity AS a
 WHERE a.person_id = i.person_id AND CASE WHEN a.child THEN a.day >= $2::date ELSE a.day >= $1::date END
"""
# $1 and $2 days $3 until when they were told $4 limit. Whoever has signed in since is left alone, although the day is
# not noted yet; and so are admins, whom an operator erases.
_TO_ERASE = """
SELECT a.person_id FROM person_activity AS a
  JOIN inactive_people AS i ON i.person_id = a.person_id JOIN people AS p ON p.id = a.person_id
 WHERE CASE WHEN a.child THEN a.day < $2::date ELSE a.day < $1::date END AND i.warned_at <= $3::timestamptz
   AND NOT EXISTS (SELECT FROM sessions AS s WHERE s.person_id = a.person_id
                      AND (s.last_used_at AT TIME ZONE 'UTC')::date > a.day)
   AND 'admin' <> ALL(p.roles)
 ORDER BY a.person_id LIMIT $4
"""

_log = logger(__name__)


class Mail(Protocol):
    """Describes what asks for a mail."""

    async def __call__(self, tx: Transaction, person: UUID, to: str, language: str) -> None:
        """Asks for the mail to one address, in the caller's transaction."""


class Inactivity:
    """Tells and erases people who do not use their accounts. Safe on several gateways at once."""

    def __init__(
        self,
        database: Database,
        period: RetentionClass,
        mail: Mail,
        erase: Callable[[UUID], Awaitable[object]],
        now: Callable[[], Awaitable[datetime]],
    ) -> None:
        """Takes the `period` of the class of accounts; `erase` does what `DELETE /me` does."""
        self._database = database
        self._keep = period.keep
        self._keep_child = period.child or period.keep
        self._mail = mail
        self._erase = erase
        self._now = now

    async def once(self) -> None:
        """Forgets who has come back, tells who is about to go, and erases whose time is over."""
        now = await self._now()
        about_to_go = self._days(now + NOTICE)
        await self._database.fetch(_FORGET_WARNINGS, *about_to_go)
        while rows := await self._database.fetch(_TO_WARN, *about_to_go, _ROWS):
            for row in rows:
                await self._warn(row.person_id, now)
        while rows := await self._database.fetch(_TO_ERASE, *self._days(now), now - NOTICE, _ROWS):
            for row in rows:
                await self._erase(row.person_id)
                _log.info("an account that nobody used is erased")

    def _days(self, moment: datetime) -> tuple[object, object]:
        return last_day(moment, self._keep), last_day(moment, self._keep_child)

    async def _warn(self, person: UUID, now: datetime) -> None:
        async with self._database.transaction() as tx:
            if not await tx.fetch(_WARN, person, now):
                return
            addresses: Sequence[Row[Any]] = await tx.fetch(_ADDRESSES, person)
            for each in addresses:
                await self._tell(tx, each)
            if not addresses:
                _log.info("an account that nobody uses has no address to tell")

    async def _tell(self, tx: Transaction, to: Row[Any]) -> None:
        try:
            await self._mail(tx, to.person_id, to.email, to.language)
        except Erased:  # a guardian who is being erased
            _log.info("no mail is sent to somebody who is being erased")
