"""Runs a real SMTP server that defers, refuses, drops and hangs as a test tells it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

#: answers that are none: the line is dropped, or nothing is said
DROP, HANG = "drop", "hang"
#: the mail is taken before the line is dropped, or nothing is said
TAKE_AND_DROP, TAKE_AND_HANG = "take and drop", "take and hang"


@dataclass
class MailServer:
    """Holds what a server was sent, and what it is to answer: the next answer to each command, else success."""

    port: int = 0
    answers: dict[str, list[str]] = field(default_factory=lambda: {"MAIL": [], "RCPT": [], "DATA": [], "QUIT": []})
    taken: list[EmailMessage] = field(default_factory=list)
    #: senders and recipients as the commands had them, and whether TLS was on
    envelopes: list[tuple[str, str, bool]] = field(default_factory=list)
    #: who signed in
    users: list[str] = field(default_factory=list)
    #: how often each command was given
    asked: dict[str, int] = field(default_factory=lambda: {"MAIL": 0, "RCPT": 0, "DATA": 0, "QUIT": 0})

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, sender: str, options: object
    ) -> str:
        answer = await self._answer(server, "MAIL")
        if answer.startswith("2"):
            envelope.mail_from = sender
        return answer

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, to: str, options: object) -> str:
        answer = await self._answer(server, "RCPT")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(to)
        return answer

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        return await self._answer(server, "QUIT", "221 Bye")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if not self.answers["DATA"] or self.answers["DATA"][0] in (TAKE_AND_DROP, TAKE_AND_HANG):
            content = envelope.content
            assert isinstance(content, bytes)
            mail = message_from_bytes(content, policy=default)
            assert isinstance(mail, EmailMessage)
            self.taken.append(mail)
            [to] = envelope.rcpt_tos
            self.envelopes.append((str(envelope.mail_from), to, session.ssl is not None))
        return await self._answer(server, "DATA")

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, kind: str, data: object) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.users.append(data.login.decode())
        return AuthResult(success=data.password == b"right")

    async def _answer(self, server: SMTP, command: str, well: str = "250 OK") -> str:
        self.asked[command] += 1
        answer = self.answers[command].pop(0) if self.answers[command] else well
        if answer in (DROP, TAKE_AND_DROP):
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
            return "421 never read"
        if answer in (HANG, TAKE_AND_HANG):
            await asyncio.Event().wait()
        return answer


@asynccontextmanager
async def serving(
    tls: ssl.SSLContext | None = None, *, within: bool = False, auth: bool = False, utf8: bool = True
) -> AsyncIterator[MailServer]:
    """Runs a server on a port of its own. `tls`: offered by STARTTLS, or spoken from the first byte on (`within`)."""
    found = MailServer()

    def protocol() -> SMTP:
        return SMTP(
            found,
            hostname="mail.example",
            enable_SMTPUTF8=utf8,
            tls_context=None if within else tls,
            authenticator=found.authenticate if auth else None,
            auth_require_tls=False,
        )

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, ssl=tls if within else None)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
