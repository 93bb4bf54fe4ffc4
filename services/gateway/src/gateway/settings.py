"""Reads the gateway's own settings, and the key that signs its tokens."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode

from chassis.development import Development
from chassis.errors import SettingsError
from chassis.installation_key import secret_key
from chassis.settings import ADDRESS, PREFIX, SETTINGS, OwnSecret, ServiceSettings, Settings, load, read_span

#: the host of the public address where none is set
LOCAL = "localhost"
_THIS_MACHINE = frozenset({LOCAL, "127.0.0.1", "::1"})
#: what the hash of a password may cost
HashCost = Literal["recommended", "least"]


class GatewaySettings(BaseSettings):
    """Holds settings: `secret_key` signs access tokens, `cors_origins` is a comma-separated list (empty by default)."""

    model_config = SETTINGS

    secret_key: OwnSecret | None = Field(default=None, repr=False)
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    #: the address of this installation in links, without a path; unset: this machine's
    public_url: str | None = None
    #: `off`, or JSON by the name of a limit
    rate_limits: str | None = None
    #: the Redis in which gateways share what they count
    redis_url: str | None = Field(default=None, repr=False)
    #: how many gateways `run-rabbit` starts
    gateways: int = Field(default=1, ge=1)
    #: most uploads that one gateway reads at a time
    uploads_at_once: int = Field(default=64, ge=1)
    #: most bytes of uploads that one gateway holds until they are complete and stored
    uploads_bytes: int = Field(default=256 * 1024 * 1024, ge=16 * 1024 * 1024)
    #: most bytes of recordings that wait for the end of their jobs, at all gateways; of one person a quarter
    waiting_bytes: int = Field(default=4 * 1024**3, ge=64 * 1024 * 1024)
    #: most event streams that one person may keep open at one gateway
    streams_per_person: int = Field(default=50, ge=1)
    #: most conversations at a time of one person or address at one gateway: without a key of theirs, and with
    conversation_streams: Annotated[tuple[int, int], NoDecode] = (4, 16)
    #: minutes that an access token is good for
    access_minutes: int = Field(default=15, ge=1, le=1440)
    #: JSON by country: from which age somebody decides alone, where it is another than in `chassis.privacy.law`
    ages: str | None = None
    #: after which time the second mail about a guardian's consent is sent
    consent_confirm_after: Annotated[timedelta, NoDecode] = timedelta(hours=24)
    #: whom guardians can write to, in the notice
    privacy_contact: str | None = Field(default=None, max_length=254)
    #: seconds in which a spent refresh token gives its successor again
    refresh_grace: float = Field(default=10, ge=0, le=300)
    #: the token of a Mixpanel project, and where events go; an analytics is told nothing without it
    mixpanel_token: str | None = Field(default=None, repr=False)
    mixpanel_url: str = "https://api.mixpanel.com"
    #: the id of a Firebase app and the secret of its data stream; the same
    firebase_app_id: str | None = None
    firebase_api_secret: str | None = Field(default=None, repr=False)
    firebase_url: str = "https://www.google-analytics.com"
    #: what the hash of a password costs
    hash_cost: HashCost = "recommended"

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _origins(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        origins = tuple(origin.strip().rstrip("/").lower() for origin in value.split(",") if origin.strip())
        if not all(ADDRESS.fullmatch(origin) for origin in origins):
            raise ValueError("each must be an origin such as https://app.example, without a path")
        return origins

    @field_validator("conversation_streams", mode="before")
    @classmethod
    def _streams(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if re.fullmatch(r"[1-9]\d{0,4},[1-9]\d{0,4}", value) is None:
            raise ValueError("must be two numbers such as 4,16: without a key of the caller's, and with one")
        return tuple(map(int, value.split(",")))

    @field_validator("consent_confirm_after", mode="before")
    @classmethod
    def _span(cls, value: object) -> object:
        return read_span(value) if isinstance(value, str) else value

    @field_validator("mixpanel_url", "firebase_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if not ADDRESS.fullmatch(value):
            raise ValueError("must be https://host or http://host:port, without a path")
        return value.rstrip("/")

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str | None) -> str | None:
        if value is not None and not (
            (value.startswith(("redis://", "rediss://")) and urlsplit(value).hostname) or value.startswith("unix:///")
        ):
            raise ValueError("must be redis://host:port, rediss://host:port or unix:///path")
        return value

    @field_validator("public_url")
    @classmethod
    def _public(cls, value: str | None) -> str | None:
        if value is not None and not ADDRESS.fullmatch(value):
            raise ValueError("must be https://host or http://host:port, without a path")
        if value is not None and Development().development and urlsplit(value).hostname not in _THIS_MACHINE:
            raise ValueError(f"must be an address of this machine, such as http://{LOCAL}:8000, in development")
        return None if value is None else value.rstrip("/").lower()


def public_url(settings: Settings, own: GatewaySettings) -> str:
    """Returns the address of this installation for links, without a slash at its end.

    It never comes from a request, whose Host a client may choose. Raises `SettingsError` when there is none and clients
    come by a proxy: their links would lead to their own machine.
    """
    if own.public_url is None and settings.trusted_proxies:
        raise SettingsError(f"{PREFIX}PUBLIC_URL is required when {PREFIX}TRUSTED_PROXIES is set.")
    return own.public_url or f"http://{LOCAL}:{settings.port}"


def owner_urls(owners: Collection[str]) -> dict[str, str | None]:
    """Returns the address of each of these services; None for one in this process."""
    return {owner: load(ServiceSettings, owner).url for owner in owners}


def signing_key(settings: Settings, own: GatewaySettings) -> str:
    """Returns the installation's secret key, which signs access tokens. Raises `SettingsError` as `secret_key` does."""
    return secret_key(settings, own.secret_key)
