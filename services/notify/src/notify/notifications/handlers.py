"""Handles ended jobs by notifying their people."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.handler import Deps, Unit, handles
from contracts.base import JobSucceeded
from notify.notifications.channels import CHANNELS
from notify.notifications.notification import about


@handles(JobSucceeded, batch=100)
async def notify_ready(events: Sequence[JobSucceeded], deps: Deps, unit: Unit) -> None:
    """Notifies each person once, on every channel, of an ended job."""
    notifications = [notification for event in events if (notification := about(event)) is not None]
    if notifications:
        for deliver in CHANNELS.values():
            await deliver(unit, notifications)
