"""Writes the text of notifications."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chassis.message.envelope import derived_id
from contracts.base import JobSucceeded
from contracts.gateway import ComesOfAge

FEEDBACK_READY = "feedback_ready"
COMING_OF_AGE = "coming_of_age"


@dataclass(frozen=True, slots=True)
class Notification:
    """Holds one notification for one person."""

    id: UUID
    person_id: UUID
    type: str
    title: str
    body: str


def about(event: JobSucceeded) -> Notification | None:
    """Makes the notification about a job that has succeeded; None if the job needs none."""
    if event.kind != "attempt" or event.person_id is None:
        return None
    return Notification(
        id=derived_id(event.job_id, FEEDBACK_READY, "notify", 0),
        person_id=event.person_id,
        type=FEEDBACK_READY,
        title="Your feedback is ready",
        body="See how your tongue twister went.",
    )


def about_coming_of_age(event: ComesOfAge) -> Notification:
    """Makes the notification that somebody will soon decide alone; there is one for each day that it was to be."""
    return Notification(
        id=derived_id(event.person_id, COMING_OF_AGE, event.day.isoformat(), 0),
        person_id=event.person_id,
        type=COMING_OF_AGE,
        title="Soon you decide for yourself",
        body=f"From {event.day:%B} {event.day.day}, {event.day.year} you say yes or no about your data yourself. "
        "What your parent or guardian has said yes to ends on that day.",
    )
