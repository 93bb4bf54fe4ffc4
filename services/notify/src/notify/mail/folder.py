"""Writes mails into a folder instead of sending them: the local stand-in for a mail server."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from chassis.errors import DependencyDown
from notify.mail.letter import Letter

#: seconds that a mail stays
KEPT_S = 7 * 24 * 3600
#: mails that stay, the newest ones
KEPT = 1_000


def _of(person: UUID | None) -> bytes:
    """Returns the line by which the mails to a person are found; no mail that is sent has it."""
    return b"" if person is None else f"X-Voxbus-Person: {person}\r\n".encode()


class MailFolder:
    """Writes each mail as `<time>-<id>.eml`, which only the user of this process may read."""

    outcome = "written"

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self.folder = folder
        self._clock = clock

    async def send(self, letter: Letter) -> None:
        """Writes a mail; the same one again takes the place of the first.

        Raises `DependencyDown` when that is impossible, as on a full disk.
        """
        try:
            await asyncio.to_thread(self._write, letter)
        except OSError as error:
            raise DependencyDown("the mail folder") from error

    async def prune(self) -> None:
        """Deletes mails that are older than `KEPT_S`, and the oldest beyond `KEPT`."""
        await asyncio.to_thread(self._prune)

    def _write(self, letter: Letter) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.folder / f"{letter.time:%Y%m%dT%H%M%SZ}-{letter.id}.eml"
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")  # so that nobody reads half a mail
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode=0o600), "wb") as file:
            file.write(_of(letter.person) + letter.content)
        unfinished.replace(path)
        self._prune()

    async def delete_of(self, person: UUID) -> int:
        """Deletes the mails to a person, and returns how many."""
        return await asyncio.to_thread(self._delete_of, person)

    def _delete_of(self, person: UUID) -> int:
        deleted, first = 0, _of(person)
        for mail in (*self.folder.glob("*.eml"), *self.folder.glob(".*.eml.*")):
            with suppress(FileNotFoundError):  # another process was faster
                with mail.open("rb") as file:
                    is_theirs = file.readline() == first
                if is_theirs:
                    mail.unlink()
                    deleted += 1
        return deleted

    def _prune(self) -> None:
        mails = sorted(self.folder.glob("*.eml"), reverse=True)
        oldest = self._clock() - KEPT_S
        for number, mail in enumerate(mails):
            with suppress(FileNotFoundError):  # another process was faster
                if number >= KEPT or mail.stat().st_mtime < oldest:
                    mail.unlink()
        for unfinished in self.folder.glob(".*.eml.*"):  # of a process that has died
            with suppress(FileNotFoundError):
                if unfinished.stat().st_mtime < oldest:
                    unfinished.unlink()
