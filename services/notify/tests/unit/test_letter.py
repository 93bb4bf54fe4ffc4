"""Tests mails as a mail program reads them, whatever the address is."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.message.envelope import new_id
from contracts.gateway import MailTemplate, MailWanted
from notify.mail.letter import Letter, Unaddressable, address_of, sender_of, write
from notify.mail.templates import TEMPLATES, template_of

SENDER = sender_of("Voxbus <no-reply@voxbus.example>")
LINK = "https://voxbus.example/account/reset#token=" + "A1_-" * 12
NOW = datetime(2026, 11, 28, 13, 30, tzinfo=UTC)
WITH_LINK = (
    "verify-email",
    "reset-password",
    "change-email",
    "guardian-invitation",
    "consent-confirmation",
    "child-erased",
    "coming-of-age",
    "inactive-account",
)
HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Voxbus-Template"]
OF_MIME = ["MIME-Version", "Content-Type", "Content-Transfer-Encoding"]


def wanted(to: str = "robin@example.org", template: str = "reset-password", language: str = "en") -> MailWanted:
    return MailWanted(
        mail_id=new_id(),
        person_id=new_id(),
        template=template,
        language=language,
        to=to,
        link=LINK if template in WITH_LINK else None,
        wanted_at=NOW,
        until=NOW + timedelta(hours=1),
    )


def letter(message: MailWanted) -> Letter:
    template = template_of(message.template, message.language)
    assert template is not None
    return write(message, template, SENDER)


def read(content: bytes) -> EmailMessage:
    mail = message_from_bytes(content, policy=default)
    assert isinstance(mail, EmailMessage)
    assert not mail.defects
    return mail


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


class Page(HTMLParser):
    """Collects what a page would load or lead to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.leads_to: list[str | None] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.leads_to += [value for name, value in attrs if name != "lang"]


@pytest.mark.parametrize("template", get_args(MailTemplate))
def test_every_template_is_a_mail_with_its_link_on_a_line_of_its_own(template: str) -> None:
    message = wanted(template=template)
    mail = read(letter(message).content)
    assert [name for name in mail if name not in OF_MIME] == HEADERS
    assert (mail["From"], mail["To"]) == ("Voxbus <no-reply@voxbus.example>", "robin@example.org")
    assert mail["Message-ID"] == f"<{message.mail_id}@voxbus.example>"
    assert (mail["Auto-Submitted"], mail["X-Voxbus-Template"]) == ("auto-generated", template)
    assert mail["Date"].datetime == NOW
    assert mail.get_content_type() == "multipart/alternative"
    text, page = body(mail, "plain"), Page(body(mail, "html"))
    links = [LINK] if template in WITH_LINK else []
    assert [line for line in text.splitlines() if "://" in line] == links
    assert page.leads_to == links, "no image, no tracking, no other link"
    assert set(page.tags) <= {"html", "body", "p", "a"}


def test_a_link_is_whole_in_the_bytes_too() -> None:
    assert b"\r\n" + LINK.encode() + b"\r\n" in letter(wanted()).content


def test_a_mail_sent_twice_is_the_same_to_the_byte() -> None:
    message = wanted()
    assert letter(message) == letter(message)
    assert re.search(rb"(?<!\r)\n", letter(message).content) is None


def test_templates_of_each_language_are_the_same_ones() -> None:
    assert {frozenset(texts) for texts in TEMPLATES.values()} == {frozenset(get_args(MailTemplate))}
    for texts in TEMPLATES.values():
        assert {name for name, text in texts.items() if text.press is not None} == set(WITH_LINK)


@pytest.mark.parametrize("language", ["en", "en-GB", "EN", "de", "x", ""])
def test_a_language_without_texts_gets_the_default(language: str) -> None:
    assert template_of("signed-out", language) is TEMPLATES["en"]["signed-out"]
    assert '<html lang="en">' in body(read(letter(wanted(language=language)).content), "html")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Robin", '"Robin"'),
        ("Anne-Marie O’Neill", '"Anne-Marie O’Neill"'),
        ("Zoë", '"Zoë"'),
        ("evil.example", "A child"),
        ("Press https://x.example now", "A child"),
        ("you won the big prize today", "A child"),
        ("<b>", "A child"),
        ("", "A child"),
    ],
)
def test_a_child_is_named_only_by_what_looks_like_a_name(name: str, shown: str) -> None:
    message = wanted(template="guardian-invitation").model_copy(update={"child": name, "notice": "First.\n\nSecond."})
    mail = read(letter(message).content)
    for kind in ("plain", "html"):
        assert f"{shown} would like to use Voxbus" in html.unescape(" ".join(body(mail, kind).split()))
    assert body(mail, "plain").splitlines()[-3:] == ["First.", "", "Second."]
    assert "<p>First.</p><p>Second.</p>" in body(mail, "html").replace("\r\n", "")


