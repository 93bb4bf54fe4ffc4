"""Delivers notifications by mail: text and plain HTML, with one address to unsubscribe and nothing that counts readers.

The same notification always makes the same bytes, with the same Message-ID.
"""

from __future__ import annotations

import html
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8, Policy

from chassis.handler import Rule
from chassis.privacy.law import Recipient
from chassis.privacy.outside import MayBegin
from notify.mail.deps import MaybeSent, Refused
from notify.mail.letter import Letter, Unaddressable, address_of
from notify.notifications.channels.channel import Channel, Ended, Field, NoTarget, Target, Told
from notify.notifications.channels.tools import Tools

KIND = "email"
_LONGEST = 254


class _InOneLine(UnstructuredHeader, BaseHeader):
    """Writes a header as it is. The library would encode a URL that is longer than a line, and nobody could read it."""

    def fold(self, *, policy: Policy) -> str:
        """Returns the header with its end of line."""
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _InOneLine)


class Email(Channel):
    """Sends mails."""

    recipient: Recipient = "email"
    field: Field = "address"

    def __init__(self, tools: Tools) -> None:
        self._mailer = tools.mailer
        self._sender = tools.sender
        self._public_url = tools.public_url
        self._token = tools.sealing.token

    def rule(self, told: Told) -> Rule:
        """Returns `resend` for what is urgent: two mails are better than none, and a mail program shows one."""
        return "resend" if told.urgent else "give_up"

    def target(self, given: object) -> Target:
        """Reads an address."""
        try:
            if not isinstance(given, str) or len(given) > _LONGEST:
                raise NoTarget("must be an e-mail address")
            address = address_of(given.strip()).addr_spec
            if address.startswith('"'):  # it may be one, but more likely several were meant
                raise NoTarget("must be an e-mail address")
            return {"address": address}
        except Unaddressable:
            raise NoTarget("must be an e-mail address") from None

    def key(self, target: Target) -> str:
        """Returns the address; some servers tell upper case apart, but no person has two such mailboxes."""
        return target["address"].lower()

    def label(self, target: Target) -> str:
        """Returns an address without most of its local part."""
        local, _, domain = target["address"].rpartition("@")
        return f"{local[0]}…@{domain}"

    async def deliver(self, told: Told, target: Target, *, may_begin: MayBegin) -> Ended:
        """Sends one mail. One that may have been taken is `unknown`, unless it is urgent: then it is sent again."""
        if not (told.title.isprintable() and target["address"].isprintable()):
            return Ended("failed", "refused")  # a line break in a header would begin another one
        letter = self._write(told, address_of(target["address"]))
        try:
            await self._mailer.send(letter, may_begin=may_begin)
        except Refused:
            return Ended("refused", "refused")
        except MaybeSent:
            if told.urgent:
                raise
            return Ended("unknown", "unknown-outcome")
        return Ended("sent")

    def _write(self, told: Told, recipient: Address) -> Letter:
        is_ascii = (self._sender.addr_spec + recipient.addr_spec).isascii()
        mail = EmailMessage(policy=(SMTP if is_ascii else SMTPUTF8).clone(header_factory=_HEADERS))
        mail["From"] = self._sender
        mail["To"] = recipient
        mail["Subject"] = told.title
        mail["Date"] = told.at
        mail["Message-ID"] = f"<{told.delivery_id}@{self._sender.domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        end = f"{self._public_url}/notifications/unsubscribe?token={self._token(told.channel_id)}"
        mail["List-Unsubscribe"] = f"<{end}>"  # RFC 8058: a mail program sends a POST there, without a sign-in
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        link = None if told.link is None else f"{self._public_url}{told.link}" if told.link[:1] == "/" else told.link
        text = "\n\n".join([told.body, *([link] if link else []), "-- \nYou can unsubscribe in your mail program."])
        page = _page(told.body, link)
        encoding = "7bit" if (text + page).isascii() else None
        mail.set_content(text + "\n", cte=encoding)
        mail.add_alternative(page, subtype="html", cte=encoding)
        mail.set_boundary(f"=_{told.delivery_id.hex}")
        sender = self._sender.addr_spec
        return Letter(told.delivery_id, told.at, sender, recipient.addr_spec, mail.as_bytes(), told.person_id)


def _page(body: str, link: str | None) -> str:
    """Returns plain HTML: no image, style or script, and no link but the one, so that opening it tells nobody."""
    paragraphs = [html.escape(each).replace("\n", "<br>\n") for each in body.split("\n\n")]
    if link is not None:
        paragraphs.append(f'<a href="{html.escape(link)}">{html.escape(link)}</a>')
    paragraphs.append("You can unsubscribe in your mail program.")
    shown = "\n".join(f"<p>{each}</p>" for each in paragraphs)
    return f'<!doctype html>\n<html lang="en">\n<body>\n{shown}\n</body>\n</html>\n'
