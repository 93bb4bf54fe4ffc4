"""Defines content's own settings."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

from chassis.settings import SETTINGS


class ContentSettings(BaseSettings):
    """Names a folder of more lessons, which are imported at each start, and a learning record store."""

    model_config = SETTINGS

    lessons_dir: Path | None = None
    #: the endpoint of a learning record store (xAPI 1.0.3), below which `statements` is; unset: none is told anything
    xapi_url: str | None = None
    #: name and password by which it knows this installation, as `name:password`
    xapi_auth: str | None = Field(default=None, repr=False)

    @field_validator("xapi_url")
    @classmethod
    def _url(cls, value: str | None) -> str | None:
        if value is not None:
            parts = urlsplit(value)
            if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.query:
                raise ValueError("must be https://, a host and a path, without a name, a password or a query")
        return value

    @field_validator("xapi_auth")
    @classmethod
    def _auth(cls, value: str | None) -> str | None:
        if value is not None and not all(value.partition(":")[::2]):
            raise ValueError("must be a name and a password with a colon between them")
        return value
