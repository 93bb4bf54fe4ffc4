"""Tests the folder that stands in for a mail server."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chassis.delivery.retention import Deleted
from chassis.errors import DependencyDown
from chassis.message.envelope import new_id
from notify.mail import folder
from notify.mail.folder import MailFolder
from notify.mail.letter import Letter

NOW = datetime(2026, 11, 28, 13, 30, tzinfo=UTC)


def letter(time: datetime = NOW, content: bytes = b"Subject: hello\r\n\r\nhello\r\n") -> Letter:
    return Letter(new_id(), time, "a@example.org", "b@example.org", content)


def names(mails: Path) -> list[str]:
    return sorted(path.name for path in mails.iterdir())


async def test_a_mail_is_a_file_that_only_its_user_may_read(tmp_path: Path) -> None:
    made, mails = letter(), tmp_path / "mail"
    for _ in range(2):  # the second time stands for a resent one
        await MailFolder(mails).send(made)
    [name] = names(mails)
    assert name == f"20261128T133000Z-{made.id}.eml"
    file = mails / name
    assert file.read_bytes() == made.content
    assert (file.stat().st_mode & 0o777, mails.stat().st_mode & 0o777) == (0o600, 0o700)


async def test_the_mails_of_a_child_go_with_the_child_and_all_of_a_guardian_with_the_guardian(tmp_path: Path) -> None:
    mails, guardian, child, sibling = MailFolder(tmp_path), new_id(), new_id(), new_id()
    content = b"To: parent@example.org\r\nSubject: hello\r\n\r\nhello\r\n"
    theirs = {
        name: replace(letter(content=content), person=person, to_another=person is not guardian)
        for name, person in (("own", guardian), ("child", child), ("sibling", sibling))
    }
    theirs["to another"] = letter(content=content.replace(b"parent", b"neighbour"))
    for each in theirs.values():
        await mails.send(each)

    def left() -> set[str]:
        return {name for name, each in theirs.items() if any(str(each.id) in file for file in names(tmp_path))}

    assert await mails.delete_of(child) == 1
    assert left() == {"own", "sibling", "to another"}
    assert await mails.delete_of(guardian) == 2
    assert left() == {"to another"}


async def test_old_mails_are_deleted(tmp_path: Path) -> None:
    mails = MailFolder(tmp_path)
    ages = {"young": timedelta(days=6, hours=23), "old": timedelta(days=7, minutes=1)}
    for name, age in ages.items():
        for path in (tmp_path / f"{name}.eml", tmp_path / f".{name}.eml.1"):
            path.touch()
            os.utime(path, times=((NOW - age).timestamp(),) * 2)
    (tmp_path / "old.txt").touch()
    os.utime(tmp_path / "old.txt", times=(0, 0))
    gone = await mails.delete(NOW - timedelta(days=7))
    assert gone == Deleted(2, NOW - ages["old"])
    assert await mails.oldest() == NOW - ages["young"]
    assert names(tmp_path) == [".young.eml.1", "old.txt", "young.eml"]


async def test_a_folder_that_is_not_there_yet_holds_nothing_old(tmp_path: Path) -> None:
    mails = MailFolder(tmp_path / "mail")
    assert await mails.delete(NOW) == Deleted()
    assert await mails.oldest() is None


async def test_no_more_than_a_thousand_mails_are_kept(tmp_path: Path) -> None:
    mails = MailFolder(tmp_path)
    for number in range(folder.KEPT + 5):
        (tmp_path / f"20261127T{number:06}Z-x.eml").touch()
    await mails.send(letter())
    left = names(tmp_path)
    assert len(left) == folder.KEPT
    assert left[0] == "20261127T000006Z-x.eml"
    assert left[-1].startswith("20261128T")


async def test_a_folder_that_cannot_be_written_is_a_dependency_that_is_down(tmp_path: Path) -> None:
    (tmp_path / "mail").write_bytes(b"")  # where the folder should be; a full disk is an OSError likewise
    with pytest.raises(DependencyDown):
        await MailFolder(tmp_path / "mail").send(letter())
