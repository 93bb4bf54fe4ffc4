"""Holds what the handler of mails needs, and the ways in which sending may fail."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from typing import Protocol

from chassis.errors import VoxbusError
from chassis.handler import Deps
from chassis.privacy.outside import MayBegin
from notify.mail.letter import Letter


class Refused(VoxbusError):
    """Reports that the mail was refused for good: no further try would help. `code` is the server's, if it said one."""

    def __init__(self, code: int | None = None) -> None:
        super().__init__("refused" if code is None else f"refused with {code}")
        self.code = code


class MaybeSent(VoxbusError):
    """Reports that the mail was handed over, and nothing tells whether it was taken."""


@asynccontextmanager
async def asked_for() -> AsyncIterator[None]:
    """Lets a mail begin that its person has asked for with their account."""
    yield


class Mailer(Protocol):
    """Sends mails. `outcome` is the word for a mail that it has sent, in metrics and logs."""

    outcome: str

    async def send(self, letter: Letter, *, may_begin: MayBegin = asked_for) -> None:
        """Sends a mail. Raises `Refused`, `MaybeSent`, or what `may_begin` raises, open while it is said who gets it.

        `Retryable` and `DependencyDown` say that the mail was surely not taken, of this try or of any.
        """


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class MailDeps(Deps):
    """Holds the mailer, and the address that mails come from."""

    mailer: Mailer
    sender: Address
    clock: Callable[[], datetime] = _now
