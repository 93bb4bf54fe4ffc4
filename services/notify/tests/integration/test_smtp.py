"""Tests sending one mail to a real SMTP server that defers, refuses, drops, hangs, or wants TLS."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime

import pytest
import trustme

from chassis.errors import DependencyDown, Retryable, VoxbusError
from chassis.message.envelope import new_id
from notify.mail.deps import MaybeSent, Refused
from notify.mail.letter import Letter
from notify.mail.smtp import SmtpMailer, server_of
from tests.mail_server import DROP, HANG, TAKE_AND_DROP, TAKE_AND_HANG, MailServer, serving

SENDER, RECIPIENT = "no-reply@voxbus.example", "robin@example.org"
#: seconds until a server that says nothing is given up
PATIENCE = 0.3


def letter(recipient: str = RECIPIENT) -> Letter:
    content = f"Subject: hello\r\nTo: {recipient}\r\n\r\nhello\r\n.\r\nbye\r\n".encode()
    return Letter(new_id(), datetime.now(UTC), SENDER, recipient, content)


def mailer(url: str, timeout: float = 10.0) -> SmtpMailer:
    return SmtpMailer(server_of(url), timeout=timeout)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def tls(authority: trustme.CA) -> ssl.SSLContext:
    """Provides the TLS of a server whose certificate only those accept who know its authority."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1", "0.0.0.0").configure_cert(context)
    return context


async def test_a_mail_arrives_as_it_was_written() -> None:
    async with serving() as server:
        await mailer(server.url).send(letter())
    assert server.envelopes == [(SENDER, RECIPIENT, False)]
    assert server.taken[0].get_content().splitlines() == ["hello", ".", "bye"]


@pytest.mark.parametrize("farewell", ["500 no", DROP, HANG])
async def test_a_mail_that_is_taken_does_not_hang_on_the_goodbye(farewell: str) -> None:
    async with serving() as server:
        server.answers["QUIT"] = [farewell]
        async with asyncio.timeout(10):
            await mailer(server.url, timeout=60.0).send(letter())
    assert (len(server.taken), server.asked["QUIT"]) == (1, 1)


@pytest.mark.parametrize(
    ("command", "answer", "error"),
    [
        ("RCPT", "550 5.1.1 no such mailbox", Refused),
        ("RCPT", "450 4.2.1 come back later", Retryable),
        ("RCPT", "421 closing", Retryable),
        ("RCPT", DROP, Retryable),
        ("RCPT", HANG, Retryable),
        ("MAIL", "451 4.3.0 not now", Retryable),
        ("MAIL", "553 5.7.1 not from here", DependencyDown),
        ("MAIL", DROP, Retryable),
        ("DATA", "554 5.7.1 unwanted", Refused),
        ("DATA", "452 4.3.1 full", Retryable),
        ("DATA", DROP, MaybeSent),
        ("DATA", HANG, MaybeSent),
        ("DATA", TAKE_AND_DROP, MaybeSent),
        ("DATA", TAKE_AND_HANG, MaybeSent),
        ("DATA", "250-odd\r\nnonsense", MaybeSent),
    ],
)
async def test_each_answer_has_its_verdict(command: str, answer: str, error: type[VoxbusError]) -> None:
    async with serving() as server:
        server.answers[command] = [answer]
        with pytest.raises(error) as found:
            await mailer(server.url, PATIENCE).send(letter())
        assert type(found.value) is error
        assert RECIPIENT not in str(found.value)
        assert len(server.taken) == (answer in (TAKE_AND_DROP, TAKE_AND_HANG))
        await mailer(server.url).send(letter())


async def test_the_longer_nobody_listens_the_longer_mails_wait() -> None:
    async with serving() as server:
        closed = server.url
    now = [1000.0]
    away = SmtpMailer(server_of(closed), clock=lambda: now[0])
    waits = []
    for later in (0.0, 20.0, 100.0, 1000.0):
        now[0] += later
        with pytest.raises(DependencyDown) as error:
            await away.send(letter())
        waits.append(error.value.probe_after)
    assert waits == [30.0, 30.0, 120.0, 300.0]


async def test_an_outage_is_forgotten_with_the_next_mail() -> None:
    now = [1000.0]
    async with serving() as server:
        mails = SmtpMailer(server_of(server.url), clock=lambda: now[0])
        for later in (0.0, 200.0):
            now[0] += later
            server.answers["MAIL"] = ["553 5.7.1 not from here"]
            with pytest.raises(DependencyDown) as error:
                await mails.send(letter())
            assert error.value.probe_after == 30.0
            await mails.send(letter())


async def test_tls_is_used_where_it_is_offered_whoever_signed_it(tls: ssl.SSLContext) -> None:
    async with serving(tls) as server:
        await mailer(server.url).send(letter())
    assert server.envelopes == [(SENDER, RECIPIENT, True)]


async def test_tls_from_the_first_byte_wants_a_certificate_that_holds(
    tls: ssl.SSLContext, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tls, within=True) as server:
        url = server.url.replace("smtp:", "smtps:")
        with pytest.raises(DependencyDown):
            await mailer(url).send(letter())
        assert server.asked["MAIL"] == 0
        with authority.cert_pem.tempfile() as path:
            monkeypatch.setenv("SSL_CERT_FILE", path)
            await mailer(url).send(letter())
    assert len(server.taken) == 1


async def test_a_password_is_sent_to_this_machine_in_clear_and_a_wrong_one_is_no_refusal() -> None:
    async with serving(auth=True) as server:
        await mailer(server.url.replace("//", "//me%40example.org:right@")).send(letter())
        with pytest.raises(DependencyDown):
            await mailer(server.url.replace("//", "//me:wrong@")).send(letter())
    assert (server.users, len(server.taken)) == (["me@example.org", "me"], 1)


def elsewhere(server: MailServer) -> str:
    """Returns a URL with a password, at an address that is this machine's but does not say so."""
    return f"smtp://me:right@0.0.0.0:{server.port}"


async def test_no_password_is_sent_to_another_machine_without_tls() -> None:
    async with serving(auth=True) as server:
        with pytest.raises(DependencyDown):
            await mailer(elsewhere(server)).send(letter())
    assert (server.users, server.taken) == ([], [])


async def test_a_password_needs_a_certificate_that_holds(
    tls: ssl.SSLContext, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tls, auth=True) as server:
        with pytest.raises(DependencyDown):
            await mailer(elsewhere(server)).send(letter())
        assert server.users == []
        with authority.cert_pem.tempfile() as path:
            monkeypatch.setenv("SSL_CERT_FILE", path)
            await mailer(elsewhere(server)).send(letter())
    assert (server.users, server.envelopes) == (["me"], [(SENDER, RECIPIENT, True)])


@pytest.mark.parametrize("recipient", ["rübe@example.org", '"a,b"@example.org', '"a@b <c>"@example.org'])
@pytest.mark.parametrize("within_tls", [False, True])
async def test_odd_addresses_are_one_recipient(recipient: str, within_tls: bool, tls: ssl.SSLContext) -> None:
    async with serving(tls if within_tls else None) as server:
        await mailer(server.url).send(letter(recipient))
    assert [each[1] for each in server.envelopes] == [recipient]


async def test_other_letters_are_refused_where_the_server_takes_none() -> None:
    async with serving(utf8=False) as server:
        with pytest.raises(Refused):
            await mailer(server.url).send(letter("rübe@example.org"))
    assert server.asked["MAIL"] == 0
