"""Writes mails into a folder instead of sending them: the local stand-in for a mail server."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from pathlib import Path
from uuid import UUID

from chassis.delivery.retention import Deleted
from chassis.errors import DependencyDown
from chassis.privacy.outside import MayBegin
from notify.mail.deps import asked_for
from notify.mail.letter import Letter

#: mails that stay, the newest ones
KEPT = 1_000


_PERSON, _ANOTHER = "X-Voxbus-Person", "; to=another"


def _of(letter: Letter) -> bytes:
    """Returns the line by which the mails about a person are found; no mail that is sent has it."""
    if letter.person is None:
        return b""
    return f"{_PERSON}: {letter.person}{_ANOTHER if letter.to_another else ''}\r\n".encode()


class MailFolder:
    """Writes each mail as `<time>-<id>.eml`, which only the user of this process may read."""

    outcome = "written"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def send(self, letter: Letter, *, may_begin: MayBegin = asked_for) -> None:
        """Writes a mail; the same one again takes the place of the first.

        Raises `DependencyDown` when that is impossible, as on a full disk.
        """
        try:
            async with may_begin():
                await asyncio.to_thread(self._write, letter)
        except OSError as error:
            raise DependencyDown("the mail folder") from error

    async def oldest(self) -> datetime | None:
        """Returns when the oldest mail was written."""
        return min(await asyncio.to_thread(self._written), default=None)

    async def delete(self, until: datetime) -> Deleted:
        """Deletes the mails that were written by then, finished or not."""
        return await asyncio.to_thread(self._delete, until)

    def _write(self, letter: Letter) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.folder / f"{letter.time:%Y%m%dT%H%M%SZ}-{letter.id}.eml"
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")  # so that nobody reads half a mail
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode=0o600), "wb") as file:
            file.write(_of(letter) + letter.content)
        unfinished.replace(path)
        for mail in sorted(self.folder.glob("*.eml"), reverse=True)[KEPT:]:
            mail.unlink(missing_ok=True)  # another process may have been faster

    async def delete_of(self, person: UUID) -> int:
        """Deletes the mails about a person, and those to an address of theirs, and returns how many.

        An address is theirs if a mail about them went there, unless it was to somebody else: what a guardian was told
        of one child is no reason to delete what the guardian was told of another.
        """
        return await asyncio.to_thread(self._delete_of, person)

    def _delete_of(self, person: UUID) -> int:
        found: dict[Path, tuple[str, str | None]] = {}
        for mail in (*self.folder.glob("*.eml"), *self.folder.glob(".*.eml.*")):
            with suppress(FileNotFoundError), mail.open("rb") as file:  # another process was faster
                head = BytesHeaderParser().parse(file)
                found[mail] = head.get(_PERSON, ""), head.get("To")
        own, told = str(person), f"{person}{_ANOTHER}"
        addresses = {address for about, address in found.values() if about == own and address is not None}
        theirs = [mail for mail, (about, to) in found.items() if about in (own, told) or to in addresses]
        for mail in theirs:
            mail.unlink(missing_ok=True)
        return len(theirs)

    def _mails(self) -> list[tuple[datetime, Path]]:
        """Lists mails with the time of their writing, those of processes that died while writing included."""
        found = []
        for mail in (*self.folder.glob("*.eml"), *self.folder.glob(".*.eml.*")):
            with suppress(FileNotFoundError):  # another process was faster
                found.append((datetime.fromtimestamp(mail.stat().st_mtime, UTC), mail))
        return found

    def _written(self) -> list[datetime]:
        return [written for written, _ in self._mails()]

    def _delete(self, until: datetime) -> Deleted:
        due = [(written, mail) for written, mail in self._mails() if written <= until]
        for _, mail in due:
            mail.unlink(missing_ok=True)
        return Deleted(len(due), min((written for written, _ in due), default=None))
