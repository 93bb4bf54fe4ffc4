"""Tells those outside to whom notify has given something of an erased person: receivers of webhooks, pushes, mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from chassis.delivery.person_erasure import led_to, noted_as
from contracts.common import OutsideRecipient
from notify.mail.folder import MailFolder
from notify.mail.smtp import SmtpMailer


class Outside:
    """Tells them. The rows that say who they are have just been deleted."""

    def __init__(self, mailer: SmtpMailer | MailFolder) -> None:
        self._mailer = mailer

    async def tell(self, person: UUID, counts: Mapping[str, int]) -> Sequence[OutsideRecipient]:
        """Deletes mails on disk, and says what became of the rest; `counts` are the deleted rows by table."""
        told = []
        own = [led_to(table, "webhook") for table in ("channels", "deliveries")]
        if any(counts.get(name) for name in ("webhooks", "webhook_deliveries", *own, noted_as("webhook"))):
            hooks = _some(counts.get("webhooks", 0) + counts.get(own[0], 0), "webhook")
            detail = f"{hooks} deleted. What was sent there before is with its receiver."
            told.append(OutsideRecipient(recipient="webhook", state="done", detail=detail))
        pushed = [led_to(table, "push") for table in ("channels", "deliveries")]
        if any(counts.get(name) for name in (*pushed, noted_as("push"))):
            devices = _some(counts.get(pushed[0], 0), "browser or phone", "browsers or phones")
            detail = f"{devices} deleted. A push service drops what it still holds within a day. Remove on each device "
            detail += "what it shows."
            told.append(OutsideRecipient(recipient="push", state="asked", detail=detail))
        if isinstance(self._mailer, SmtpMailer):
            detail = "Mails that were sent are in the mailbox that they went to. Delete them there."
            told.append(OutsideRecipient(recipient="email", state="not_possible", detail=detail))
        elif number := await self._mailer.delete_of(person):
            detail = f"{_some(number, 'mail')} deleted from this installation's disk. None had left it."
            told.append(OutsideRecipient(recipient="email", state="done", detail=detail))
        return told


def _some(number: int, noun: str, nouns: str | None = None) -> str:
    return f"1 {noun} was" if number == 1 else f"{number} {nouns or f'{noun}s'} were"
