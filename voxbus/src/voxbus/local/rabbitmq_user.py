"""Gives a private RabbitMQ node a user of its own, with a password that only the owner of its folder can read.

A node that is left alone has the user `guest` with the password `guest`, which lets in everyone on the machine.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

USER = "voxbus"
_GUEST = "guest"
_FILE = "password"
_LENGTH = 64


class NodeUser:
    """Holds the password of one node, in the file `password` of its folder."""

    def __init__(self, directory: Path) -> None:
        """Reads the password, or makes one where there is no file or a damaged one.

        A new node makes its user with it at its first start. A node that has data, but no password, comes from an
        earlier release: `replace_guest` gives it the user, and the password is written to the file after that.
        """
        self._path = directory / _FILE
        kept = self._path.read_text(encoding="ascii", errors="replace") if self._path.exists() else ""
        self._known = len(kept) == _LENGTH
        self.password = kept if self._known else secrets.token_hex(_LENGTH // 2)
        if not self._known and not (directory / "data").exists():
            self._keep()

    async def replace_guest(self, control: Callable[..., Awaitable[None]]) -> None:
        """Replaces `guest` in the data of a node of an earlier release; does nothing for any other.

        `control` runs a command of `rabbitmqctl` and takes its input as `given`: arguments can be read by everyone.
        """
        if self._known:
            return
        try:
            await control("add_user", USER, given=self.password)
        except RuntimeError:  # there is such a user: only its password was lost
            await control("change_password", USER, given=self.password)
        await control("set_permissions", USER, ".*", ".*", ".*")
        with suppress(RuntimeError):  # it is gone already
            await control("delete_user", _GUEST)
        self._keep()

    def _keep(self) -> None:
        """Writes the file under another name and renames it, so that it is complete or absent."""
        draft = self._path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(self.password)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self._path)
        self._known = True
