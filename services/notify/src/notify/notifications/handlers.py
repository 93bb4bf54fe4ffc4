"""Notifies people of ended jobs, and of the day from which they decide alone."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.handler import Deps, Unit, handles
from contracts.base import JobSucceeded
from contracts.gateway import ComesOfAge
from notify.notifications.channels import CHANNELS
from notify.notifications.notification import about, about_coming_of_age


@handles(JobSucceeded, batch=100)
async def notify_ready(events: Sequence[JobSucceeded], deps: Deps, unit: Unit) -> None:
    """Notifies each person once, on every channel, of an ended job."""
    notifications = [notification for event in events if (notification := about(event)) is not None]
    if notifications:
        for deliver in CHANNELS.values():
            await deliver(unit, notifications)


@handles(ComesOfAge, batch=100)
async def notify_coming_of_age(events: Sequence[ComesOfAge], deps: Deps, unit: Unit) -> None:
    """Notifies children in the application, which needs no consent."""
    for deliver in CHANNELS.values():
        await deliver(unit, [about_coming_of_age(event) for event in events])
