"""Lists the channels of notifications: each has one file and one name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from chassis.handler import Unit
from notify.notifications.channels import in_app
from notify.notifications.notification import Notification


class Channel(Protocol):
    """Brings notifications to people."""

    async def __call__(self, unit: Unit, notifications: Sequence[Notification]) -> None:
        """Delivers a batch in the transaction that handles its causes."""


CHANNELS: Mapping[str, Channel] = {in_app.NAME: in_app.deliver}
