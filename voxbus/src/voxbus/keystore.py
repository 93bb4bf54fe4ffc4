"""Prepares the store of persons' keys for the processes of one machine."""

from __future__ import annotations

from collections.abc import Callable

from chassis.settings import PREFIX, Settings
from chassis.storage.keys import own_keys_url
from chassis.storage.keyserver import prepare_key_server
from chassis.storage.keyserver_schema import ERASER, READER
from contracts.services import SERVICES
from gateway.service import SERVICE as GATEWAY


def with_own_keys(settings: Settings, notify_operator: Callable[[str], None]) -> Settings:
    """Returns the settings of a run on one machine: its processes share a key file in the data directory."""
    if settings.keys_url is not None:
        return settings
    if settings.database_url is not None:
        notify_operator(
            f"keys of persons lie in {settings.data_dir}: set {PREFIX}KEYS_URL before others use this database too"
        )
    return settings.model_copy(update={"keys_url": own_keys_url(settings)})


async def prepare_keys(url: str) -> None:
    """Migrates a key store on a server, and lets in the services that log in there by themselves.

    A key file needs no preparation.
    """
    if not url.startswith("file:"):
        await prepare_key_server(url, {f"voxbus_{name}": _role_of(name) for name in SERVICES})


def _role_of(service: str) -> str:
    return ERASER if service == GATEWAY.name else READER
