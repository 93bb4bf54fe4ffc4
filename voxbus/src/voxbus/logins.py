"""Reads which services have a login of their own at the database: their addresses name it."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from chassis.errors import SettingsError
from chassis.service import Service
from chassis.settings import PREFIX, ServiceSettings, load


def own_logins(services: Sequence[Service]) -> dict[str, str | None]:
    """Returns the password of each service whose address has its own role as user, as migrations make the login.

    A pooler's users may have more behind a point (`voxbus_speech.project`). Any other user is its operator's to make.
    Raises `SettingsError` for a password that the server and the driver might not write alike.
    """
    found: dict[str, str | None] = {}
    for service in services:
        url = load(ServiceSettings, service.name).database_url
        parts = urlsplit(url or "")
        if parts.username is None or unquote(parts.username).partition(".")[0] != f"voxbus_{service.name}":
            continue
        password = None if parts.password is None else unquote(parts.password)
        if password is not None and not (password.isascii() and password.isprintable() and password):
            raise SettingsError(
                f"{PREFIX}{service.name.upper()}_DATABASE_URL is wrong: the password may have ASCII characters alone."
            )
        found[service.name] = password
    return found
