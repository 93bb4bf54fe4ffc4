"""Tells children and guardians before a child comes of age, and ends on that day what guardians are to the child."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.errors import Erased
from chassis.privacy.ages import Ages
from chassis.privacy.law import FLOOR
from chassis.storage.database import Database
from chassis.storage.keys import Keys
from contracts.gateway import ComesOfAge
from gateway.consents import decisions, evidence, forms, guardians
from gateway.edge.auth import accounts
from gateway.edge.auth.sessions import begin_with
from gateway.edge.auth.tokens import ISSUER
from gateway.edge.mail import Mails
from gateway.edge.security_events import SecurityEvent, record
from gateway.jobs.facts import emit

#: how long before the day children and guardians are told
TOLD_BEFORE = timedelta(days=14)
_PEOPLE_AT_ONCE = 500
#: who was born later is younger than every age of consent for longer than `TOLD_BEFORE`
_BORN_BEFORE = timedelta(days=FLOOR * 365 - 30)


@dataclass(frozen=True, kw_only=True, slots=True)
class ComingOfAge:
    """Follows the ages of children who have a guardian."""

    database: Database
    keys: Keys
    mails: Mails
    ages: Ages
    clock: Callable[[], datetime]

    async def follow(self) -> None:
        """Looks at all children with a guardian once. Raises `DependencyDown` when the key store does not answer."""
        now, after = self.clock(), UUID(int=0)
        while found := await guardians.oldest_children(
            self.database, after, (now - _BORN_BEFORE).date(), _PEOPLE_AT_ONCE
        ):
            for child, born in found:
                moment = self.ages.of_age_at(born)
                if moment is not None and moment <= now:
                    await self._end(child, now)
                elif moment is not None and moment - TOLD_BEFORE <= now:
                    with suppress(Erased):
                        await self._tell(child, now)
            after = found[-1][0]

    async def _tell(self, child: UUID, now: datetime) -> None:
        """Tells the child, and each guardian who has not been told of this moment yet."""
        async with self.database.transaction(partial(begin_with, child)) as tx:
            account = await accounts.lock(tx, child)
            moment = None if account is None else self.ages.of_age_at(account.born)
            if account is None or moment is None or not now < moment <= now + TOLD_BEFORE:
                return
            untold = await guardians.tell_of(tx, child, moment)
            day = moment.astimezone(ZoneInfo(account.time_zone)).date()
            for each in untold:
                guardian = await accounts.by_id(tx, each)
                if guardian is not None and guardian.email is not None:
                    await self.mails.want(
                        tx,
                        child,
                        "coming-of-age",
                        guardian.email,
                        language=guardian.language,
                        child=account.username,
                        notice=f"The day is {day:%B} {day.day}, {day.year}.",
                    )
            if untold:
                await emit(tx, self.keys, ComesOfAge(person_id=child, day=day), about=child)

    async def _end(self, child: UUID, now: datetime) -> None:
        """Ends all links of somebody who is of age now, and what still waits. Consents have ended by themselves."""
        async with self.database.transaction(partial(begin_with, child)) as tx:
            account = await accounts.lock(tx, child)
            if account is None or self.ages.band(account.born, now) != "of_age":
                return
            for pair, each in (await evidence.of_person(tx, child)).items():
                if each.last.state == "pending" and each.last.method is not None:
                    await decisions.take_back_in(
                        tx,
                        self.keys,
                        child,
                        pair,
                        by=None,
                        reason="came_of_age",
                        at=account.at,
                        notice=each.notice_version,
                    )
            await forms.expire_all(tx, child)
            await guardians.forget_invitations(tx, child)
            if await guardians.unlink_all(tx, child):
                event = SecurityEvent(event="guardian_unlinked", person=child, issuer=ISSUER, detail={"of_age": True})
                await record(tx, event)
