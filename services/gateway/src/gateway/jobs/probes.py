"""Erases the accounts by which synthetic attempts are made, once their day is over, with all that was done by them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from chassis.observe.logs import logger
from chassis.privacy.retention import RetentionClass
from chassis.storage.database import Database

#: of their addresses: nobody can have a mailbox there (RFC 2606), so nobody's account is taken for one
PROBE_DOMAIN = "probe.invalid"
_ROWS = 100
# $1 moment before which they were made $2 limit $3 the last that was looked at
_TO_ERASE = f"""
SELECT id FROM people WHERE email LIKE '%@{PROBE_DOMAIN}' AND created_at < $1::timestamptz AND 'admin' <> ALL(roles)
   AND id > $3::uuid
 ORDER BY id LIMIT $2
"""

_log = logger(__name__)


def is_probe(email: str | None) -> bool:
    """Tells whether an address is that of a probe."""
    return email is not None and email.endswith(f"@{PROBE_DOMAIN}")


class Probes:
    """Erases what probes did. Safe on several gateways at once."""

    def __init__(
        self,
        database: Database,
        period: RetentionClass,
        erase: Callable[[UUID], Awaitable[object]],
        now: Callable[[], Awaitable[datetime]],
    ) -> None:
        """Takes the `period` of the class of probes; `erase` does what `DELETE /me` does."""
        self._database = database
        self._keep = period.keep
        self._erase = erase
        self._now = now

    async def once(self) -> None:
        """Erases those whose time is over, each tried once: whoever is still there is looked at the next time."""
        before, last = await self._now() - self._keep, UUID(int=0)
        while rows := await self._database.fetch(_TO_ERASE, before, _ROWS, last):
            for row in rows:
                last = row.id
                await self._erase(last)
                _log.info("the account of a probe is erased")
