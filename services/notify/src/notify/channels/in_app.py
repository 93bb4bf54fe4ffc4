"""In-app notifications: delivered when they are stored, shown when the person looks."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.handler import Unit
from notify import store
from notify.notification import Notification

NAME = "in_app"


async def deliver(unit: Unit, notifications: Sequence[Notification]) -> None:
    """Stores them."""
    await store.add(unit, notifications, channel=NAME, delivered=True)
