"""Notifies people, and marks notifications as read."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.errors import Permanent
from chassis.handler import Deps, Unit, handles
from contracts.base import JobSucceeded, Problem
from contracts.gateway import MarkNotificationRead
from contracts.notify import NotificationRead
from notify.notifications import store
from notify.notifications.channels import CHANNELS
from notify.notifications.notification import about


@handles(JobSucceeded, batch=100)
async def notify_ready(events: Sequence[JobSucceeded], deps: Deps, unit: Unit) -> None:
    """Tells each person once, on every channel, that something of theirs is ready."""
    notifications = [notification for event in events if (notification := about(event)) is not None]
    if notifications:
        for deliver in CHANNELS.values():
            await deliver(unit, notifications)


@handles(MarkNotificationRead, batch=100)
async def mark_read(commands: Sequence[MarkNotificationRead], deps: Deps, unit: Unit) -> None:
    """Marks notifications as read. Treats another person's notification as if it did not exist."""
    for command in sorted(commands, key=lambda c: c.notification_id):
        if await store.mark_read(unit, command.notification_id, command.person_id) is None:
            raise Permanent(Problem(type="/problems/not-found", title="No such notification", status=404))
        read = NotificationRead(notification_id=command.notification_id, person_id=command.person_id)
        unit.emit(read, cause=command)
