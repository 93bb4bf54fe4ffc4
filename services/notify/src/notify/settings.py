"""Defines notify's own settings."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated

from pydantic import field_validator
from pydantic_settings import BaseSettings, NoDecode

from chassis.settings import SETTINGS
from notify.webhooks.ssrf import Network


class NotifySettings(BaseSettings):
    """Holds `webhook_allow_nets`: private networks that webhooks may reach, comma-separated."""

    model_config = SETTINGS

    webhook_allow_nets: Annotated[tuple[Network, ...], NoDecode] = ()

    @field_validator("webhook_allow_nets", mode="before")
    @classmethod
    def _nets(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(ip_network(net.strip()) for net in value.split(",") if net.strip())
