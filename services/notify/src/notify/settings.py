"""Defines notify's own settings."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode

from chassis.settings import ADDRESS, SETTINGS, Networks
from notify.mail.letter import Unaddressable, sender_of
from notify.mail.smtp import server_of
from notify.notifications.channels.apprise import VENDORS
from notify.notifications.pages import OWN, template_of

_KEY = re.compile(r"[A-Za-z0-9_-]{43}")
_LAST_PORT = 65_535


class NotifySettings(BaseSettings):
    """Holds `webhook_allow_nets`: private networks that webhooks may reach, comma-separated; and how mails are sent."""

    model_config = SETTINGS

    webhook_allow_nets: Networks = ()
    #: the server that sends mails; unset: they are written into files
    smtp_url: str | None = Field(default=None, repr=False)
    #: the address that mails come from, perhaps with a name before it
    mail_from: str | None = None

    #: the private key that signs pushes to browsers, 32 bytes in base64url
    vapid_private_key: str | None = Field(default=None, repr=False)
    #: whom a push service may write to
    vapid_subject: str | None = None
    #: private networks in which push services may be, also without TLS
    push_allow_nets: Networks = ()
    expo_url: str = "https://exp.host/--/api/v2"
    expo_access_token: str | None = Field(default=None, repr=False)
    #: seconds after which Expo is asked how a notification went
    expo_receipt_delay_s: float = Field(default=900, ge=1, le=86_400)
    #: the schemes of apprise that channels may have
    apprise_schemes: Annotated[frozenset[str], NoDecode] = frozenset()
    #: where notifications lead, with the place for a view: pages of the gateway, or of a frontend of one's own
    app_url: str = OWN
    #: the ports outside of the networks above that webhooks and pushes may go to; none: any
    webhook_ports: Annotated[frozenset[int], NoDecode] = frozenset()
    #: the address of this installation in links, as the gateway has it
    public_url: str | None = None

    @field_validator("vapid_private_key")
    @classmethod
    def _key(cls, value: str | None) -> str | None:
        if value is not None and not _KEY.fullmatch(value):
            raise ValueError("must be a private key of 32 bytes in base64url, 43 characters")
        return value

    @field_validator("vapid_subject")
    @classmethod
    def _subject(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("mailto:", "https://")):
            raise ValueError("must be mailto:… or https://…")
        return value

    @field_validator("expo_url")
    @classmethod
    def _expo(cls, value: str) -> str:
        if not value.startswith(("https://", "http://")):
            raise ValueError("must be an https:// address")
        return value

    @field_validator("apprise_schemes", mode="before")
    @classmethod
    def _schemes(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        named = frozenset(each.strip().lower() for each in value.split(",") if each.strip())
        if named - VENDORS:
            raise ValueError(f"must be some of {', '.join(sorted(VENDORS))}, separated by commas")
        return named

    @field_validator("app_url")
    @classmethod
    def _pages(cls, value: str) -> str:
        return template_of(value)

    @field_validator("webhook_ports", mode="before")
    @classmethod
    def _ports(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        given = [each.strip() for each in value.split(",") if each.strip()]
        if not all(each.isascii() and each.isdigit() and 1 <= int(each) <= _LAST_PORT for each in given):
            raise ValueError("must be ports, 1 to 65535, separated by commas")
        return frozenset(map(int, given))

    @field_validator("public_url")
    @classmethod
    def _public(cls, value: str | None) -> str | None:
        if value is not None and not ADDRESS.fullmatch(value):
            raise ValueError("must be https://host or http://host:port, without a path")
        return None if value is None else value.rstrip("/").lower()

    @field_validator("smtp_url")
    @classmethod
    def _server(cls, value: str | None) -> str | None:
        if value is not None:
            server_of(value)
        return value

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, value: str | None) -> str | None:
        try:
            if value is not None:
                sender_of(value)
        except Unaddressable:
            raise ValueError("must be an address such as Voxbus <mail@example.org>") from None
        return value
