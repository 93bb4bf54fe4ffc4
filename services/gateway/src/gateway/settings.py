"""The gateway's own settings, and the key that signs its tokens."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode

from chassis.errors import SettingsError
from chassis.settings import PREFIX, SETTINGS, Settings

SHORTEST_KEY = 32


class GatewaySettings(BaseSettings):
    """`secret_key` signs access tokens; `cors_origins` is a comma-separated list of origins (none by default)."""

    model_config = SETTINGS

    secret_key: str | None = Field(default=None, min_length=SHORTEST_KEY, repr=False)
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _origins(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        origins = tuple(origin.strip().rstrip("/") for origin in value.split(",") if origin.strip())
        if not all(origin.startswith(("http://", "https://")) for origin in origins):
            raise ValueError("each origin must start with http:// or https://")
        return origins


def signing_key(settings: Settings, own: GatewaySettings) -> str:
    """The key of the environment; when embedded, one that is made once in the data directory (mode 0600).

    Raises `SettingsError` when there is none and the database is not embedded: replicas must share one.
    """
    if own.secret_key is not None:
        return own.secret_key
    if settings.database_url is not None:
        raise SettingsError(f"{PREFIX}SECRET_KEY is required when {PREFIX}DATABASE_URL is set.")
    path = settings.data_dir / "secret_key"
    if not path.exists():
        _make_key(path)
    key = path.read_text(encoding="ascii").strip()
    if len(key) < SHORTEST_KEY:
        raise SettingsError(f"{PREFIX}SECRET_KEY is not set and the file {path.name} in the data directory is damaged.")
    return key


def _make_key(path: Path) -> None:
    """Linking makes it whole or not at all, and never replaces the key of a process that was faster."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        if not path.exists():
            os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
