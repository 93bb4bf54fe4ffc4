"""Mails links to choose a new password, after the answer, which tells nobody whether there is such an account.

The request leaves one row in any case, so its answer takes as long without an account as with one, and the mail is sent
also when the process dies right after it.
"""

from __future__ import annotations

import asyncio
import random
from functools import partial
from uuid import UUID

from chassis.errors import Erased
from chassis.loops import every
from chassis.observe.health import Pulse
from chassis.storage.database import Database
from gateway.edge.auth import accounts, links
from gateway.edge.auth.sessions import begin_with
from gateway.edge.mail import LINKS, Mails

#: seconds after which a gateway also mails what another one was asked for, which then died
_EVERY_S = 30.0
#: seconds until a look for what could not be mailed
_AGAIN_S = 1.0
#: seconds, at most, between the request and the look for its link: no answer waits for the work of one
_LATER_S = 1.0


class ForgottenPasswords:
    """Mails the links that were asked for, on every gateway; of two that find the same request one mails it."""

    def __init__(self, database: Database, mails: Mails) -> None:
        self._database = database
        self._mails = mails

    async def run(self, pulse: Pulse, asked: asyncio.Event) -> None:
        """Mails what was asked for soon after `asked` is set, and now and then without, until cancelled."""
        await every(_EVERY_S, self._mail_later, pulse, again=_AGAIN_S, jitter=0.3, wake=asked)

    async def _mail_later(self) -> None:
        await asyncio.sleep(random.uniform(_LATER_S / 2, _LATER_S))
        await self.mail_links()

    async def mail_links(self) -> None:
        """Mails what was asked for. What cannot be mailed because the key store is away is tried again."""
        for person in await links.asked_resets(self._database):
            try:
                await self._mail_link(person)
            except Erased:
                await links.forget_resets(self._database, person)

    async def _mail_link(self, person: UUID) -> None:
        async with self._database.transaction(partial(begin_with, person)) as tx:
            account = await accounts.lock(tx, person)
            if not await links.take_reset(tx, person) or account is None or account.email is None:
                return
            token = await links.issue(tx, person, "reset", account.email, LINKS["reset-password"].lifetime)
            await self._mails.want(tx, person, "reset-password", account.email, token=token, language=account.language)
