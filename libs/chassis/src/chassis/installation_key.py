"""Reads or makes the secret key of an installation, and derives other keys from it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path
from uuid import UUID

from chassis.errors import SettingsError
from chassis.redact import hide
from chassis.settings import PREFIX, SHORTEST_KEY, Settings

_BYTES = 32


def secret_key(settings: Settings, given: str | None) -> str:
    """Returns the key of the environment, or with an embedded database one that is made once in the data directory.

    The key file has mode 0600.

    Raises `SettingsError` when there is none and the database is not embedded: processes must share one.
    """
    if given is not None:
        return given
    if settings.database_url is not None:
        raise SettingsError(f"{PREFIX}SECRET_KEY is required when {PREFIX}DATABASE_URL is set.")
    path = settings.data_dir / "secret_key"
    if not path.exists():
        make_key(path, secrets.token_urlsafe(48))
    key = path.read_text(encoding="ascii").strip()
    if len(key) < SHORTEST_KEY:
        raise SettingsError(f"{PREFIX}SECRET_KEY is not set and the file {path.name} in the data directory is damaged.")
    hide(key)
    return key


def derived_key(key: str, purpose: str) -> bytes:
    """Derives 32 bytes for one purpose, which reveal nothing about the key or another's: HKDF-SHA256 (RFC 5869)."""
    extracted = hmac.digest(bytes(_BYTES), key.encode(), hashlib.sha256)
    return hmac.digest(extracted, purpose.encode() + b"\x01", hashlib.sha256)


def webhook_key(key: str, webhook_id: UUID) -> bytes:
    """Derives the key that signs a webhook's messages. It is stored nowhere; only the webhook's owner is shown it."""
    return derived_key(key, f"webhook {webhook_id}")


def webhook_secret(key: str, webhook_id: UUID) -> str:
    """Returns the same key as the webhook's owner is given it (Standard Webhooks 1.0)."""
    return f"whsec_{base64.b64encode(webhook_key(key, webhook_id)).decode()}"


def make_key(path: Path, key: str) -> None:
    """Makes a key file by linking: it is complete or absent, and never replaces the key of another process."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        if not path.exists():
            os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
