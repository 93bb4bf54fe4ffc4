"""Defines notify's own settings."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode

from chassis.settings import SETTINGS, SHORTEST_KEY
from notify.webhooks.ssrf import Network


class NotifySettings(BaseSettings):
    """Holds `secret_key`, which signs webhooks, and `webhook_allow_nets`: private networks they may reach."""

    model_config = SETTINGS

    secret_key: str | None = Field(default=None, min_length=SHORTEST_KEY, repr=False)
    webhook_allow_nets: Annotated[tuple[Network, ...], NoDecode] = ()

    @field_validator("webhook_allow_nets", mode="before")
    @classmethod
    def _nets(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(ip_network(net.strip()) for net in value.split(",") if net.strip())
