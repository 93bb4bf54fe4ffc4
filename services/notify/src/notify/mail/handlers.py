"""Sends the mails that the gateway wants."""

from __future__ import annotations

from functools import partial

from chassis.errors import DependencyDown, Retryable
from chassis.handler import Backoff, handles
from chassis.observe.logs import logger
from chassis.observe.metrics import MAILS
from contracts.base import Json
from contracts.gateway import MailWanted
from notify.mail.deps import MailDeps, MaybeSent, Refused
from notify.mail.letter import Unaddressable, write
from notify.mail.templates import Template, template_of

#: 15 s, 30 s, 1 min … and at last every 20 minutes: more than the day after which each mail has lost its use
MAIL_RETRY = Backoff(attempts=100, first=15.0, cap=1200.0)
#: seconds until a newer release is looked for that has the text of a mail
_NEWER_S = 120.0

_log = logger(__name__)


@handles(MailWanted, slots=4, timeout=150, retry=MAIL_RETRY, live_only=True)
async def send_mail(wanted: MailWanted, deps: MailDeps) -> None:
    """Sends one mail. A mail that nobody could use any more, or that is refused, is no failure: only metrics tell."""
    if deps.clock() >= wanted.until:
        _tell(wanted, "expired")
        return
    template = template_of(wanted.template, wanted.language)
    if template is None:
        raise DependencyDown("a release with the text of the mail", _NEWER_S)
    sent = {"outcome": deps.mailer.outcome}
    await deps.effects.once("send", partial(_send, wanted, template, deps), "resend", as_if=sent)


async def _send(wanted: MailWanted, template: Template, deps: MailDeps) -> Json:
    """Sends a mail once. An unknown outcome is resent: a mail program knows the mail again by its Message-ID."""
    outcome, code = deps.mailer.outcome, None
    try:
        await deps.mailer.send(write(wanted, template, deps.sender))
    except Unaddressable:
        outcome = "refused"
    except Refused as error:
        outcome, code = "refused", error.code
    except DependencyDown:
        _tell(wanted, "unreachable")
        raise
    except Retryable:
        _tell(wanted, "deferred")
        raise
    except MaybeSent:
        _tell(wanted, "unknown")
        raise
    _tell(wanted, outcome, code)
    return {"outcome": outcome}


def _tell(wanted: MailWanted, outcome: str, code: int | None = None) -> None:
    MAILS.labels(wanted.template, outcome).inc()
    _log.info("a mail", mail=str(wanted.mail_id), template=wanted.template, outcome=outcome, code=code)
