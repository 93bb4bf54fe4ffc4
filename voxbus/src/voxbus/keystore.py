"""Where the keys of persons lie, as the settings say it."""

from __future__ import annotations

from collections.abc import Callable

from chassis.errors import SettingsError
from chassis.settings import PREFIX, Settings
from chassis.storage.keyserver import prepare_key_server


def keys_url(settings: Settings) -> str:
    """The key store's URL; a file in the data directory when the database is embedded.

    Raises `SettingsError` when there is none and the database is not embedded: all processes must share one.
    """
    if settings.keys_url is not None:
        return settings.keys_url
    if settings.database_url is not None:
        raise SettingsError(
            f"{PREFIX}KEYS_URL is required when {PREFIX}DATABASE_URL is set (file:/// or postgresql://)."
        )
    return _own_file(settings)


def with_own_keys(settings: Settings, say: Callable[[str], None]) -> Settings:
    """The settings of a run whose processes are all on this machine: they share a file in the data directory."""
    if settings.keys_url is not None:
        return settings
    if settings.database_url is not None:
        say(f"keys of persons lie in {settings.data_dir}: set {PREFIX}KEYS_URL before others use this database too")
    return settings.model_copy(update={"keys_url": _own_file(settings)})


def _own_file(settings: Settings) -> str:
    return f"file://{settings.data_dir.absolute() / 'keys.sqlite'}"


async def prepare_keys(url: str) -> None:
    """Bring a key store up to date; a file needs nothing."""
    if not url.startswith("file:"):
        await prepare_key_server(url)
