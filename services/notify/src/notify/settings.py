"""Defines notify's own settings."""

from __future__ import annotations

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

from chassis.settings import ADDRESS, SETTINGS, Networks
from notify.mail.letter import Unaddressable, sender_of
from notify.mail.smtp import server_of


class NotifySettings(BaseSettings):
    """Holds `webhook_allow_nets`: private networks that webhooks may reach, comma-separated; and how mails are sent."""

    model_config = SETTINGS

    webhook_allow_nets: Networks = ()
    #: the server that sends mails; unset: they are written into files
    smtp_url: str | None = Field(default=None, repr=False)
    #: the address that mails come from, perhaps with a name before it
    mail_from: str | None = None

    #: the address of this installation in links, as the gateway has it
    public_url: str | None = None

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
