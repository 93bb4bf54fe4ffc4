"""Tells the other services of accounts of which they do not know what is told of accounts by now.

That is each account of before a release that tells more, and who has become of age or 18 since. `account_changes.tell`
notes what was told; so each is told of once, however many gateways look.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from chassis.errors import Erased
from chassis.observe.logs import logger
from chassis.privacy.ages import Ages, Born
from chassis.privacy.law import FLOOR
from chassis.storage.database import Database
from chassis.storage.keys import Keys
from chassis.storage.statement import Repeatable
from gateway.edge.account_changes import TOLD_OF_GROWN_UPS, tell, told_of
from gateway.edge.auth import accounts
from gateway.edge.auth.sessions import begin_with

_PEOPLE_AT_ONCE = 200
# $1 an id $2 what is noted of grown-ups $3 limit. Who is known to be grown up, by the release of today, is left out; so
# are those who are too young for anything to have changed.
_DOUBTFUL = Repeatable(f"""
SELECT p.id, p.birth_date, p.country, p.time_zone, p.told FROM people AS p
 WHERE p.id > $1 AND p.told IS DISTINCT FROM $2
   AND (p.told IS NULL OR left(p.told, strpos(p.told, ' ')) <> left($2, strpos($2, ' '))
        OR p.birth_date <= (now() + interval '1 day')::date - interval '{FLOOR} years')
 ORDER BY p.id LIMIT $3
""")

_log = logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountNews:
    """Looks for accounts that are to be told of."""

    database: Database
    keys: Keys
    ages: Ages
    clock: Callable[[], datetime]
    beat: Callable[[], None] = lambda: None

    async def once(self) -> int:
        """Looks at all accounts once, and returns of how many it has told. Raises `DependencyDown`."""
        number, after = 0, UUID(int=0)
        while rows := await self.database.fetch(_DOUBTFUL, after, TOLD_OF_GROWN_UPS, _PEOPLE_AT_ONCE):
            for row in rows:
                self.beat()
                if row.told != told_of(self.ages, Born(row.birth_date, row.country, row.time_zone), self.clock()):
                    with suppress(Erased):
                        await self._tell(row.id)
                        number += 1
            after = rows[-1].id
        if number:
            _log.info("accounts were told of once more", accounts=number)
        return number

    async def _tell(self, person: UUID) -> None:
        async with self.database.transaction(partial(begin_with, person)) as tx:
            account = await accounts.lock(tx, person)
            if account is not None:
                await tell(self.keys, self.ages, self.clock(), tx, account, again=False)
