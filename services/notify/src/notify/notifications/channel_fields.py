"""Defines channels as their person writes and sees them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from chassis.web.validation import Input
from notify.notifications.channels.channel import Field as TargetField

#: channels that lead out of the application, as `channels.registry.OUTSIDE` lists them
Kind = Literal["email"]
_EXAMPLE: dict[str, Any] = {
    "id": "018f6a1e-0000-7000-8000-000000000009",
    "kind": "email",
    "label": "r…@example.org",
    "state": "unconfirmed",
    "created_at": "2026-11-20T10:00:00Z",
    "last_ok_at": None,
}


def _example(value: dict[str, Any]) -> ConfigDict:
    return ConfigDict(from_attributes=True, json_schema_extra={"examples": [value]})


class ChannelFields(Input):
    """Says where a new channel leads: an `email` to its `address`."""

    model_config = _example({"kind": "email", "address": "robin@example.org"})

    kind: Kind
    address: Annotated[str | None, Field(min_length=3, max_length=254)] = None

    @model_validator(mode="after")
    def _one_target(self) -> ChannelFields:
        if len(self.given()) != 1:
            raise ValueError("must say in one field where the channel leads")
        return self

    def given(self) -> dict[TargetField, object]:
        """Returns the fields that say where it leads."""
        return {} if self.address is None else {"address": self.address}


class ChannelOut(BaseModel):
    """Shows a channel. `label` names it for its person, and is not enough to reach it.

    `unconfirmed`: it waits for the code that was mailed. `failing`: it was refused three times in a row, and is used
    again once a test has arrived. `gone`: it leads nowhere any more, or its reader has unsubscribed.
    """

    model_config = _example(_EXAMPLE)

    id: UUID
    kind: Kind
    label: str
    state: Literal["unconfirmed", "active", "gone", "failing"]
    created_at: datetime
    last_ok_at: datetime | None


class ChannelMadeOut(ChannelOut):
    """Shows a new channel. `secret` is that of a webhook, shown only now; null for any other kind."""

    model_config = _example({**_EXAMPLE, "secret": None})

    secret: str | None


class CodeFields(Input):
    """Holds the code that was mailed to an address."""

    model_config = _example({"code": "01234567"})

    code: Annotated[str, Field(pattern=r"^[0-9]{8}$")]


class Unsubscribed(BaseModel):
    """Says that no more mails will come, which it also says to whoever has no token."""

    model_config = _example({"unsubscribed": True})

    unsubscribed: bool = True
