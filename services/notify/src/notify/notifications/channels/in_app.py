"""Delivers in-app notifications by storing them, so that their person can list them."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.handler import Unit
from notify.notifications import store
from notify.notifications.notification import Notification

NAME = "in_app"


async def deliver(unit: Unit, notifications: Sequence[Notification]) -> None:
    """Stores the notifications."""
    await store.add(unit, notifications, channel=NAME, delivered=True)
