"""Tests whom notify tells of an erasure, and that the mails to a person go from the disk."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from chassis.delivery.person_erasure import noted_as
from chassis.message.envelope import new_id
from notify.mail.folder import MailFolder
from notify.mail.letter import Letter
from notify.mail.smtp import SmtpMailer, server_of
from notify.outside import Outside

NOW = datetime(2026, 11, 28, 13, 30, tzinfo=UTC)


async def test_mails_on_disk_to_the_person_go_and_those_to_others_stay(tmp_path: Path) -> None:
    mails, robin, other = MailFolder(tmp_path), new_id(), new_id()
    for person in (robin, other, robin):
        content = f"Subject: {robin}\r\n\r\nhello\r\n".encode()  # a subject is no address
        await mails.send(Letter(new_id(), NOW, "a@example.org", "b@example.org", content, person))
    (tmp_path / f".half.eml.{7}").write_bytes(f"X-Voxbus-Person: {robin}\r\nSubj".encode())
    [told] = await Outside(mails).tell(robin, {})
    assert (told.recipient, told.state, told.detail[:12]) == ("email", "done", "3 mails were")
    [left] = [path.read_bytes() for path in tmp_path.iterdir()]  # noqa: ASYNC240
    assert left.startswith(f"X-Voxbus-Person: {other}\r\n".encode())
    assert await Outside(mails).tell(robin, {}) == []


async def test_mails_of_others_to_an_address_of_the_person_go_too(tmp_path: Path) -> None:
    mails, robin, child = MailFolder(tmp_path), new_id(), new_id()
    for person, to in ((robin, "robin@example.org"), (child, "robin@example.org"), (child, "kim@example.org")):
        content = f"To: {to}\r\nSubject: To: robin@example.org\r\n\r\nhello\r\n".encode()
        await mails.send(Letter(new_id(), NOW, "a@example.org", to, content, person))
    [told] = await Outside(mails).tell(robin, {})
    assert told.detail[:12] == "2 mails were"
    [left] = [path.read_bytes() for path in tmp_path.iterdir()]  # noqa: ASYNC240
    assert b"To: kim@" in left


async def test_webhooks_are_told_of_and_mails_that_were_sent_cannot_be_taken_back(tmp_path: Path) -> None:
    mailer = SmtpMailer(server_of("smtp://localhost:587"))
    told = await Outside(mailer).tell(new_id(), {"webhooks": 2, "webhook_deliveries": 5})
    assert [(each.recipient, each.state) for each in told] == [("webhook", "done"), ("email", "not_possible")]
    assert told[0].detail.startswith("2 webhooks were deleted.")
    counts = {"channels to push": 1, "deliveries to push": 7, "deliveries to webhook": 1}
    told = await Outside(mailer).tell(new_id(), counts)
    assert [(each.recipient, each.state) for each in told] == [
        ("webhook", "done"),
        ("push", "asked"),
        ("email", "not_possible"),
    ]
    assert told[1].detail.startswith("1 browser or phone was deleted.")
    assert await Outside(MailFolder(tmp_path / "none")).tell(new_id(), {"notifications": 3}) == []


async def test_who_has_got_something_is_named_once_every_row_that_said_so_is_gone(tmp_path: Path) -> None:
    counts = {noted_as("webhook"): 1, noted_as("push"): 1}
    told = await Outside(MailFolder(tmp_path / "none")).tell(new_id(), counts)
    assert [(each.recipient, each.state) for each in told] == [("webhook", "done"), ("push", "asked")]
