"""Defines what people send and see about their notifications."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal, Self, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from chassis.time_zones import names
from chassis.web.fields import Lines, Moment, OneLine, each_once
from chassis.web.validation import Input
from notify.notifications.wanted import KINDS, PUSH_PER_DAY, TYPES, Kind, Mode, Type

D = TypeVar("D", date, datetime)
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEK: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
State = Literal["scheduled", "deferred", "delivering", "delivered", "dropped", "cancelled"]
#: how far ahead a person may plan, and how long their texts may be
FURTHEST = timedelta(days=365)


def _wall_time(value: object) -> object:
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", value, re.ASCII) if isinstance(value, str) else None
    if found is None:
        raise ValueError("must be a time from 00:00 to 23:59")
    return time(int(found[1]), int(found[2]))


def _known_zone(value: str) -> str:
    if value not in names():
        raise ValueError("must be a time zone such as Europe/Berlin")
    return value


def within_reach(value: D) -> D:
    """Refuses what is at the ends of the calendar, around which there are no days to look at."""
    if not 1900 <= value.year < 2200:
        raise ValueError("must be from 1900 to 2199")
    return value


WallTime = Annotated[
    time,
    BeforeValidator(
        _wall_time, json_schema_input_type=Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    ),
    PlainSerializer(lambda value: value.strftime("%H:%M"), return_type=str),
]
Weekdays = Annotated[list[Weekday], Field(min_length=1, max_length=7), each_once("day")]
Kinds = Annotated[list[Kind], Field(max_length=len(KINDS)), each_once("channel")]
TimeZone = Annotated[str, Field(max_length=100), AfterValidator(_known_zone)]


class QuietHoursFields(Input):
    """Sets when one is not disturbed: on these days from `start` until `end`, which may be on the next day."""

    start: WallTime
    end: WallTime
    days: Weekdays = Field(default_factory=lambda: list(WEEK))

    @model_validator(mode="after")
    def _last(self) -> Self:
        if self.start == self.end:
            raise ValueError("must not start and end at the same time")
        return self


class ReminderFields(Input):
    """Sets when one is reminded to learn."""

    at: WallTime
    days: Weekdays = Field(default_factory=lambda: list(WEEK))


class DigestFields(Input):
    """Sets when what can wait is told together. `day` is that of a weekly one."""

    every: Literal["daily", "weekly"]
    at: WallTime
    day: Weekday | None = None

    @model_validator(mode="after")
    def _has_day(self) -> Self:
        if self.every == "weekly" and self.day is None:
            raise ValueError("must name a day if it is weekly")
        return self


class TypeFields(Input):
    """Sets what one wants of a type. `mode` first: the next channel only if the one before has failed."""

    enabled: Annotated[bool, Field(strict=True)] = True
    mode: Mode = "all"
    channels: Kinds = Field(default_factory=lambda: list(KINDS))


class Caps(Input):
    """Sets how many pushes a day may bring."""

    push_per_day: Annotated[int, Field(strict=True, ge=0, le=100)] = PUSH_PER_DAY


class NotificationSettings(Input):
    """Sets what one is told, when, and where. What is left out is as at first. Times are of one's own time zone."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "quiet_hours": {"start": "22:00", "end": "07:00", "days": ["mon", "tue", "wed", "thu", "fri"]},
                    "daily_reminder": {"at": "19:00", "days": ["mon", "wed", "fri"]},
                    "digest": None,
                    "types": {"badge": {"enabled": False}},
                    "caps": {"push_per_day": 6},
                }
            ]
        }
    )

    quiet_hours: QuietHoursFields | None = None
    daily_reminder: ReminderFields | None = None
    digest: DigestFields | None = None
    types: dict[Type, TypeFields] = Field(default_factory=dict)
    caps: Caps = Caps()


class NotificationSettingsOut(BaseModel):
    """Shows what one is told, when, and where; `types` has every type."""

    quiet_hours: QuietHoursFields | None
    daily_reminder: ReminderFields | None
    digest: DigestFields | None
    types: dict[Type, TypeFields]
    caps: Caps

    @classmethod
    def of(cls, settings: NotificationSettings) -> Self:
        """Fills in the types that were left out."""
        types = {each: settings.types.get(each, TypeFields()) for each in TYPES}
        return cls(**{**dict(settings), "types": types})


class NotificationFields(Input):
    """Asks for a notification to oneself, at once or at `send_at`. `channels` are those of its type if left out."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"title": "Read the lesson on clouds", "body": "It takes six minutes.", "urgent": False}]
        }
    )

    title: Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S"), OneLine]
    body: Annotated[str, Field(max_length=500), Lines]
    send_at: Moment | None = None
    type: Literal["custom"] = "custom"
    urgent: Annotated[bool, Field(strict=True)] = False
    channels: Kinds | None = None


class NotificationChanges(Input):
    """Holds what can be changed of a notification that waits."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"title": "Read the lesson on clouds"}]})

    title: Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S"), OneLine]
    body: Annotated[str, Field(max_length=500), Lines]
    send_at: Moment


class ChannelDelivery(BaseModel):
    """Shows how a notification fares on one channel."""

    model_config = ConfigDict(from_attributes=True)

    channel_id: UUID
    kind: Kind
    state: Literal["pending", "sent", "confirmed", "failed", "unknown", "skipped"]
    at: datetime


class NotificationOut(BaseModel):
    """Shows a notification. `scheduled_time`: when it is told in the application, and `delivered` whether it was.

    `deliver_at`: when it goes out to the channels, or next is to. `send_at`: the time that was asked for.
    """

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "id": "018f6a1e-0000-7000-8000-000000000003",
                    "type": "feedback_ready",
                    "title": "Your feedback is ready",
                    "body": "See how your tongue twister went.",
                    "scheduled_time": "2026-11-20T10:00:03Z",
                    "send_at": None,
                    "delivered": True,
                    "read_at": None,
                    "urgent": False,
                    "link": None,
                    "state": "delivered",
                    "deliver_at": "2026-11-20T10:00:03Z",
                    "channels": [],
                    "version": 1,
                }
            ]
        },
    )

    id: UUID
    type: str
    title: str
    body: str
    scheduled_time: datetime
    send_at: datetime | None
    delivered: bool
    read_at: datetime | None
    urgent: bool
    link: str | None
    state: State
    deliver_at: datetime | None
    channels: list[ChannelDelivery] = []
    version: int


class ReadOut(BaseModel):
    """Says how many notifications were marked as read."""

    read: int


def stored(settings: NotificationSettings) -> dict[str, Any]:
    """Returns settings as their row keeps them."""
    return settings.model_dump(mode="json")
