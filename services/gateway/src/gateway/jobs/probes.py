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
# $1 moment before which they were made $2 limit
_TO_ERASE = f"""
SELECT id FROM people WHERE email LIKE '%@{PROBE_DOMAIN}' AND created_at < $1::timestamptz AND 'admin' <> ALL(roles)
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
        """Erases those whose time is over."""
        before = await self._now() - self._keep
        while rows := await self._database.fetch(_TO_ERASE, before, _ROWS):
            for row in rows:
                await self._erase(row.id)
                _log.info("the account of a probe is erased")