def test_a_template_of_a_newer_release_is_unknown() -> None:
    assert template_of("guardian-consent", "en") is None


@pytest.mark.parametrize(
    ("to", "recipient"),
    [
        ("robin@example.org", "robin@example.org"),
        ("robin+tag@example.org", "robin+tag@example.org"),
        ("a,b@example.org", '"a,b"@example.org'),
        ("<x>@example.org", '"<x>"@example.org'),
        ("x:y;z@example.org", '"x:y;z"@example.org'),
        ('"a,b"@example.org', '"a,b"@example.org'),
        ('a"b@example.org', '"a\\"b"@example.org'),
        ("one@two@example.org", '"one@two"@example.org'),
        ("robin@bücher.example", "robin@xn--bcher-kva.example"),
        ("robin@example.org>, <all@example.org", '"robin@example.org>, <all"@example.org'),
    ],
)
def test_an_address_is_one_recipient(to: str, recipient: str) -> None:
    made = letter(wanted(to=to))
    assert made.recipient == recipient
    assert made.is_ascii
    assert [each.addr_spec for each in read(made.content)["To"].addresses] == [recipient]


def test_a_local_part_in_other_letters_needs_a_server_that_takes_it() -> None:
    made = letter(wanted(to="rübe@bücher.example"))
    assert made.recipient == "rübe@xn--bcher-kva.example"
    assert not made.is_ascii
    assert "\r\nTo: rübe@xn--bcher-kva.example\r\n".encode() in made.content


@pytest.mark.parametrize(
    "to",
    [
        "nobody",
        "@example.org",
        "robin@",
        "robin@example.org\r\nBcc: all@example.org",
        "robin\r\nBcc: all@example.org\r\n@example.org",
        "robin\n@example.org",
        "robin\0@example.org",
        "robin@example.org, all@exa mple.org",
        "robin@[127.0.0.1]",
        "robin@-.org",
        "robin@" + "a" * 64 + ".org",
        '"robin@example.org',
        '"@example.org',
        '""@example.org',
        '"rob"in@example.org',
        "robin@example..org",
    ],
)
def test_what_is_no_address_makes_no_mail(to: str) -> None:
    with pytest.raises(Unaddressable):
        letter(wanted(to=to))


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=254))
def test_no_address_adds_a_header_or_a_recipient(to: str) -> None:
    try:
        made = letter(wanted(to=to))
    except Unaddressable:
        return
    mail = read(made.content)
    assert [name for name in mail if name not in OF_MIME] == HEADERS
    assert len(mail["To"].addresses) == 1


@given(st.text(alphabet='ab@".,<>()[]\\;: \r\n\tü', min_size=1, max_size=40))
def test_no_local_part_ends_the_command_or_the_address(local: str) -> None:
    try:
        made = address_of(f"{local}@example.org")
    except Unaddressable:
        return
    assert made.domain == "example.org"
    assert not set("\r\n") & set(made.addr_spec)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("mail@example.org", "mail@example.org"),
        ("Voxbus <mail@example.org>", "Voxbus <mail@example.org>"),
        ('"Voxbus, Inc." <mail@example.org>', '"Voxbus, Inc." <mail@example.org>'),
    ],
)
def test_a_sender_may_have_a_name(text: str, address: str) -> None:
    assert str(sender_of(text)) == address


@pytest.mark.parametrize(
    "text",
    ["", "Voxbus", "a@example.org, b@example.org", "Voxbus <>", "<a@example.org", "V\r\nBcc: b@example.org <a@b.org>"],
)
def test_a_sender_is_one_address(text: str) -> None:
    with pytest.raises(Unaddressable):
        sender_of(text)
