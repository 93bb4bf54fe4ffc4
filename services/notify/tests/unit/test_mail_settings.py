"""Tests the settings of mail."""

from __future__ import annotations

import pytest

from chassis.errors import SettingsError
from chassis.settings import load
from notify.mail.smtp import Server, server_of
from notify.settings import NotifySettings


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.org", Server("mail.example.org", 587, tls=False)),
        ("smtp://localhost:1025", Server("localhost", 1025, tls=False)),
        ("smtps://mail.example.org", Server("mail.example.org", 465, tls=True)),
        (
            "smtps://me%40example.org:p%3Aw%2Frd@mail.example.org:2465/",
            Server("mail.example.org", 2465, tls=True, user="me@example.org", password="p:w/rd"),
        ),
    ],
)
def test_a_server_is_read_from_its_url(url: str, server: Server) -> None:
    assert server_of(url) == server


@pytest.mark.parametrize(
    ("url", "checked"),
    [
        ("smtp://mail.example.org", False),
        ("smtp://me:pw@mail.example.org", True),
        ("smtp://me:pw@127.0.0.1", False),
        ("smtp://me:pw@[::1]", False),
        ("smtps://mail.example.org", True),
        ("smtps://localhost", True),
    ],
)
def test_a_certificate_is_checked_where_a_password_or_tls_depends_on_it(url: str, checked: bool) -> None:
    assert server_of(url).is_checked is checked


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.example.org",
        "mail.example.org",
        "smtp://",
        "smtp://user@mail.example.org",
        "smtp://mail.example.org:0x1",
        "smtp://mail.example.org:99999",
        "smtp://mail.example.org/path",
        "smtp://mail.example.org?tls=no",
    ],
)
def test_a_wrong_url_ends_the_start_and_is_not_repeated(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXBUS_SMTP_URL", url)
    with pytest.raises(SettingsError, match="VOXBUS_SMTP_URL is wrong: must") as error:
        load(NotifySettings)
    assert "mail.example.org" not in str(error.value)


def test_a_password_is_in_no_representation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXBUS_SMTP_URL", "smtp://me:hush-hush@mail.example.org")
    own = load(NotifySettings)
    assert own.smtp_url is not None
    assert "hush-hush" not in repr(own) + repr(server_of(own.smtp_url))


def test_a_sender_must_be_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXBUS_MAIL_FROM", "Voxbus")
    with pytest.raises(SettingsError, match="VOXBUS_MAIL_FROM is wrong: must be an address"):
        load(NotifySettings)
