"""Writes mails (RFC 5322): the same message always makes the same bytes, so a mail that is sent twice is one."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from uuid import UUID

from chassis.errors import VoxbusError
from contracts.gateway import MailWanted
from notify.mail.templates import Template, language_of

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
#: what may stand in a mail as the name of a child: it cannot look like an address or a sentence
_NAME = re.compile(r"[^\W_]+([ '’-][^\W_]+){0,3}")
_DOMAIN = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})*", re.IGNORECASE)


class Unaddressable(VoxbusError):
    """Reports that a text is no address to which a mail could be sent."""


@dataclass(frozen=True, slots=True)
class Letter:
    """Holds a mail ready to be sent: `content` has the lines of SMTP, without their dots doubled.

    `person` is whom it is about; `to_another`: the address is that of somebody else, as a child's guardian.
    """

    id: UUID
    time: datetime
    sender: str
    recipient: str
    content: bytes
    person: UUID | None = None
    to_another: bool = False

    @property
    def is_ascii(self) -> bool:
        """Tells whether any server can take it; else only one with SMTPUTF8 (RFC 6531)."""
        return (self.sender + self.recipient).isascii()


def address_of(text: str, name: str = "") -> Address:
    """Reads an address; `name` is shown beside it. Raises `Unaddressable`.

    A domain in other letters is written as DNS has it. A local part that is no atom is put into quotes, so that its
    commas and brackets make no second address.
    """
    local, _, domain = text.rpartition("@")
    try:
        domain = domain.encode("idna").decode()
        if not (local and local.isprintable() and _DOMAIN.fullmatch(domain)):
            raise ValueError
        if not local.startswith('"'):
            return Address(display_name=name, username=local, domain=domain)
        quoted = Address(display_name=name, addr_spec=f"{local}@{domain}")
        if not quoted.username:
            raise ValueError
        return quoted
    except (ValueError, MessageError, IndexError):  # IndexError is how some malformed quotes end
        raise Unaddressable("no e-mail address") from None


def sender_of(text: str) -> Address:
    """Reads an address with or without a name, such as `Voxbus <mail@example.org>`. Raises `Unaddressable`."""
    try:
        found = SMTP.header_factory("From", text)
        [only] = [] if found.defects else list(found.addresses)
    except (ValueError, MessageError, IndexError):
        raise Unaddressable("not one e-mail address") from None
    return address_of(only.addr_spec, only.display_name)


def write(wanted: MailWanted, template: Template, sender: Address) -> Letter:
    """Writes the mail of a message. Raises `Unaddressable`."""
    recipient = address_of(wanted.to)
    mail = EmailMessage(policy=SMTP if (sender.addr_spec + recipient.addr_spec).isascii() else SMTPUTF8)
    mail["From"] = sender
    mail["To"] = recipient
    mail["Subject"] = template.subject
    mail["Date"] = wanted.wanted_at
    mail["Message-ID"] = f"<{wanted.mail_id}@{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: answered by no out-of-office message
    mail["X-Voxbus-Template"] = wanted.template
    content = _filled(template, wanted)
    text = "\n\n".join(_paragraphs(content, wanted.link)) + "\n"
    page = _page(content, wanted.link, language_of(wanted.language))
    # as it is, where possible: what is encoded breaks the lines of links, and plain readers do not join them
    encoding = "7bit" if (text + page).isascii() else None
    mail.set_content(text, cte=encoding)
    mail.add_alternative(page, subtype="html", cte=encoding)
    mail.set_boundary(f"=_{wanted.mail_id.hex}")
    return Letter(
        wanted.mail_id,
        wanted.wanted_at,
        sender.addr_spec,
        recipient.addr_spec,
        mail.as_bytes(),
        wanted.person_id,
        to_another=wanted.child is not None,  # a guardian is told of a child
    )


def _filled(template: Template, wanted: MailWanted) -> Template:
    """Puts the child and the notice of a message into a text."""
    child = f'"{wanted.child}"' if wanted.child and _NAME.fullmatch(wanted.child) else "A child"
    notice = () if wanted.notice is None else tuple(wanted.notice.split("\n\n"))
    return replace(
        template,
        before=tuple(each.replace("{child}", child) for each in template.before),
        after=(*template.after, *notice),
    )


def _paragraphs(template: Template, link: str | None) -> Iterator[str]:
    yield from template.before
    if link is not None:
        yield link
    yield from template.after


def _page(template: Template, link: str | None, language: str) -> str:
    """Returns plain HTML: no image, style or script, and no link but the one, so that opening it tells nobody."""
    paragraphs = [html.escape(each) for each in template.before]
    if link is not None:
        address = html.escape(link)
        paragraphs.append(f'<a href="{address}">{html.escape(template.press or link)}</a>')
    paragraphs += [html.escape(each).replace("\n", "<br>\n") for each in template.after]
    body = "\n".join(f"<p>{each}</p>" for each in paragraphs)
    return f'<!doctype html>\n<html lang="{html.escape(language)}">\n<body>\n{body}\n</body>\n</html>\n'
