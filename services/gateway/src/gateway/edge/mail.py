"""Asks for mails: each is a fact, written in the transaction that makes the reason for the mail true."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypedDict, Unpack
from urllib.parse import quote
from uuid import UUID

from chassis.errors import DependencyDown, Erased
from chassis.message.envelope import new_id
from chassis.observe.logs import logger
from chassis.storage.database import Transaction
from chassis.storage.keys import Keys
from contracts.gateway import MailTemplate, MailWanted
from gateway.consents.guardians import ADDRESS_KEPT
from gateway.jobs.facts import emit


@dataclass(frozen=True, slots=True)
class Link:
    """Describes the link of a mail: the page `/account/<page>`, and how long its token is valid."""

    page: str
    lifetime: timedelta


#: the templates that carry a link
LINKS: Mapping[MailTemplate, Link] = {
    "verify-email": Link("verify", timedelta(hours=24)),
    "reset-password": Link("reset", timedelta(hours=1)),
    "change-email": Link("email", timedelta(hours=24)),
    "guardian-invitation": Link("consent", ADDRESS_KEPT),
}
#: pages to which the other templates lead, where one signs in
_PAGES: Mapping[MailTemplate, str] = {
    "consent-confirmation": "/guardian",
    "coming-of-age": "/guardian",
    "child-erased": "/guardian",
    "inactive-account": "/account",
}
#: how long it is tried to send a mail without a link
_NOTICE_LIFETIME = timedelta(hours=24)

# $1 person
_ADDRESS = "SELECT email, language FROM people WHERE id = $1 AND email IS NOT NULL"

_log = logger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


class Content(TypedDict, total=False):
    """Holds what a mail says. `token` belongs to the templates in `LINKS`; `child` and `notice` to those for guardians.

    `language` is English by default.
    """

    token: str | None
    language: str
    child: str | None
    notice: str | None


class Mails:
    """Asks notify to send mails, without waiting for it."""

    def __init__(self, keys: Keys, public_url: str, clock: Callable[[], datetime] = _now) -> None:
        """Takes `public_url`, the only address that links lead to: a client chooses the Host of its request."""
        self._keys = keys
        self._public_url = public_url.rstrip("/")
        self._clock = clock

    async def want(
        self, tx: Transaction, person: UUID, template: MailTemplate, to: str, **content: Unpack[Content]
    ) -> None:
        """Asks for a mail in the caller's transaction; notify sends it after the commit, or never if there is none.

        Raises `Erased`, and `DependencyDown` when the key store is away.
        """
        wanted = self.wanted(person, template, to, **content)
        await emit(tx, self._keys, wanted, about=person, identity=wanted.mail_id)

    def wanted(self, person: UUID, template: MailTemplate, to: str, **content: Unpack[Content]) -> MailWanted:
        """Returns the fact that asks for a mail, as `want` does."""
        now = self._clock()
        return MailWanted(
            mail_id=new_id(),
            person_id=person,
            template=template,
            language=content.get("language", "en"),
            to=to,
            link=self._address(template, content.get("token")),
            child=content.get("child"),
            notice=content.get("notice"),
            wanted_at=now,
            until=now + (LINKS[template].lifetime if template in LINKS else _NOTICE_LIFETIME),
        )

    async def tell_signed_out(self, tx: Transaction, person: UUID) -> None:
        """Asks for the mail to a person one of whose sessions ends because a token of it was used twice.

        The session must end in any case, so there is no mail while the key store is away.
        """
        for row in await tx.fetch(_ADDRESS, person):
            try:
                await self.want(tx, person, "signed-out", row.email, language=row.language)
            except (Erased, DependencyDown) as error:
                _log.warning("no mail is sent", template="signed-out", error=type(error).__name__)

    async def tell_inactive(self, tx: Transaction, person: UUID, to: str, language: str) -> None:
        """Asks for the mail that an account ends unless it is used."""
        await self.want(tx, person, "inactive-account", to, language=language)

    def _address(self, template: MailTemplate, token: str | None) -> str | None:
        """Returns the address of a link. The token is in its fragment, which no browser sends and no server logs."""
        if token is None:
            if template in LINKS:
                raise ValueError(f"{template} needs a token")
            return self._public_url + _PAGES[template] if template in _PAGES else None
        if template not in LINKS:
            raise ValueError(f"{template} has no link")
        return f"{self._public_url}/account/{LINKS[template].page}#token={quote(token, safe='')}"
