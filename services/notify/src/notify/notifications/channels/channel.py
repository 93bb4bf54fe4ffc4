"""Defines what a channel is: a way by which a notification leaves the application."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from chassis.errors import VoxbusError
from chassis.handler import Rule
from chassis.privacy.law import Recipient
from chassis.privacy.outside import MayBegin
from contracts.base import Json
from notify.notifications.channels.tools import Tools

#: where a channel leads: what a person gave, checked and in one form. It is a secret, kept sealed
Target = Mapping[str, str]
#: what a request holds about where a channel leads
Field = Literal["address", "subscription", "token", "url"]
State = Literal["pending", "sent", "confirmed", "failed", "unknown", "skipped"]
#: how a try ended. `gone`: it failed, and the channel leads nowhere any more; `refused`: it failed for good, `lost`: it
#: is unknown, and both times the channel may be failing
Ending = Literal["sent", "confirmed", "failed", "refused", "gone", "unknown", "lost", "skipped"]
#: the shortest and the longest time in seconds for which somebody outside keeps a notification
LEAST_TTL_S, MOST_TTL_S = 60, 86_400


class NotSetUp(VoxbusError):
    """Reports that an installation lacks what a channel needs."""


class NoTarget(VoxbusError):
    """Reports that a channel cannot lead where a person said. `why` ends a sentence about it."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Told:
    """Holds what is told, to whom, and until when it makes sense. `at` is the same at each try.

    `id` is that of the notification, `delivery_id` that of its way through one channel.
    """

    id: UUID
    delivery_id: UUID
    channel_id: UUID
    person_id: UUID
    type: str
    title: str
    body: str
    link: str | None
    at: datetime
    urgent: bool
    stale_at: datetime

    def payload(self) -> Json:
        """Returns what programs are told."""
        at = self.at.isoformat().replace("+00:00", "Z")
        return {
            "id": str(self.id),
            "type": self.type,
            "title": self.title,
            "body": self.body,
            "link": self.link,
            "at": at,
        }

    def ttl(self, now: datetime) -> int:
        """Returns the seconds for which somebody outside may keep it."""
        return int(min(MOST_TTL_S, max(LEAST_TTL_S, (self.stale_at - now).total_seconds())))


@dataclass(frozen=True, slots=True)
class Ended:
    """Holds how a delivery ended. `ticket` is the name under which a receipt can be asked for later."""

    ending: Ending
    reason: str | None = None
    ticket: str | None = None

    def as_result(self) -> Json:
        """Returns it as an effect's result, which holds nothing about a person."""
        return {"ending": self.ending, "reason": self.reason, "ticket": self.ticket}

    @classmethod
    def of_result(cls, result: Json) -> Ended:
        """Reads an effect's result."""
        return cls(result["ending"], result["reason"], result["ticket"])


class Channel(ABC):
    """Brings notifications to people in one way. Each has a file of its own.

    `recipient` names whose consent it takes, `field` the field of a request that says where it leads.
    """

    recipient: Recipient
    field: Field
    #: whether the far side is one that the person has named, so that what it does not take is the channel's fault
    is_own: ClassVar[bool] = False
    #: whether the far side is a device, which shows what it gets to whoever holds it
    is_device: ClassVar[bool] = False

    @abstractmethod
    def __init__(self, tools: Tools) -> None:
        """Raises `NotSetUp`."""

    @abstractmethod
    def rule(self, told: Told) -> Rule:
        """Returns what becomes of a try with an unknown outcome."""

    @abstractmethod
    def target(self, given: object) -> Target:
        """Reads where a channel shall lead. Raises `NoTarget`, without asking anybody."""

    @abstractmethod
    def key(self, target: Target) -> str:
        """Returns by what two targets are the same."""

    @abstractmethod
    def label(self, target: Target) -> str:
        """Returns a name for people, which is not enough to reach the target."""

    @abstractmethod
    async def deliver(self, told: Told, target: Target, *, may_begin: MayBegin) -> Ended:
        """Delivers once. `may_begin` is open while the first byte is sent; what it raises is raised.

        Raises `Retryable` or `DependencyDown` where the far side surely did nothing; any other error leaves the
        outcome unknown.
        """

    def lane(self, target: Target) -> str:
        """Returns the name of what is called, of which only so many calls run at a time."""
        return type(self).__name__

    def given_up(self, *, surely: bool) -> Ended:
        """Returns how a delivery ends whose last try has failed; `surely`: the far side did nothing."""
        if surely:
            return Ended("refused" if self.is_own else "failed", "tries-spent")
        return Ended("lost" if self.is_own else "unknown", "unknown-outcome")

    def secret(self, channel: UUID) -> str | None:
        """Returns the secret of a new channel, which its person is shown once; None for a kind without."""
        return None

    async def check(self, target: Target, person: UUID) -> None:
        """Raises `NoTarget` for a target that may not be called, `NotAsked` when that could not be found out."""
        return

    async def receipts(self, tickets: Sequence[str]) -> Mapping[str, Ended]:
        """Returns how the deliveries of some tickets went, at most 1,000; one that is not known yet is left out."""
        return {}

    async def aclose(self) -> None:
        """Closes connections."""
        return
