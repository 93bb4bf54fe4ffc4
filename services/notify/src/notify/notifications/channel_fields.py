"""Defines channels as their person writes and sees them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from chassis.web.validation import Input
from notify.notifications.channels.channel import Field as TargetField
from notify.notifications.channels.registry import OUTSIDE


def _known(kind: str) -> str:
    if kind not in OUTSIDE:
        raise ValueError(f"must be one of {', '.join(OUTSIDE)}")
    return kind


#: a channel that leads out of the application
Kind = Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": list(OUTSIDE)})]
_EXAMPLE: dict[str, Any] = {
    "id": "018f6a1e-0000-7000-8000-000000000009",
    "kind": "email",
    "label": "r…@example.org",
    "state": "unconfirmed",
    "created_at": "2026-11-20T10:00:00Z",
    "last_ok_at": None,
}

#: of a key pair that the standard shows (RFC 8292, 2.4)
_KEY = "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs"


def _example(value: dict[str, Any]) -> ConfigDict:
    return ConfigDict(from_attributes=True, json_schema_extra={"examples": [value]})


class SubscriptionKeys(Input):
    """Holds the keys that a browser has made, base64url."""

    p256dh: Annotated[str, Field(min_length=1, max_length=200)]
    auth: Annotated[str, Field(min_length=1, max_length=200)]


class Subscription(Input):
    """Holds what `PushSubscription.toJSON()` of a browser returns. `expirationTime` is not looked at."""

    endpoint: Annotated[str, Field(min_length=1, max_length=2000)]
    expirationTime: float | None = None
    keys: SubscriptionKeys


class ChannelFields(Input):
    """Says where a new channel leads, by the field of its kind.

    `email` to an `address`, `web_push` to a browser's `subscription`, `expo` to a device's `token`, `apprise` and
    `webhook` to a `url`.
    """

    model_config = _example({"kind": "email", "address": "robin@example.org"})

    kind: Kind
    address: Annotated[str | None, Field(min_length=3, max_length=254)] = None
    subscription: Subscription | None = None
    token: Annotated[str | None, Field(min_length=1, max_length=300)] = None
    url: Annotated[str | None, Field(min_length=1, max_length=2000)] = None

    @model_validator(mode="after")
    def _one_target(self) -> ChannelFields:
        if len(self.given()) != 1:
            raise ValueError("must say in one field where the channel leads")
        return self

    def given(self) -> dict[TargetField, object]:
        """Returns the fields that say where it leads."""
        subscription = None if self.subscription is None else self.subscription.model_dump()
        fields: dict[TargetField, object] = {
            "address": self.address,
            "subscription": subscription,
            "token": self.token,
            "url": self.url,
        }
        return {name: value for name, value in fields.items() if value is not None}


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


class PushKey(BaseModel):
    """Shows the `applicationServerKey` with which a browser subscribes, base64url."""

    model_config = _example({"key": _KEY})

    key: str


class Unsubscribed(BaseModel):
    """Says that no more mails will come, which it also says to whoever has no token."""

    model_config = _example({"unsubscribed": True})

    unsubscribed: bool = True
