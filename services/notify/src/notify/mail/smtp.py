"""Sends mails by SMTP (RFC 5321), one connection a mail."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

import aiosmtplib

from chassis.errors import DependencyDown, Retryable
from chassis.observe.logs import logger
from chassis.privacy.outside import MayBegin
from notify.mail.deps import MaybeSent, Refused, asked_for
from notify.mail.letter import Letter

#: seconds to connect, and for each answer of the server
TIMEOUT_S = 20.0
#: seconds to say goodbye: the mail is taken, and a run that is ended meanwhile would send it again
_FAREWELL_S = 1.0
#: seconds until a mail is tried again at a server that cannot be used: for as long as that has lasted, within these.
#: Each mail that waits is tried by itself, and thousands would keep the database busy.
_PROBE_S, _PROBE_MAX_S = 30.0, 300.0
#: ports of submission (RFC 6409) and of submission within TLS (RFC 8314)
_PORTS = {"smtp": 587, "smtps": 465}

_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Server:
    """Holds the address of a mail server, and how to sign in to it. `tls`: from the first byte on."""

    host: str
    port: int
    tls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def is_checked(self) -> bool:
        """Tells whether its certificate must hold: a password is at stake, or TLS was asked for.

        Else TLS is used where it is offered, and is better than none: who could forge a certificate could as well
        take the offer away.
        """
        return self.tls or (self.user is not None and not self.is_local)

    @property
    def is_local(self) -> bool:
        """Tells whether it is on this machine, to which a password may go without TLS."""
        with suppress(ValueError):
            return ip_address(self.host).is_loopback
        return self.host == "localhost"


def server_of(url: str) -> Server:
    """Reads `smtp://` or `smtps://user:password@host:port`. Raises ValueError, which does not hold the URL."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("must be smtp://user:password@host:port or smtps://…")
    if (parts.username is None) != (parts.password is None):
        raise ValueError("must hold a user and a password, or neither")
    try:
        port = parts.port or _PORTS[parts.scheme]
    except ValueError:
        raise ValueError("must hold a port from 1 to 65535") from None
    user, password = (None if each is None else unquote(each) for each in (parts.username, parts.password))
    return Server(parts.hostname, port, parts.scheme == "smtps", user, password)


class SmtpMailer:
    """Sends mails to one server."""

    outcome = "sent"

    def __init__(
        self, server: Server, *, timeout: float = TIMEOUT_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._server = server
        self._timeout = timeout
        self._clock = clock
        #: since when the server cannot be used
        self._away_since: float | None = None
        self._tls = ssl.create_default_context()
        if not server.is_checked:
            self._tls.check_hostname = False
            self._tls.verify_mode = ssl.CERT_NONE

    async def send(self, letter: Letter, *, may_begin: MayBegin = asked_for) -> None:
        """Sends a mail, see `Mailer`. No error holds the server's words, which may hold the address."""
        client = aiosmtplib.SMTP(
            hostname=self._server.host,
            port=self._server.port,
            use_tls=self._server.tls,
            tls_context=self._tls,
            timeout=self._timeout,
            local_hostname=letter.sender.rpartition("@")[2],
        )
        try:
            await self._connect(client)
            async with may_begin():
                await self._address(client, letter)
            self._away_since = None
            await self._hand_over(client, letter)
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=_FAREWELL_S)
        finally:
            client.close()

    async def _connect(self, client: aiosmtplib.SMTP) -> None:
        """Connects and signs in. Whatever fails here fails for every mail."""
        user, password = self._server.user, self._server.password
        try:
            await client.connect()
            if client.is_ehlo_or_helo_needed:  # STARTTLS: what a server says of itself counts within TLS alone
                await client.ehlo()
            if user is not None and password is not None:
                if not self._server.is_local and client.get_transport_info("ssl_object") is None:
                    raise self._unusable("no TLS is offered, without which no password is sent")
                await client.login(user, password)
        except aiosmtplib.SMTPResponseException as error:
            raise self._unusable(type(error).__name__, error.code) from None
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise self._unusable(type(error).__name__) from None

    async def _address(self, client: aiosmtplib.SMTP, letter: Letter) -> None:
        """Says whom the mail is from and for."""
        options, encoding = ([], "ascii") if letter.is_ascii else (["SMTPUTF8", "BODY=8BITMIME"], "utf-8")
        if not letter.is_ascii and not client.supports_extension("smtputf8"):
            raise Refused
        try:
            await client.mail(letter.sender, options=options, encoding=encoding)
            await client.rcpt(letter.recipient, encoding=encoding)
        except aiosmtplib.SMTPSenderRefused as error:
            if error.code >= 500:  # so it will be with every mail
                raise self._unusable(type(error).__name__, error.code) from None
            raise Retryable(f"deferred with {error.code}") from None
        except aiosmtplib.SMTPResponseException as error:
            if error.code >= 500:
                raise Refused(error.code) from None
            raise Retryable(f"deferred with {error.code}") from None
        except ValueError:  # no address in the eyes of the library
            raise Refused from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Retryable(f"the line was lost: {type(error).__name__}") from None

    async def _hand_over(self, client: aiosmtplib.SMTP, letter: Letter) -> None:
        """Sends the mail itself. Once it has begun, a line that is lost does not tell whether the mail was taken."""
        try:
            await client.data(letter.content)
        except aiosmtplib.SMTPResponseException as error:
            if 500 <= error.code < 600:
                raise Refused(error.code) from None
            if 400 <= error.code < 500:
                raise Retryable(f"deferred with {error.code}") from None
            raise MaybeSent(f"answered with {error.code}") from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise MaybeSent(f"no answer: {type(error).__name__}") from None

    def _unusable(self, why: str, code: int | None = None) -> DependencyDown:
        now = self._clock()
        self._away_since = now if self._away_since is None else self._away_since
        _log.warning("the mail server cannot be used", why=why, code=code)
        return DependencyDown("the mail server", min(_PROBE_MAX_S, max(_PROBE_S, now - self._away_since)))
